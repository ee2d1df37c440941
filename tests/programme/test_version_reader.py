"""The content version as every request reads it, past Django."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from programme.version import SQLiteReader, Unavailable

TABLE = "CREATE TABLE programme_contentversion (id INTEGER PRIMARY KEY, number INTEGER)"


@pytest.fixture(params=["wal", "delete"])
def database(request, tmp_path):
    path = tmp_path / "wir.sqlite3"
    write(path, f"PRAGMA journal_mode={request.param}", TABLE)
    return path


def write(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def change(path, number):
    write(path, f"INSERT OR REPLACE INTO programme_contentversion VALUES (1, {number})")


def test_each_commit_is_seen_at_the_next_question(database):
    read = SQLiteReader(database)
    assert read() == 0
    for number in range(1, 300):
        change(database, number)
        assert read() == number == read()


def test_each_commit_is_seen_however_the_log_is_emptied_meanwhile(database):
    read = SQLiteReader(database)
    for number in range(1, 30):
        with closing(sqlite3.connect(database)) as other:
            for mode in ("PASSIVE", "RESTART", "TRUNCATE"):
                change(database, number)
                assert read() == number
                other.execute(f"PRAGMA wal_checkpoint({mode})")
        write(database, "VACUUM")
        assert read() == number


def test_a_change_that_is_not_committed_is_not_seen(database):
    change(database, 1)
    read = SQLiteReader(database)
    assert read() == 1
    with closing(sqlite3.connect(database)) as other:
        other.execute("UPDATE programme_contentversion SET number = 2")
        assert read() == 1
        other.rollback()
    assert read() == 1


def test_another_file_in_its_place_is_noticed(database, tmp_path):
    change(database, 1)
    read = SQLiteReader(database)
    assert read() == 1
    other = tmp_path / "other.sqlite3"
    write(database, f"VACUUM INTO '{other}'")
    change(other, 2)
    for path in tmp_path.glob("wir.sqlite3*"):
        path.unlink()
    with pytest.raises(Unavailable):
        read()
    other.rename(database)
    assert read() == 2


def test_after_a_doubt_no_thread_trusts_what_it_knows(database):
    change(database, 1)
    read = SQLiteReader(database)
    with ThreadPoolExecutor(1) as thread:
        assert read() == thread.submit(read).result() == 1
        sound = database.read_bytes()
        with database.open("r+b") as file:  # the same file, with the same log
            file.write(b"no database at all" * (len(sound) // 18))
        thread.submit(read.doubt).result()
        with pytest.raises(Unavailable):
            read()
        with pytest.raises(Unavailable):
            thread.submit(read).result()
        with database.open("r+b") as file:
            file.write(sound)
        assert read() == thread.submit(read).result() == 1


#: Tries to take the lock that says whether anyone has the log's index open (SQLite's os_unix.c).
PROBE = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)
"""


def is_held(index):
    probe = subprocess.run([sys.executable, "-c", PROBE, index], capture_output=True, text=True)
    return "BlockingIOError" in probe.stderr


def test_the_locks_of_all_connections_stay_in_place(tmp_path):
    """Without them another process empties the log under a reader, or removes it."""
    database = tmp_path / "wir.sqlite3"
    write(database, "PRAGMA journal_mode=wal", TABLE)
    read = SQLiteReader(database)
    read()
    assert is_held(f"{database}-shm")
    with ThreadPoolExecutor(1) as thread:  # one that reads, and ends
        thread.submit(read).result()
    assert is_held(f"{database}-shm")
    read.file = None  # as after an error: it connects again
    read()
    assert is_held(f"{database}-shm")


def test_what_is_no_database_is_unavailable_and_is_not_made(tmp_path):
    path = tmp_path / "wir.sqlite3"
    for content in (None, b"", b"no database at all" * 500):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(Unavailable):
            SQLiteReader(path)()
    assert len(list(tmp_path.iterdir())) == 1
