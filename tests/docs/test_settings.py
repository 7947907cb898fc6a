"""Whatever can be set is documented, and nothing else: variables, Streamlit's settings, files."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from streamlit import config

from core.cluster import address
from core.export import passport_check
from core.paths import PROJECT
from core.runs import (
    checkpoint_files,
    contract,
    notes,
    own_digits,
    playback,
    requests,
)
from core.runs.contract import State
from tests.docs.documents import DOCS, blocks, section, table_keys

VARIABLE = re.compile(r"\bDIGIT_LAB_[A-Z_]+\b")
ADDRESS = re.compile(r'DIGIT_LAB_CLUSTER="(.+)"')
RUN_FOLDER = {
    contract.CONFIG,
    requests.STOP,
    requests.PRUNE,
    requests.PAUSE,
    requests.RATE,
    requests.FRONT,
    notes.FILE,
    playback.DRAWING,
    own_digits.FILE,
    contract.LEARNED_BEFORE,
    contract.ROOM,
    contract.ELSEWHERE,
    contract.WORKER_LOCK,
    contract.STATUS,
    contract.METRICS,
    playback.WATCH,
    playback.PANEL_IMAGES,
    f"{playback.EPOCHS}/",
    f"{checkpoint_files.FOLDER}/",
    "tensorboard/",
    contract.LOG,
    contract.KERAS_MODEL,
    contract.ONNX_MODEL,
    contract.PREDICTIONS,
    contract.PICTURES,
    contract.CARD,
}


def programs() -> Iterator[Path]:
    """Everything that is run, but for tests, which may invent names."""
    for folder in ("core", "ui", "pages", "bench", "tools"):
        yield from (PROJECT / folder).rglob("*.py")
    yield from (PROJECT / "tests").rglob("conftest.py")
    yield from (path for path in PROJECT.iterdir() if path.name.startswith("Dockerfile"))
    yield from (PROJECT / name for name in ("streamlit_app.py", "router.py", "Makefile"))


def test_every_environment_variable_is_documented_and_no_other() -> None:
    used = {name for path in programs() for name in VARIABLE.findall(path.read_text("utf-8"))}
    listed = table_keys(section(DOCS / "deploying.md", "Environment variables"))
    assert sorted(used) == sorted(listed)


def test_the_script_and_the_manifest_for_workers_say_what_is_understood(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The blocks of docs/deploying.md for SLURM and Kubernetes."""
    document = DOCS / "deploying.md"
    [script] = [block for block in blocks(document, "bash") if "#SBATCH" in block]
    assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0
    secret, deployment = yaml.safe_load_all("".join(blocks(document, "yaml")))
    [worker] = deployment["spec"]["template"]["spec"]["containers"]
    settings = {one["name"]: one for one in worker["env"]}
    chosen = settings["DIGIT_LAB_CLUSTER_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert chosen == {"name": secret["metadata"]["name"], "key": next(iter(secret["stringData"]))}
    selected = deployment["spec"]["selector"]["matchLabels"]
    assert selected == deployment["spec"]["template"]["metadata"]["labels"]
    monkeypatch.setenv("DIGIT_LAB_CLUSTER_PASSWORD", "secret")
    for place in (settings["DIGIT_LAB_CLUSTER"]["value"], ADDRESS.search(script)[1]):
        assert address.parse(place).shown == "postgresql://digit_lab@db.example.org:5432/digit_lab"
    assert worker["command"][1:] == ["-m", "core", "work"]
    assert "-m core work --until-empty" in script


def test_every_setting_of_streamlit_that_is_made_is_documented() -> None:
    made = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text("utf-8"))
    names = {f"{part}.{name}" for part in made if part != "theme" for name in made[part]}
    assert names == set(table_keys(section(DOCS / "deploying.md", "Settings")))
    assert names <= config.get_config_options().keys()


def test_the_run_folder_is_documented_file_by_file() -> None:
    """As the constants call them, and as the contract's docstring lists them."""
    document = DOCS / "run-folder.md"
    assert set(table_keys(section(document, "The files"))) == RUN_FOLDER
    rows = re.findall(r"^ {6}(\S.{27})", contract.__doc__, re.MULTILINE)  # the first column
    assert {name for row in rows for name in row.split()} == RUN_FOLDER
    assert set(table_keys(section(document, "States"))) == {str(state) for state in State}


def test_what_a_passport_holds_is_in_the_run_folder() -> None:
    assert passport_check.PARTS.keys() - RUN_FOLDER == {"passport.json"}


def test_every_library_is_named_with_its_licence() -> None:
    required = re.findall(
        r"^([A-Za-z][\w-]*)", (PROJECT / "requirements.txt").read_text("utf-8"), re.MULTILINE
    )
    text = section(DOCS / "data-and-licences.md", "What it runs on")
    named = re.findall(r"[\w-]+", " ".join(re.findall(r"^\| ([\w, -]+) \|", text, re.MULTILINE)))
    assert {name.lower() for name in required} <= {name.lower() for name in named}
