"""Install the programs that the checks and tests need: `python -m tests.machine [gettext]`.

On Debian as root through apt; elsewhere it says what is missing, and takes Playwright's own
Chromium. Nothing is skipped silently: without a program the run stops here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import postgres

#: What has to be on the PATH, and Debian's packages that bring it.
GETTEXT = {"msgfmt": ["gettext"], "xgettext": ["gettext"]}
BROWSER = {
    "java": ["default-jre-headless"],
    "chromium": ["chromium", "fonts-noto-core"],
    "postgres": ["postgresql"],
    "redis-server": ["redis-server"],
    "nginx": ["nginx"],
    "caddy": ["caddy"],
    "systemd-analyze": ["systemd"],
}


def is_debian():
    release = Path("/etc/os-release")
    return release.exists() and "\nID=debian\n" in f"\n{release.read_text()}\n"


def apt_install(packages):
    print(f"Installiert werden: {' '.join(packages)} …", flush=True)
    quiet = {"stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-qq"], check=True, **quiet)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=True, env=environment, **quiet)


def found(program):
    return postgres.programs() if program == "postgres" else shutil.which(program)


def main(wanted):
    missing = {program for program in wanted if not found(program)}
    if missing and is_debian() and os.geteuid() == 0:
        apt_install(sorted({package for program in missing for package in wanted[program]}))
        missing = {program for program in wanted if not found(program)}
    if "chromium" in missing:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
        missing.remove("chromium")
    if missing:
        packages = sorted({package for program in missing for package in wanted[program]})
        sys.exit(f"Es fehlt: {', '.join(sorted(missing))}. Zu installieren: {' '.join(packages)}")


if __name__ == "__main__":
    main(GETTEXT if sys.argv[1:] == ["gettext"] else GETTEXT | BROWSER)
