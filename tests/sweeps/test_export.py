"""The export of a sweep: what pandas and json read of it."""

import io
import json

import pandas as pd

from core.sweeps import export, store
from core.sweeps.store import TryState
from tests.sweeps.sweeping import conducted, small


def test_the_tries_are_a_table(instant):
    sweep = conducted(small(tries=9))
    table = pd.read_csv(io.StringIO(export.as_csv(sweep)))
    assert list(table["number"]) == list(range(9))
    assert set(table["state"]) <= {str(state) for state in TryState}
    for row, one in zip(table.to_dict("records"), sweep.tries, strict=True):
        assert row["value"] == one.value
        assert row["learning_rate"] == one.parameters["learning_rate"]
        assert row["batch_size"] == one.parameters["batch_size"]
        assert row["epochs"] == len(one.epochs)
        assert row["run"] == one.run


def test_json_has_all_of_it(instant):
    sweep = conducted(small())
    found = json.loads(export.as_json(sweep))
    tries = [store.Try.model_validate(one) for one in found["tries"]]
    assert tuple(tries) == sweep.tries
    assert found["config"] == sweep.config.model_dump(mode="json")
    assert (found["wanted"], found["best"]["number"]) == (4, sweep.best.number)


def test_a_sweep_without_tries_is_exported_too(home):
    store.create("mine", small())
    assert export.as_csv(store.read("mine")).count("\n") == 1
    assert json.loads(export.as_json(store.read("mine")))["tries"] == []
