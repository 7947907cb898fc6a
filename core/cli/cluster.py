"""``python -m core cluster``: a database through which several machines train."""

from typing import TYPE_CHECKING

import click

from core.cli.output import as_json, help_if_alone, say

if TYPE_CHECKING:
    from core.cluster import server


@click.group(no_args_is_help=False, invoke_without_command=True)
@click.pass_context
def cluster(context: click.Context) -> None:
    """Let several machines train together."""
    help_if_alone(context)


@cluster.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    metavar="N",
    help="Where others reach it; default: 5480.",
)
@click.option(
    "--listen",
    metavar="ADDRESS",
    default="",
    help="The address of this machine to answer on; default: all of its networks. 127.0.0.1 is "
    "for this machine alone.",
)
@as_json
def serve(port: int | None, listen: str, as_json: bool) -> None:
    """Run a database for a room without an administrator.

    Starts PostgreSQL from the package index (extra `server`), or else an installed one, and prints
    the address for the other machines. They reach it over TLS and with the password in that
    address. What it knows is kept in DIGIT_LAB_HOME. Ctrl-C stops it.
    """
    from core.cluster import server

    def tell(served: server.Served) -> None:
        first, *others = map(served.address, served.hosts)
        facts = {
            "address": first,
            "other_addresses": others,
            "port": served.port,
            "fingerprint": f"sha256:{served.fingerprint}",
            "folder": str(served.folder),
            "postgresql": served.origin,
        }
        everywhere = listen in server.EVERYWHERE
        say(as_json, facts, _lines(served, first, others, "" if everywhere else listen))

    server.serve(listen, server.DEFAULT_PORT if port is None else port, tell)
    if not as_json:
        say(as_json, None, ["The database has stopped. What it knows is kept."])


def _lines(served: "server.Served", first: str, others: list[str], listen: str) -> list[str]:
    where = f"on {listen} only" if listen else "on all networks of this machine"
    lines = [
        f"The database runs ({served.origin}), and keeps what it knows in {served.folder}.",
        f"It answers {where}, port {served.port}, over TLS and with the password in its address.",
        "Whoever has the address can start, see and stop trainings: give it to nobody else.",
        "",
        "On each machine that trains, and where the app starts, on Linux and macOS:",
        "",
        f"export DIGIT_LAB_CLUSTER='{first}'",
        "python -m core work",
        "",
        "On Windows, in PowerShell:",
        "",
        f"$env:DIGIT_LAB_CLUSTER = '{first}'",
        "python -m core work",
        "",
    ]
    if others:
        lines += ["This machine has other addresses, too, if that one is not reached:", *others, ""]
    return [*lines, "Ctrl-C stops the database."]
