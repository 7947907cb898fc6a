"""The container's files agree with the project and with each other; no Docker is needed here."""

import json
import re
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from core.cli.main import cli
from core.cluster import address

PROJECT = Path(__file__).resolve().parent.parent
DOCKERFILE = re.sub(r"\\\n\s*", "", (PROJECT / "Dockerfile").read_text())
COMPOSE = (PROJECT / "compose.yaml").read_text()
CLUSTER = yaml.safe_load((PROJECT / "compose.cluster.yaml").read_text())
IGNORED = (PROJECT / ".dockerignore").read_text().splitlines()


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, flags=re.MULTILINE)


def copied() -> list[str]:
    return [source for line in instructions("COPY") for source in line.split()[:-1]]


def command() -> list[str]:
    return json.loads(instructions("CMD")[-1])


def test_what_is_copied_exists_and_reaches_the_build():
    assert IGNORED[1] == "*"  # only what is named after it is let through
    for source in copied():
        assert (PROJECT / source).exists()
        let_through = [line for line in IGNORED if line.startswith(f"!{source}")]
        assert let_through
        assert all((PROJECT / line[1:]).exists() for line in let_through)


@pytest.mark.parametrize("folder", ["core", "ui", "pages", "models", ".streamlit"])
def test_what_the_app_is_made_of_is_copied(folder):
    assert folder in copied()


def test_models_that_ship_are_let_through_and_no_others():
    shipped = re.findall(r"^!/(models/\w+)/$", (PROJECT / ".gitignore").read_text(), re.MULTILINE)
    assert shipped
    assert sorted(f"!{name}" for name in shipped) == [x for x in IGNORED if x.startswith("!models")]


def test_one_port_is_listened_on_watched_and_published_to_this_machine_alone():
    port = instructions("EXPOSE")[0]
    assert command()[-4:] == ["--server.address", "0.0.0.0", "--server.port", port]
    assert f"http://127.0.0.1:{port}/_stcore/health" in instructions("HEALTHCHECK")[0]
    assert re.findall(r'- "(\S+:\d+)"', COMPOSE) == [f"127.0.0.1:{port}:{port}"]


def test_what_people_make_lies_in_a_volume_of_an_account_that_is_not_root():
    home = dict(line.split("=") for line in instructions("ENV")[-1].split())["DIGIT_LAB_HOME"]
    assert instructions("VOLUME") == [home]
    [(volume, mounted_at)] = re.findall(r"- ([\w-]+):(/\S+)", COMPOSE)
    assert mounted_at == home
    assert COMPOSE.endswith(f"\nvolumes:\n  {volume}:\n")
    assert instructions("USER")[-1] != "root"


def test_python_is_one_that_the_project_runs_on():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    oldest, beyond = re.findall(r"3\.(\d+)", project["requires-python"])
    [minor] = re.findall(r"^python:3\.(\d+)-slim$", instructions("FROM")[0])
    assert int(oldest) <= int(minor) < int(beyond)


def test_app_and_workers_reach_the_database_by_its_socket_alone():
    services = CLUSTER["services"]
    postgres = services.pop("postgres")
    assert postgres["network_mode"] == "none"
    assert postgres["command"] == ["-c", "listen_addresses="]
    for service in services.values():
        found = address.parse(service["environment"]["DIGIT_LAB_CLUSTER"])
        assert f"socket:{found.host}" in service["volumes"]
        assert f"socket:{found.host}" in postgres["volumes"]
        assert f"postgresql://{postgres['environment']['POSTGRES_USER']}@/" in found.shown
    assert "digit-lab" in services  # as compose.yaml calls the app


def test_the_password_is_a_secret_that_git_never_takes():
    [(name, secret)] = CLUSTER["secrets"].items()
    for service in CLUSTER["services"].values():
        assert service["secrets"] == [name]
        files = {value for key, value in service["environment"].items() if "PASSWORD" in key}
        assert files == {f"/run/secrets/{name}"}
    assert f"/{secret['file']}" in (PROJECT / ".gitignore").read_text().splitlines()


def test_workers_run_a_command_and_are_not_asked_for_pages():
    worker = CLUSTER["services"]["worker"]
    assert worker["deploy"]["replicas"] == 2
    assert worker["healthcheck"] == {"disable": True}
    python, *module, name = worker["command"]
    assert [python, *module] == [command()[0], "-m", "core"]
    assert cli.get_command(click.Context(cli), name) is not None
    assert "--cluster" in instructions("RUN")[0].split()
