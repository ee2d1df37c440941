"""LOG_FORMAT=json: whatever the server says is one JSON object a line."""

import json
import os
import signal
import time

from tests.wirportal.test_nothing_lost import workers
from tests.wirportal.test_serve import fetch, free_port, refused, serving


def test_every_line_of_the_server_is_a_json_object(data, tmp_path):
    port = free_port()
    with serving(data, port, LOG_FORMAT="json", WEB_CONCURRENCY=1) as server:
        fetch(port, "/de/")
        (worker,) = workers(server)
        os.kill(worker, signal.SIGKILL)  # gunicorn's own error
        while workers(server) in ([], [worker]):
            time.sleep(0.05)
        fetch(port, "/de/")
        (data / "wir.sqlite3").rename(tmp_path / "away")
        fetch(port, "/de/")  # our own: copies are served
    lines = [json.loads(line) for line in server.output.splitlines()]
    assert {frozenset(line) for line in lines} == {
        frozenset({"time", "level", "logger", "message"})
    }
    said = {(line["logger"], line["level"]): line["message"] for line in lines}
    assert "SIGKILL" in said["gunicorn.error", "ERROR"]
    assert "copies are served" in said["wirportal.pagestore", "ERROR"]
    assert ("wirportal.serve", "INFO") in said


def test_an_unknown_format_is_one_clear_line(tmp_path):
    assert "LOG_FORMAT" in refused(DATA_DIR=tmp_path, LOG_FORMAT="xml", PORT=free_port())
