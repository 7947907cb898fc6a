"""The tests' Chromium: which one is taken, and what is installed for want of a better one."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import chromium

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in with shell scripts")

WORKS = "echo Chromium 1"
# Debian's shell beside the files of another release, word for word but for the place.
OTHER_RELEASE = """\
case "$*" in *--version*) echo Chromium 1; exit 0;; esac
echo "FATAL:gin/v8_initializer.cc: Error loading V8 startup snapshot file" >&2
exit 133"""

Put = Callable[..., str]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Call as ``put("chromium", WORKS)``: a machine with nothing but what is put there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "MAC_APPLICATIONS", ())
    monkeypatch.setattr(chromium, "_playwrights_own", list)
    monkeypatch.setattr(chromium, "_is_debian", lambda: False)

    def command(name: str, does: str = WORKS) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
        return str(path)

    return command


@pytest.fixture
def debian(put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Be Debian's root, whose ``apt-get`` installs; returns the file of what it was told."""
    told = tmp_path / "told"
    monkeypatch.setattr(chromium, "_is_debian", lambda: True)
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    put("sh", 'exec /bin/sh "$@"')
    shell = tmp_path / "chromium-headless-shell"
    put(
        "apt-get",
        f'echo "$@" >> {told}\ncase "$*" in *install*) '
        f"echo '#!/bin/sh' > {shell}; /bin/chmod 755 {shell};; esac",
    )
    return told


def test_the_tests_prefer_a_shell_and_benchmarks_a_browser(put: Put) -> None:
    browser, shell = put("google-chrome"), put("chromium-headless-shell")

    assert chromium.find(shell_first=True) == shell
    assert chromium.find() == browser


def test_either_does_where_there_is_no_other(put: Put) -> None:
    browser = put("chromium")
    assert chromium.find(shell_first=True) == browser

    Path(browser).unlink()
    shell = put("chrome-headless-shell")
    assert chromium.find() == shell


def test_a_shell_that_only_knows_its_version_is_passed_over(put: Put) -> None:
    put("chromium-headless-shell", OTHER_RELEASE)
    browser = put("chromium")

    assert chromium.find(shell_first=True) == browser


def test_a_placeholder_is_no_browser(put: Put) -> None:
    put("chromium-browser", "echo 'requires the chromium snap to be installed' >&2; exit 1")

    assert chromium.find() is None


@pytest.mark.parametrize("installed", [[], ["chromium"]])
def test_debian_gets_the_shell_and_the_browser_of_the_same_release(
    installed: list[str], put: Put, debian: Path, tmp_path: Path
) -> None:
    for name in installed:
        put(name)

    assert chromium.find_or_install() == str(tmp_path / "chromium-headless-shell")

    update, install = debian.read_text().splitlines()
    assert update.split()[-1] == "update"
    assert install.split()[-2:] == ["chromium", "chromium-headless-shell"]
    assert "--no-remove" in install.split()


def test_a_shell_that_is_there_is_not_installed_again(put: Put, debian: Path) -> None:
    shell = put("chromium-headless-shell")

    assert chromium.find_or_install() == shell
    assert not debian.exists()


def test_a_browser_does_where_no_shell_can_be_had(
    put: Put, debian: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = put("chromium")
    put("apt-get", "echo 'E: Unable to locate package chromium-headless-shell'; exit 100")

    assert chromium.find_or_install() == browser
    assert "Unable to locate package" in capsys.readouterr().out


def test_nothing_is_installed_beside_a_browser_elsewhere(
    put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = put("google-chrome")

    assert chromium.find_or_install() == browser
    assert "Installing" not in capsys.readouterr().out


def test_playwrights_download_is_the_last_way(
    put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran = []
    monkeypatch.setattr(chromium, "_run", lambda command: ran.append(command))

    assert chromium.find_or_install() is None
    assert [command[1:4] for command in ran] == [["-m", "playwright", "install"]]
