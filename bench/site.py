"""The site on one database: one gunicorn worker, and one connection that is kept."""

import http.client
import subprocess
import time

from wirportal.serve import gunicorn_command

from .databases import PROJECT, free_port


class Site:
    def __init__(self, database):
        self.database, port = database, free_port()
        command = gunicorn_command(f"127.0.0.1:{port}")
        command[command.index("--workers") + 1] = "1"
        self.process = subprocess.Popen(command, cwd=PROJECT, env=database.environment)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.last_used = 0

    def close(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def wait(self):
        for _attempt in range(300):
            try:
                return self.get("/healthz")
            except OSError:
                self.connection.close()
                time.sleep(0.1)
        raise TimeoutError("gunicorn antwortet nicht.")

    def get(self, path):
        # The server closes a connection that had nothing to do for two seconds.
        if time.monotonic() - self.last_used > 1:
            self.connection.close()
        self.connection.request("GET", path)
        with self.connection.getresponse() as response:
            body = response.read()
        self.last_used = time.monotonic()
        if response.status != 200:
            raise ValueError(f"{path}: Status {response.status}")
        return body.decode()

    def milliseconds(self, path):
        start = time.perf_counter()
        self.get(path)
        return (time.perf_counter() - start) * 1000

    def megabytes(self):
        """Return the memory of the worker, the child of gunicorn's own process."""
        command = ["ps", "-A", "-o", "ppid=", "-o", "rss="]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        processes = zip(listed[::2], listed[1::2], strict=True)
        return max(int(rss) for ppid, rss in processes if int(ppid) == self.process.pid) / 1024
