"""Folders that take long to make: made once in a run, for all processes of pytest-xdist."""

import fcntl
import os
import shutil


def once(tmp_path_factory, name, make):
    """Return the folder that `make` has filled; whoever comes first makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the run's, and not this process's own
    folder, half_done = base / name, base / f"{name}.new"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(half_done, ignore_errors=True)
            half_done.mkdir()
            make(half_done)
            half_done.rename(folder)
    return folder
