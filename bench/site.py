"""The site on one database under gunicorn, and one connection that is kept."""

import http.client
import os
import re
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

from wirportal.serve import FEW_ARENAS, gunicorn_command

from .databases import free_port

#: What wrk prints; times as "1.23ms", "456.00us" or "1.20s".
WRK = re.compile(
    r"\n +50%\s+(?P<p50>\S+).*?\n +99%\s+(?P<p99>\S+).*?(?P<number>\d+) requests in"
    r"(?:.*?Non-2xx or 3xx responses: (?P<refused>\d+))?.*?Requests/sec:\s+(?P<rate>\S+)",
    re.DOTALL,
)
SETTINGS = SimpleNamespace(TRUSTED_PROXIES=["127.0.0.1"])
MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000}


class Site:
    def __init__(self, database, *, application="wirportal.wsgi", workers=1, **variables):
        self.database, self.started = database, time.perf_counter()
        self.address = f"127.0.0.1:{free_port()}"
        # Of what is installed for tests, openpyxl would take lxml: 4 MB that no real site has.
        usual = {"SITE_URL": f"http://{self.address}", "OPENPYXL_LXML": "False"}
        variables = usual | dict([FEW_ARENAS]) | variables
        command = gunicorn_command(SETTINGS, self.address)
        command[command.index("--workers") + 1] = str(workers)
        command[command.index("wirportal.wsgi")] = application
        self.process = subprocess.Popen(
            command, cwd=database.project, env=database.environment | variables
        )
        self.connection = http.client.HTTPConnection(self.address, timeout=120)
        self.last_used = 0

    def close(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def wait(self, path="/healthz"):
        """Wait for the first answer; return the seconds since the start."""
        for _attempt in range(3000):
            try:
                self.fetch(path, {})
                return time.perf_counter() - self.started
            except OSError:
                self.connection.close()
                time.sleep(0.01)
        raise TimeoutError("gunicorn antwortet nicht.")

    def get(self, path, **headers):
        return self.fetch(path, headers)[1].decode()

    def fetch(self, path, headers):
        """Return (headers, body)."""
        # The server closes a connection that had nothing to do for two seconds.
        if time.monotonic() - self.last_used > 1:
            self.connection.close()
        self.connection.request("GET", path, headers=headers)
        with self.connection.getresponse() as response:
            body = response.read()
        self.last_used = time.monotonic()
        if response.status != 200:
            raise ValueError(f"{path}: Status {response.status}")
        return response.getheaders(), body

    def milliseconds(self, path):
        start = time.perf_counter()
        self.get(path)
        return (time.perf_counter() - start) * 1000

    def load(self, path, headers, seconds, connections=8):
        """Ask for a page as often as it can be answered; return what wrk and the kernel say."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        command += [part for item in headers.items() for part in ("-H", ": ".join(item))]
        before = self.cpu_seconds()
        said = subprocess.run(
            [*command, f"http://{self.address}{path}"], check=True, capture_output=True, text=True
        ).stdout
        used = self.cpu_seconds() - before
        found = WRK.search(said)
        if not found or int(found["refused"] or 0) > 0:
            raise ValueError(f"{path}: {said}")
        return {
            "rate": float(found["rate"]),
            "p50": milliseconds(found["p50"]),
            "p99": milliseconds(found["p99"]),
            "cpu_us": used / int(found["number"]) * 1e6,
        }

    def workers(self):
        """Return (process id, kilobytes) of each worker, the children of gunicorn's process."""
        command = ["ps", "-A", "-o", "ppid=", "-o", "pid=", "-o", "rss="]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows = [tuple(map(int, line.split())) for line in said.splitlines()]
        return [(pid, rss) for parent, pid, rss in rows if parent == self.process.pid]

    def megabytes(self):
        return max(rss for _pid, rss in self.workers()) / 1024

    def cpu_seconds(self):
        """Return what the workers have computed; 0 where the system has no /proc."""
        ticks = 0
        for pid, _rss in self.workers():
            stat = Path(f"/proc/{pid}/stat")
            if stat.exists():
                fields = stat.read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * MILLISECONDS[unit]
