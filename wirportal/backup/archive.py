"""The format of a backup: a tar file, so that it can be opened without this software as well.

`manifest.json` comes last and names every other member with its size and checksum: an archive
without it is not complete. Nothing that stands in an archive is believed before it is checked.
"""

import hashlib
import io
import json
import os
import tarfile
import zlib
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

from django.conf import settings
from django.utils import timezone

PROGRAM = "wir-portal"
FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite3.gz", "postgresql": "database.dump"}
#: Restored files wait here, inside the folder that they belong to: that may be a disk of its own.
WAITING = ".restore"
CHUNK = 1_048_576  # bytes
MOST_MEMBERS = 1_000_000


class Refused(Exception):
    """Cannot be done; the text is for the operator, and nothing has been changed."""


def folders():
    return {"media": settings.MEDIA_ROOT, "locale": settings.OWN_LOCALE}


def chunks_of(file):
    return iter(partial(file.read, CHUNK), b"")


class Hashed:
    """Reads a file and notes the checksum of what was read."""

    def __init__(self, file):
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size):
        data = self.file.read(size)
        self.digest.update(data)
        return data


class Writer:
    """Adds files one after the other; `members` is what the manifest says about them."""

    def __init__(self, file):
        self.members = {}
        self.tar = tarfile.open(  # noqa: SIM115  closed by finish
            fileobj=file,
            mode="w",
            copybufsize=CHUNK,
            format=tarfile.PAX_FORMAT,
            pax_headers={"comment": f"{PROGRAM} {settings.SITE_URL}"},
        )

    def add(self, name, path):
        with path.open("rb") as file:
            state, source = os.fstat(file.fileno()), Hashed(file)
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = state.st_size, int(state.st_mtime), 0o640
            self.tar.addfile(info, source)
        self.members[name] = {"size": info.size, "sha256": source.digest.hexdigest()}

    def finish(self, manifest):
        about = {"program": PROGRAM, "format": FORMAT, **manifest, "members": self.members}
        text = json.dumps(about, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(text), 0o640
        info.pax_headers = {"comment": hashlib.sha256(text).hexdigest()}
        self.tar.addfile(info, io.BytesIO(text))
        self.tar.close()


class SmallReads(io.FileIO):
    """A header that claims to be huge is not read into memory."""

    def read(self, size=-1):
        if not 0 <= size <= CHUNK:
            raise tarfile.ReadError("absurd size")
        return super().read(size)


def is_ours(path, site=None):
    """Tell whether this command made the file; with `site`, for that website."""
    try:
        with SmallReads(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            made_by, _, made_for = tar.pax_headers.get("comment", "").partition(" ")
    except (tarfile.TarError, OSError, ValueError, RecursionError):
        return False
    return made_by == PROGRAM and site in (None, made_for)


def is_safe(name):
    parts = PurePosixPath(name).parts
    return (
        parts[1:]
        and parts[0] in folders()
        and parts[1] != WAITING
        and "/".join(parts) == name  # neither //, ./ nor a / at the end
        and ".." not in parts
        and not {"\0", "\\"} & set(name)
    )


class Archive:
    """An archive whose list of members and manifest are in order; contents are checked by reading.

    Raises `Refused`.
    """

    def __init__(self, path):
        self.path = path
        if not path.is_file():
            raise Refused(f"Die Datei {path} gibt es nicht.")
        if not is_ours(path):
            raise Refused(f"{path} ist keine Sicherung dieses Programms (oder noch verschlüsselt).")
        self.file = SmallReads(path)
        try:
            self.tar = tarfile.open(fileobj=self.file, mode="r:")  # noqa: SIM115  see close
            self.infos = self.scan()
            self.manifest = self.read_manifest()
        except BaseException:
            self.close()
            raise

    def close(self):
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def broken(self, why):
        return Refused(f"{self.path} ist beschädigt: {why}.")

    def scan(self):
        """Return the members by name. Asks for the next one only when the last is in order."""
        found, size = {}, self.path.stat().st_size
        try:
            while info := self.tar.next():
                is_whole = 0 <= info.size <= size and info.offset_data + info.size <= size
                if not is_whole or len(found) > MOST_MEMBERS:
                    raise self.broken("die Größenangaben stimmen nicht")
                if not info.isreg() or info.issparse() or info.name in found:
                    raise self.broken(f"{info.name!r} darf darin nicht vorkommen")
                if info.name not in (MANIFEST, *DATABASES.values()) and not is_safe(info.name):
                    raise self.broken(f"{info.name!r} darf darin nicht vorkommen")
                self.tar.members = []  # or it keeps each of them once more
                found[info.name] = info
        except (tarfile.TarError, OSError, ValueError, RecursionError) as error:
            raise self.broken("es ist nicht vollständig lesbar") from error
        return found

    def read_manifest(self):
        if MANIFEST not in self.infos:
            raise self.broken("das Ende fehlt")
        try:
            with self.tar.extractfile(self.infos[MANIFEST]) as file:
                text = b"".join(chunks_of(file))
            info, manifest = self.infos[MANIFEST], json.loads(text)
            if info.pax_headers.get("comment") != hashlib.sha256(text).hexdigest():
                raise ValueError
            if manifest["program"] != PROGRAM:
                raise ValueError
            if manifest["format"] > FORMAT:
                raise Refused(f"{self.path} hat eine neuere Fassung dieses Programms gemacht.")
            self.check(manifest)
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise self.broken("das Verzeichnis stimmt nicht") from error
        return manifest

    def check(self, manifest):
        """Raise ValueError or the like where the manifest is not about these members."""
        sizes = {name: entry["size"] for name, entry in manifest["members"].items()}
        if sizes != {name: info.size for name, info in self.infos.items() if name != MANIFEST}:
            raise ValueError
        if set(DATABASES.values()) & set(sizes) != {DATABASES[manifest["vendor"]]}:
            raise ValueError
        numbers = [manifest["database_size"], *manifest["rows"].values()]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError
        if not all(len(entry["sha256"]) == 64 for entry in manifest["members"].values()):
            raise ValueError
        if not all(type(part) is str for pair in manifest["migrations"] for part in pair):
            raise ValueError
        datetime.fromisoformat(manifest["made"])
        dict(manifest["migrations"])  # pairs, all of them

    @property
    def vendor(self):
        return self.manifest["vendor"]

    @property
    def made(self):
        return f"{timezone.localtime(datetime.fromisoformat(self.manifest['made'])):%d.%m.%Y %H:%M}"

    @property
    def files(self):
        """Return the names of the uploads and the interface texts."""
        return [name for name in self.infos if "/" in name]

    @property
    def size(self):
        """Return how many bytes it takes when it is unpacked."""
        return sum(self.infos[name].size for name in self.files) + self.manifest["database_size"]

    def chunks(self, name):
        """Yield the content of a member; at the end, raise `Refused` if it was another one."""
        with self.tar.extractfile(self.infos[name]) as file:
            source = Hashed(file)
            try:
                yield from chunks_of(source)
            except (tarfile.TarError, OSError) as error:
                raise self.broken(f"{name} ist nicht lesbar") from error
        if source.digest.hexdigest() != self.manifest["members"][name]["sha256"]:
            raise self.broken(f"die Prüfsumme von {name} stimmt nicht")

    def unpack(self, name, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.writelines(self.chunks(name))
            file.flush()
            os.fsync(file.fileno())

    def unpack_database(self, path):
        name = DATABASES[self.vendor]
        if self.vendor != "sqlite":
            return self.unpack(name, path)
        with path.open("xb") as file:
            file.writelines(self.unzipped(self.chunks(name), self.manifest["database_size"]))

    def unzipped(self, chunks, limit):
        stream, size = zlib.decompressobj(zlib.MAX_WBITS | 16), 0
        try:
            for chunk in chunks:
                while chunk:
                    plain = stream.decompress(chunk, CHUNK)
                    size += len(plain)
                    if size > limit:
                        raise self.broken("die Datenbank ist größer als angegeben")
                    yield plain
                    chunk = stream.unconsumed_tail
        except zlib.error as error:
            raise self.broken("die Datenbank lässt sich nicht auspacken") from error
        yield stream.flush()
        if not stream.eof:
            raise self.broken("die Datenbank ist nicht vollständig")
