"""Any number in any file of a run: lists show the other runs, and their JSON is JSON."""

import json
import math
from copy import deepcopy

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import registry
from core.cli.main import cli
from core.errors import DigitLabError
from core.export import passport
from core.launch import cost
from core.recipes.shipped import RECIPES
from core.runs import contract, doctor, removal, store
from core.runs.contract import State, Status
from core.runs.curves import Curves, outline
from core.runs.summary import summarise_all
from tests.export.test_passport import changed, parts_of, zipped
from tests.models import make_model
from ui import wording

CONFIG = RECIPES["sprint"].config.model_copy(update={"data": "sample"})
ODD = [
    math.nan, math.inf, -math.inf, 1e300, -1e300, 5e14, 1e16, -1, 0, 10**30, 2**63, 1e-320,
    8.64e13, 2.6e11, True, None, "1e300", "NaN", [], {},
]  # fmt: skip
odd = st.one_of(st.sampled_from(ODD), st.floats(), st.integers(), st.text(max_size=5))
EPOCH = {
    "kind": "epoch", "epoch": 1, "step": 9, "loss": 1.0, "accuracy": 0.7, "val_loss": 1.1,
    "val_accuracy": 0.7, "seconds": 3.0, "cpu_seconds": 1.0, "wall_seconds": 1.0,
    "learning_rate": 0.01, "validation_images": 100, "dead_units": 0.1,
}  # fmt: skip
BATCH = {"kind": "batch", "step": 1, "loss": 2.3, "accuracy": 0.1, "gradient_norm": 1.0}
RATE = {"kind": "rate", "step": 3, "learning_rate": 0.1}


@pytest.fixture
def runs(home):
    """Return the run whose files are changed; another one is beside it."""
    for _ in range(2):
        run = store.create(CONFIG)
        make_model(run.folder, run=run.id)
        (run.folder / contract.METRICS).write_text(lines([BATCH, EPOCH, RATE]))
        store.write_status(run.folder, Status(state=State.FINISHED, started=1.0, ended=9.0))
    return store.list_runs()[0]


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records)


def numbers_in(value, path=()):
    """Yield the way to each number in a JSON value."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            yield from numbers_in(one, (*path, key))
    elif isinstance(value, int | float):
        yield path


def with_changed(value, path, figure):
    value = deepcopy(value)
    at = value
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = figure
    return value


def strict(text):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def shell(*arguments):
    result = CliRunner().invoke(cli, ["runs", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit | DigitLabError)
    assert max(map(len, result.output.splitlines()), default=0) < 20_000
    return result


def show_everything(run):
    """Show a run in every list, as the shell and the pages do."""
    found = store.list_runs()
    assert len(found) == 2
    for summary in summarise_all(found):
        assert len(summary.title) < 100
    assert len(strict(shell("list", "--json").output)) == 2
    assert len(shell("list").output.splitlines()) == 2
    shown = shell("show", run.id, "--json")
    if shown.exit_code == 0:
        strict(shown.output)
    shell("show", run.id)
    now = store.read(run.id)
    if now.duration_s is not None:
        assert len(wording.duration(now.duration_s)) < 40
    curves = Curves(run.folder / contract.METRICS).refresh()
    outline(run.folder / contract.METRICS)
    doctor.examine(CONFIG, curves.epochs, curves.batches, True, curves.rates)
    cost.estimate(CONFIG, found)


quick = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
STATUS = json.loads(Status(state=State.FINISHED).model_dump_json())


@quick
@given(field=st.sampled_from(sorted(set(STATUS) - {"state", "phase", "reason"})), figure=odd)
@example(field="started", figure=-1e300)
@example(field="ended", figure=1e300)
@example(field="heartbeat", figure=math.nan)
@example(field="gradient_norm", figure=1e30)
def test_any_number_in_the_status_is_shown_or_left_out(runs, field, figure):
    """NaN, Infinity and 1e300 broke the list of all runs, or printed JSON that is none."""
    status = {**STATUS, "started": 1.0, "ended": 9.0, field: figure}
    (runs.folder / contract.STATUS).write_text(json.dumps(status))
    show_everything(runs)


def test_a_large_gradient_costs_itself_and_not_the_status(runs):
    status = {**STATUS, "epoch": 3, "gradient_norm": 1e30}
    (runs.folder / contract.STATUS).write_text(json.dumps(status))
    found = store.read(runs.id).status
    assert (found.epoch, found.gradient_norm) == (3, None)


@quick
@given(data=st.data(), figure=odd)
def test_any_number_in_the_card_is_shown_or_left_out(runs, data, figure):
    file = runs.folder / contract.CARD
    card = CARDS.setdefault(runs.folder.parent, json.loads(file.read_text()))
    path = data.draw(st.sampled_from(list(numbers_in(card))))
    file.write_text(json.dumps(with_changed(card, path, figure)))
    show_everything(runs)


CARDS = {}  # as they were, by home


@quick
@given(
    record=st.sampled_from([BATCH, EPOCH, RATE]),
    field=st.sampled_from(sorted(set(EPOCH) - {"kind"})),
    figure=odd,
    count=st.integers(1, 8),
)
def test_any_number_in_the_metrics_is_shown_or_left_out(runs, record, field, figure, count):
    odd_ones = [{**record, field: figure}] * count
    (runs.folder / contract.METRICS).write_text(lines([BATCH, EPOCH, *odd_ones, RATE, EPOCH]))
    show_everything(runs)


def test_an_undefined_loss_stays_a_point_without_a_value(tmp_path):
    path = tmp_path / contract.METRICS
    path.write_text(lines([{**BATCH, "loss": math.inf}, {**BATCH, "accuracy": 7}]))
    first, second = Curves(path).refresh().batches
    assert math.isnan(first["loss"])
    assert math.isnan(second["accuracy"])


@pytest.mark.parametrize("seconds", [5e14, 1e11, 1e300, math.inf, math.nan, -1])
def test_a_passport_with_a_duration_that_nothing_can_show_is_refused(runs, seconds):
    """``wall_seconds`` 5e14 passed its bound, and then overflowed in every list of runs."""
    content = passport.pack(runs.id)
    card = json.loads(parts_of(content)[contract.CARD])
    training = {**card["training"], "wall_seconds": seconds}
    removal.remove(runs.id)
    with pytest.raises(DigitLabError, match="impossible figures"):
        passport.unpack(changed(content, contract.CARD, training=training), "x.zip")


def test_a_passport_from_the_year_1_is_refused(runs):
    """A table of runs cannot show it."""
    parts = parts_of(passport.pack(runs.id))
    name = "00010101-000000-000-sprint"
    parts["passport.json"] = json.dumps({"version": 1, "run": name}).encode()
    with pytest.raises(DigitLabError, match="invalid name"):
        passport.unpack(zipped(parts), "x.zip")


def test_the_longest_duration_is_shown_everywhere(runs):
    status = {**STATUS, "started": 0.0, "ended": 1e10}
    (runs.folder / contract.STATUS).write_text(json.dumps(status))
    assert store.read(runs.id).duration_s == 1e10
    show_everything(runs)
    assert registry.of_run(store.read(runs.id)).card
