"""The locks hold what the requirements files ask for, for every system, and name no machine."""

import re
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from tools.make_venv import locked_from, locked_uv, required

PROJECT = Path(__file__).resolve().parent.parent.parent
BUILT_FOR_EACH_SYSTEM = ["numpy", "scipy", "pandas", "pyarrow", "pillow", "onnxruntime"]
NAMES = ["requirements", "requirements-cluster", "requirements-server", "requirements-dev"]
FILES = pytest.mark.parametrize("name", NAMES)


def pins(name: str) -> list[tuple[Requirement, int]]:
    """Return each pin of a lock and how many hashes it has."""
    text = (PROJECT / f"{name}.lock").read_text().replace("\\\n", " ")
    lines = [line.split("--hash=") for line in text.splitlines() if not line.startswith("#")]
    for _, *hashes in lines:
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest.strip()) for digest in hashes)
    return [(Requirement(pin), len(hashes)) for pin, *hashes in lines]


@FILES
def test_lock_was_made_from_its_requirements_as_they_are(name):
    asked = list(required(PROJECT / f"{name}.txt"))
    assert locked_from(PROJECT / f"{name}.lock") == asked, "make lock makes it anew"


@FILES
def test_each_requirement_is_locked_to_a_release_that_it_allows(name):
    locked = {}
    for pin, _ in pins(name):
        [specifier] = pin.specifier
        assert specifier.operator == "=="
        locked.setdefault(pin.name.lower(), []).append(specifier.version)
    for line in required(PROJECT / f"{name}.txt"):
        requirement = Requirement(line)
        versions = locked[requirement.name.lower()]
        assert all(requirement.specifier.contains(version) for version in versions)


@FILES
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(
    "system", [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
)
def test_each_python_on_each_system_gets_one_release_of_each_package(name, python, system):
    machine = default_environment() | {
        "python_version": python,
        "python_full_version": f"{python}.4",
        "sys_platform": system[0],
        "platform_machine": system[1],
    }
    chosen = [pin.name for pin, _ in pins(name) if not pin.marker or pin.marker.evaluate(machine)]
    assert len(chosen) == len(set(chosen))
    asked = [Requirement(line) for line in required(PROJECT / f"{name}.txt")]
    wanted = {r.name.lower() for r in asked if not r.marker or r.marker.evaluate(machine)}
    assert wanted <= set(chosen)


@FILES
def test_hashes_cover_the_files_of_every_system(name):
    """A lock made from a mirror that has one machine's files alone fails on all others."""
    counts = pins(name)
    assert min(count for _, count in counts) >= 1
    for pin, count in counts:
        if pin.name in BUILT_FOR_EACH_SYSTEM:
            assert count >= 20, f"{pin} has {count} hashes"


@pytest.mark.parametrize("name", NAMES[:-1])
def test_tests_run_on_the_releases_that_the_app_runs_on(name):
    assert {str(pin) for pin, _ in pins(name)} <= {str(pin) for pin, _ in pins(NAMES[-1])}


@FILES
def test_lock_names_no_index_and_no_folder(name):
    text = (PROJECT / f"{name}.lock").read_text()
    assert not re.search(r"--(index|extra-index|find-links)|://|file:|@ |[\s=]/", text)


def test_uv_itself_is_locked_with_hashes():
    version, lines = locked_uv((PROJECT / "requirements-dev.lock").read_text())
    assert lines.startswith(f"uv=={version} ")
    assert lines.count("--hash=sha256:") > 10
