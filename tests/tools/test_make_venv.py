"""The installation: its packages, its installer, and what a failed one leaves behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import make_venv

LOCK = """\
# Locked from:
#   ninety~=9.0
ninety==9.1 \\
    --hash=sha256:aa
uv==0.1.2 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
zeta==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:dd
"""


class Machine:
    """Stands in for processes: keeps what was asked of them and answers as it is told to."""

    def __init__(self, uv: str = "uv 0.1.2 (x86_64)\n", configuration: str = "") -> None:
        self.outputs = {"uv": uv, "config": configuration, "-c": "works\n"}
        self.fails = set()
        self.ran = []
        self.environment = None

    def output(self, command: list) -> str:
        return next(text for word, text in self.outputs.items() if word in command)

    def run(self, command: list, environment: dict | None = None) -> int:
        words = [str(word) for word in command]
        who = "uv" if words[2] == "uv" else "get uv" if words[-1].endswith("uv.txt") else "pip"
        self.ran.append((who, words))
        self.environment = environment or self.environment
        return int(who in self.fails)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "requirements.txt").write_text("# What it runs on\nninety~=9.0  # steady\n\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\nzeta~=1.0\n")
    (tmp_path / "requirements.lock").write_text(LOCK)
    (tmp_path / "requirements-dev.lock").write_text(LOCK)
    monkeypatch.setattr(make_venv, "PROJECT", tmp_path)
    return tmp_path


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(make_venv, "_output", machine.output)
    monkeypatch.setattr(make_venv, "_run", machine.run)
    monkeypatch.setattr(make_venv, "make", lambda folder: folder.mkdir(exist_ok=True))
    return machine


def names(machine: Machine) -> list[str]:
    return [who for who, _ in machine.ran]


def test_uv_installs_the_lock_and_its_hashes_are_checked(project, machine):
    make_venv.main([str(project / "venv")])
    [(who, words)] = machine.ran
    assert who == "uv"
    assert words[-3:] == ["--require-hashes", "-r", str(project / "requirements.lock")]
    assert (project / "venv" / "installed").exists()
    assert not (project / "venv" / "installed-dev").exists()


def test_a_missing_or_another_uv_is_fetched_first_with_its_hashes(project, machine):
    machine.outputs["uv"] = "uv 0.0.9\n"
    make_venv.main([str(project / "venv")])
    assert names(machine) == ["get uv", "uv"]
    assert "--require-hashes" in machine.ran[0][1]
    assert make_venv.locked_uv(LOCK) == (
        "0.1.2",
        "uv==0.1.2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n",
    )


@pytest.mark.parametrize("fails", ["get uv", "uv"])
def test_pip_installs_the_same_lock_where_uv_is_not_to_be_had_or_fails(project, machine, fails):
    machine.outputs["uv"] = "" if fails == "get uv" else machine.outputs["uv"]
    machine.fails = {fails}
    make_venv.main([str(project / "venv")])
    who, words = machine.ran[-1]
    assert who == "pip"
    assert words[-3:] == ["--require-hashes", "-r", str(project / "requirements.lock")]
    assert (project / "venv" / "installed").exists()


def test_pip_installs_where_the_lock_has_no_uv(project, machine):
    (project / "requirements-dev.lock").write_text("# Locked from:\n")
    make_venv.main([str(project / "venv")])
    assert names(machine) == ["pip"]


def test_an_installation_that_failed_is_not_taken_for_complete(project, machine):
    folder = project / "venv"
    make_venv.main([str(folder), "--dev"])
    machine.fails = {"uv", "pip"}
    with pytest.raises(SystemExit, match="starts over"):
        make_venv.main([str(folder)])
    assert not (folder / "installed").exists()


@pytest.mark.parametrize(
    ("complete", "works", "made"), [(True, True, 0), (False, True, 1), (True, False, 1)]
)
def test_only_an_environment_that_is_complete_and_works_is_kept(
    project, machine, monkeypatch, complete, works, made
):
    folders = []
    monkeypatch.setattr(make_venv, "make", folders.append)
    folder = project / "venv"
    folder.mkdir()
    if complete:
        (folder / "installed").touch()
    machine.outputs["-c"] = "works\n" if works else ""
    make_venv.main([str(folder), "--dev"])
    assert len(folders) == made
    assert (folder / "installed").exists()
    assert (folder / "installed-dev").exists()


def test_requirements_edited_since_they_were_locked_are_installed_themselves(
    project, machine, capsys
):
    (project / "requirements.txt").write_text("ninety[gpu]~=9.0\n")
    make_venv.main([str(project / "venv")])
    [(_, words)] = machine.ran
    assert words[-2:] == ["-r", str(project / "requirements.txt")]
    assert "--require-hashes" not in words
    assert "no lock is used" in capsys.readouterr().out


def test_required_leaves_out_comments_and_follows_included_files(project):
    (project / "requirements-dev.txt").write_text("-r requirements.txt\nb @ x#egg=b  # why\n")
    lines = list(make_venv.required(project / "requirements-dev.txt"))
    assert lines == ["ninety~=9.0", "b @ x#egg=b"]


def test_uv_is_told_where_pip_is_set_to_look():
    environment = make_venv.uv_environment(
        ":env:.find-links='/wheels'\n"
        "global.cert='/etc/school.pem'\n"
        "global.extra-index-url='\\nhttps://one.example/simple\\nhttps://two.example/simple'\n"
        "global.find-links='/elsewhere'\n"
        "global.index-url='https://user:word@pip.example/simple'\n"
        "global.no-index='true'\n"
        "global.progress-bar='off'\n"
        "global.proxy='http://proxy.example:3128'\n"
        "global.timeout='5'\n"
        "install.timeout='60'\n"
        "install.trusted-host='one.example two.example'\n"
    )
    assert environment == {
        "HTTP_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "SSL_CERT_FILE": "/etc/school.pem",
        "UV_DEFAULT_INDEX": "https://user:word@pip.example/simple",
        "UV_FIND_LINKS": "/wheels",
        "UV_HTTP_TIMEOUT": "60",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "one.example two.example",
        "UV_OFFLINE": "true",
        "UV_SYSTEM_CERTS": "1",
    }


def test_what_pip_prints_of_its_settings_is_understood(tmp_path):
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nextra-index-url =\n    https://a.example/s\n    https://b.example/s\n"
    )
    printed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env=os.environ | {"PIP_CONFIG_FILE": str(settings), "PIP_INDEX_URL": "https://c.example/s"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    environment = make_venv.uv_environment(printed)
    assert environment["UV_INDEX"] == "https://a.example/s https://b.example/s"
    assert environment["UV_DEFAULT_INDEX"] == "https://c.example/s"


def test_what_a_person_told_uv_comes_before_what_pip_was_told(project, machine, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example/simple")
    machine.outputs["config"] = "global.index-url='https://pip.example/simple'\n"
    make_venv.main([str(project / "venv")])
    assert machine.environment["UV_DEFAULT_INDEX"] == "https://mine.example/simple"


@pytest.mark.parametrize(
    ("kept", "options", "compiled"),
    [(True, [], None), (False, [], "1"), (True, ["--dev"], "1")],
    ids=["app", "app-that-keeps-nothing", "tests"],
)
def test_packages_are_compiled_at_once_for_tests_and_where_python_keeps_nothing(
    project, machine, monkeypatch, kept, options, compiled
):
    monkeypatch.delenv("UV_COMPILE_BYTECODE", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", not kept)
    make_venv.main([str(project / "venv"), *options])
    assert machine.environment.get("UV_COMPILE_BYTECODE") == compiled


def test_a_python_that_tensorflow_has_no_build_for_is_refused_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11, 3\.12 or 3\.13"):
        make_venv.make(tmp_path / "venv")
    assert not (tmp_path / "venv").exists()
