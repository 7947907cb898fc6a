"""The command `evaluate` of ``python -m core``."""

from pathlib import Path

import click

from core.cli.configuration import as_is
from core.cli.given_model import brought_facts, brought_lines, open_model
from core.cli.output import as_json, plain, say, score_lines, tell
from core.runs import contract


@click.command()
@click.argument("model")
@click.option(
    "--data",
    "source",
    help="mnist, qmnist, sample, or whatever holds digits (see `data`); default: what it learnt "
    "from.",
)
@as_is
@as_json
def evaluate(model: str, source: str | None, as_is: bool, as_json: bool) -> None:
    """Score a model on the test images of a data set.

    MODEL is a name in models/, a run's id, or the path of a model folder or of a file of ONNX or
    Keras, also from another program. It then says what was put around the network, and how sure it
    is of that. Of data whose writers are known, such as qmnist, an interval over the writers is
    printed, too.
    """
    from core.data import load_test
    from core.evaluation.intervals import by_writer
    from core.evaluation.scores import evaluate as score
    from core.reading.normalise import as_floats

    given = open_model(model)
    source = source or _own_source(given.folder)
    test = load_test(source, as_is=as_is)
    for said in test.remarks:
        tell(f"{source}: {said}")
    probabilities = given.predictor.predict(as_floats(test.x)).probabilities
    scores = score(test.y, probabilities)
    facts = {"model": model, "data": source, **plain(scores), **brought_facts(given.brought)}
    lines = [f"{model} on {source}", *brought_lines(given.brought), *score_lines(scores)]
    facts |= {"writers": None, "interval_over_writers": None}
    if test.writers is not None:
        low, high = by_writer(probabilities.argmax(axis=1) == test.y, test.writers)
        people = len(set(test.writers.tolist()))
        facts |= {"writers": people, "interval_over_writers": [low, high]}
        lines.append(f"95 % interval over {people:,} writers {low:.2%} to {high:.2%}")
    say(as_json, facts, lines)


def _own_source(folder: Path) -> str:
    """Return the data that a model was trained on, or the default if MNIST is missing."""
    from core.cards import read_card
    from core.data import default_source

    if not (folder / contract.CARD).is_file():
        return default_source()
    source = read_card(folder / contract.CARD).data.source
    return default_source() if source == "mnist" else source
