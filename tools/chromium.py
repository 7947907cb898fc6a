"""Chromium for the browser tests, found or installed: ``python tools/chromium.py``.

The tests prefer the headless shell, a Chromium without windows that takes a third less processor
time for the same pages. Where there is none, it is installed with Debian's package of Chromium if
that is possible. Otherwise any installed browser does, and then Playwright's own download. If all
of it fails, the command says why and still succeeds. The browser tests then skip, or fail if
``DIGIT_LAB_REQUIRE`` contains ``browser``.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
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
    # Text as wide as in a browser with windows; a shell rounds each letter to whole pixels.
    "--font-render-hinting=none",
]
INSTALL_TIMEOUT = 600  # seconds, for each way to install


def find(shell_first: bool = False) -> str | None:
    """Return the path of a Chromium that starts, or None; installs nothing.

    Headless shells come last, for benchmarks measure what people use, or else first.
    """
    shells, browsers = _on_path(SHELLS), _browsers()
    installed = shells + browsers if shell_first else browsers + shells
    found = next(filter(_starts, installed), None)
    # Not looked for before: to ask Playwright for its own starts it.
    return found or next(filter(_starts, _playwrights_own()), None)


def find_or_install() -> str | None:
    """Return the path of the Chromium for the tests, or None where no way to get one works."""
    there = find(shell_first=True)
    for name, command in _ways_to_install(there):
        print(f"Installing a Chromium for the browser tests: {name}", flush=True)
        failure = _run(command)
        if failure is None and (path := find(shell_first=True)):
            return path
        print(f"That did not work: {failure or 'no browser that starts came of it'}", flush=True)
    return there


def _on_path(commands: tuple[str, ...]) -> list[str]:
    return [path for command in commands if (path := shutil.which(command))]


def _browsers() -> list[str]:
    found = _on_path(COMMANDS)
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
    if _is_shell(path):  # A shell of another release than the files beside it knows its version.
        return _run([path, *ARGUMENTS, "--dump-dom", "about:blank"]) is None
    if sys.platform == "win32":  # where --version opens a window
        return True
    return _run([path, "--version"]) is None


def _is_shell(path: str) -> bool:
    return Path(path).stem in SHELLS


def _ways_to_install(there: str | None) -> list[tuple[str, list[str]]]:
    """Return the ways to get what is better than the browser that is there, if any."""
    ways: list[tuple[str, list[str]]] = []
    if there and _is_shell(there):
        return ways
    if _is_debian() and os.geteuid() == 0 and shutil.which("apt-get"):
        # Both, so that they are of one release: the shell uses files of the browser.
        packages = "chromium chromium-headless-shell"
        apt = "apt-get -qq install -y --no-remove --no-install-recommends"
        ways.append(("Debian's package", ["sh", "-c", f"apt-get -qq update && {apt} {packages}"]))
    if not there:
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
    browser = find_or_install()
    print(f"Browser tests use {browser}" if browser else "Browser tests have no Chromium to use")
