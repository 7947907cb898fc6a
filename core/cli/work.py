"""The command `work` of ``python -m core``: this machine trains what others want trained."""

import click

from core.cli.output import as_json, say, tell
from core.cluster import address
from core.errors import DigitLabError

_MOST_PLACES = 64


@click.command()
@click.option(
    "--slots",
    "places",
    type=click.IntRange(1, _MOST_PLACES),
    default=1,
    show_default=True,
    help="How many runs at a time.",
)
@click.option("--name", default="", help="What this machine is called; default: its own name.")
@click.option("--until-empty", is_flag=True, help="End once no run waits.")
@as_json
def work(places: int, name: str, until_empty: bool, as_json: bool) -> None:
    """Train the runs of a cluster on this machine.

    DIGIT_LAB_CLUSTER is the address of its database. No port is opened here, and runs come and go
    through the database alone. Ctrl-C gives the runs back, and another machine continues them; a
    second Ctrl-C ends at once.
    """
    to = address.configured()
    if to is None:
        raise DigitLabError(
            f"{address.CLUSTER} is not set: set it to the address of the cluster's database, which "
            "`python -m core cluster serve` prints."
        )
    from core.cluster.machine import Machine

    def tell_event(run: str, event: str) -> None:
        if as_json:
            say(True, {"run": run, "event": event}, [])
        else:
            tell(f"{run}: {event}" if run else event)

    machine = Machine(to, places, name, until_empty=until_empty, say=tell_event)
    tell_event("", f"machine {machine.name} takes runs from {to.shown}, {places} at a time")
    machine.work()
