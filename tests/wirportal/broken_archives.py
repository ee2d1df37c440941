"""Archives that nobody may restore, each made from a good one."""

import hashlib
import io
import json
import tarfile


def repacked(path, source, *, add=(), change=lambda manifest: None, leave_out=(), comment=None):
    """Write an archive like the source, but with a changed manifest and other members."""
    with tarfile.open(source) as old:
        comment = comment or old.pax_headers["comment"]
        with tarfile.open(path, "w", pax_headers={"comment": comment}) as new:
            for info in old:
                data = old.extractfile(info).read()
                if info.name == "manifest.json":
                    manifest = json.loads(data)
                    change(manifest)
                    data = json.dumps(manifest).encode()
                    info.pax_headers = {"comment": hashlib.sha256(data).hexdigest()}
                    for member, content in add:
                        new.addfile(member, io.BytesIO(content))
                if info.name not in leave_out:
                    info.size = len(data)
                    new.addfile(info, io.BytesIO(data))
    return path


def with_member(name, data=b"x", **attributes):
    """Return what makes an archive with one more member, named by the manifest as well."""

    def make(path, source):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        for key, value in attributes.items():
            setattr(info, key, value)
        checksum = hashlib.sha256(data).hexdigest()

        def change(manifest):
            manifest["members"][name] = {"size": info.size, "sha256": checksum}

        repacked(path, source, add=[(info, data)], change=change)

    return make


def with_manifest(**values):
    def make(path, source):
        repacked(path, source, change=lambda manifest: manifest.update(values))

    return make


def cut(share):
    def make(path, source):
        data = source.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return make


def flipped(name):
    def make(path, source):
        with tarfile.open(source) as tar:
            where = tar.getmember(name).offset_data + 100
        data = bytearray(source.read_bytes())
        data[where] ^= 1
        path.write_bytes(data)

    return make


def newer_migration(path, source):
    repacked(path, source, change=lambda m: m["migrations"].append(["offers", "9999_new"]))


def huge_header(path, source):
    """A header that says that 8 GB of other headers follow."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 8 * 2**30
    path.write_bytes(source.read_bytes()[:1024] + info.tobuf() + b"\0" * 512)


def huge_member(path, source):
    info = tarfile.TarInfo("media/x")
    info.size = 2**40
    path.write_bytes(source.read_bytes()[:1024] + info.tobuf() + b"\0" * 512)


def foreign(path, source):
    with tarfile.open(path, "w") as tar:
        tar.add(source, "something")


def bomb(path, source):
    """A database that is larger than the manifest says."""

    def change(manifest):
        manifest["database_size"] = 100

    repacked(path, source, change=change)


WRONG = {
    "half": (cut(0.5), "beschädigt"),
    "almost whole": (cut(0.99), "beschädigt"),
    "a few bytes": (cut(0.00001), "keine Sicherung"),
    "nothing": (cut(0), "keine Sicherung"),
    "text": (lambda path, source: path.write_text("Hallo" * 5000), "keine Sicherung"),
    "another program's": (foreign, "keine Sicherung"),
    "a wrong file": (flipped("media/videos/dgs.mp4"), "Prüfsumme von media/videos/dgs.mp4"),
    "a wrong database": (flipped("database.sqlite3.gz"), "beschädigt"),
    "a wrong manifest": (flipped("manifest.json"), "beschädigt|Verzeichnis"),
    "outside": (with_member("media/../../evil"), "darf darin nicht vorkommen"),
    "absolute": (with_member("/etc/evil"), "darf darin nicht vorkommen"),
    "elsewhere": (with_member("secret_key"), "darf darin nicht vorkommen"),
    "twice": (with_member("media/videos/dgs.mp4"), "darf darin nicht vorkommen"),
    "our own folder": (with_member("media/.restore/x"), "darf darin nicht vorkommen"),
    "a symbolic link": (
        with_member("media/x", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        "darf darin nicht vorkommen",
    ),
    "a hard link": (
        with_member("media/x", b"", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        "darf darin nicht vorkommen",
    ),
    "a device": (
        with_member("media/x", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
        "darf darin nicht vorkommen",
    ),
    "a file and a folder of one name": (with_member("media/videos/dgs.mp4/x"), "dgs.mp4"),
    "a huge header": (huge_header, "beschädigt|keine Sicherung"),
    "a huge member": (huge_member, "Größenangaben"),
    "a huge database": (with_manifest(database_size=10**18), "Der Platz reicht nicht"),
    "more than it says": (bomb, "größer als angegeben"),
    "other rows": (with_manifest(rows={"programme_page": 1}), "nicht die angegebenen Zeilen"),
    "no list": (with_manifest(members=[]), "Verzeichnis"),
    "no date": (with_manifest(made="gestern"), "Verzeichnis"),
    "odd migrations": (with_manifest(migrations=[["a"]]), "Verzeichnis"),
    "another database": (with_manifest(vendor="postgresql"), "Verzeichnis"),
    "newer format": (with_manifest(format=2), "neuere Fassung"),
    "newer migrations": (newer_migration, "neueren Fassung"),
}
