"""Chromium for the browser tests, found or installed: ``python tools/chromium.py``.

An installed browser comes first, then Debian's package where it can be installed, then Playwright's
own download. If all three fail, the command says why and still succeeds. The browser tests then
skip, or fail if ``DIGIT_LAB_REQUIRE`` contains ``browser``.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
MAC_APPLICATIONS = ("Chromium", "Google Chrome", "Microsoft Edge")
WINDOWS_PROGRAMS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
# Silence: a browser under test asks no server of its maker's for anything.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
INSTALL_TIMEOUT = 600  # seconds, for each way to install


def find() -> str | None:
    """Return the path of a Chromium that starts, or None; installs nothing."""
    installed = next(filter(_starts, _installed()), None)
    # Not looked for before: to ask Playwright for its own starts it.
    return installed or next(filter(_starts, _playwrights_own()), None)


def install() -> str | None:
    """Install a Chromium and return its path, or None where no way to do so works."""
    for name, command in _ways_to_install():
        print(f"Installing a Chromium for the browser tests: {name}", flush=True)
        failure = _run(command)
        if failure is None and (path := find()):
            return path
        print(f"That did not work: {failure or 'no browser that starts came of it'}", flush=True)
    return None


def _installed() -> list[str]:
    found = [path for command in COMMANDS if (path := shutil.which(command))]
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        found += [str(folder / f"{name}.app/Contents/MacOS/{name}") for name in MAC_APPLICATIONS]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := os.environ.get(variable):
            found += [str(Path(folder, program)) for program in WINDOWS_PROGRAMS]
    return [path for path in found if Path(path).is_file()]


def _playwrights_own() -> list[str]:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return [path] if Path(path).is_file() else []


def _starts(path: str) -> bool:
    """Tell a browser from, say, Ubuntu's placeholder that only asks for its snap."""
    if sys.platform == "win32":  # where --version opens a window
        return True
    return _run([path, "--version"]) is None


def _ways_to_install() -> list[tuple[str, list[str]]]:
    ways = []
    if _is_debian() and os.geteuid() == 0 and shutil.which("apt-get"):
        apt = "apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium"
        ways.append(("Debian's package", ["sh", "-c", apt]))
    download = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    ways.append(("Playwright's download", download))
    return ways


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def _run(command: list[str]) -> str | None:
    """Run a command to its end and return why it failed, or None if it did not."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            timeout=INSTALL_TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {INSTALL_TIMEOUT} seconds"
    except OSError as error:
        return str(error)
    lines = done.stdout.strip().splitlines() or [f"exit status {done.returncode}"]
    reason = next((line for line in lines if "Error" in line), lines[-1])
    return reason if done.returncode else None


if __name__ == "__main__":
    browser = find() or install()
    print(f"Browser tests use {browser}" if browser else "Browser tests have no Chromium to use")
