"""The conductor: what becomes of each try, and that each is counted once, whatever is killed."""

from dataclasses import replace

import pytest
from optuna.storages.journal import JournalFileBackend

from core.config import with_changes
from core.errors import DigitLabError
from core.runs import contract, notes, queue, removal
from core.runs import store as run_store
from core.runs.contract import State as RunState
from core.sweeps import conductor, store
from core.sweeps.store import State, TryState
from core.sweeps.study import Study
from core.sweeps.trash import runs_of
from tests.sweeps.sweeping import QUICK, accuracy, at_once, conducted, end, facts, small

NO_PRUNING = small(pruner="none")


class Killed(BaseException):
    """What stands for a kill in this process: nothing that the conductor catches."""


def test_every_try_is_a_run_of_its_sweep_scored_on_validation_images(instant):
    sweep = conducted(NO_PRUNING)
    assert (sweep.state, sweep.done, len(sweep.tries)) == (State.FINISHED, 4, 4)
    assert len({one.run for one in sweep.tries}) == len(run_store.run_ids()) == 4
    for one in sweep.tries:
        run = run_store.read(one.run)
        said = notes.read(run.folder)
        assert (said.sweep, said.name) == ("mine", f"mine, try {one.number}")
        assert run.config == sweep.config.config_for(one.parameters)
        assert run.config.score_on == "validation"
        assert one.state is TryState.FINISHED
        assert one.value == accuracy(run.config, QUICK.epochs)
        assert one.epochs == {n: accuracy(run.config, n) for n in (1, 2)}
        assert one.cpu_seconds == 2.0 * QUICK.epochs
    assert sweep.best.value == max(one.value for one in sweep.tries)
    assert sweep.tries[0].parameters == {"learning_rate": 0.001, "batch_size": 64}


def test_a_try_that_others_are_ahead_of_is_pruned(instant):
    sweep = conducted(small(tries=20, base=with_changes(QUICK, {"epochs": 9})))
    pruned = [one for one in sweep.tries if one.state is TryState.PRUNED]
    finished = [one for one in sweep.tries if one.state is TryState.FINISHED]
    assert len(pruned) + len(finished) == 20
    assert len(pruned) >= 10
    assert {max(one.epochs) for one in pruned} <= {1, 3}
    assert all(max(one.epochs) == 9 for one in finished)
    for one in pruned:
        assert one.value == one.epochs[max(one.epochs)]
        # The request came too late for these runs, and the decision stands.
        assert run_store.read(one.run).state is RunState.FINISHED
    assert sweep.best in finished
    assert facts(conducted(sweep.config, "again")) == facts(sweep)


def test_parameters_that_do_not_go_together_are_counted_with_their_sentence(instant):
    vary = {
        "label_smoothing": {"choices": [0.0, 0.1]},
        "loss": {"choices": ["sparse_categorical_crossentropy", "categorical_crossentropy"]},
    }
    base = with_changes(QUICK, {"loss": "categorical_crossentropy"})
    sweep = conducted(small(base=base, vary=vary, sampler="grid", tries=10))
    assert (sweep.wanted, sweep.done) == (4, 4)
    (invalid,) = [one for one in sweep.tries if one.state is TryState.INVALID]
    assert invalid.parameters == {"label_smoothing": 0.1, "loss": "sparse_categorical_crossentropy"}
    assert "above 0 only with one-hot labels" in invalid.reason
    assert (invalid.run, invalid.value) == ("", None)


def test_a_run_that_fails_is_a_try_that_failed(instant):
    def launch(config, **names):
        run = at_once(config, **names)
        if config.batch_size == 256:
            end(run, RunState.FAILED, "The loss became infinite.")
        return run

    instant.setattr(conductor, "launch", launch)
    sweep = conducted(small(tries=8, pruner="none"))
    failed = [one for one in sweep.tries if one.parameters["batch_size"] == 256]
    assert failed
    assert all(one.state is TryState.FAILED for one in failed)
    assert {one.reason for one in failed} == {"The loss became infinite."}
    assert all(one.value == one.epochs[2] for one in failed)
    assert sweep.best not in failed
    assert sweep.state is State.FINISHED


def test_a_run_that_was_stopped_by_hand_is_told_so(instant):
    def launch(config, **names):
        run = at_once(config, **names)
        end(run, RunState.STOPPED)
        return run

    instant.setattr(conductor, "launch", launch)
    sweep = conducted(NO_PRUNING)
    assert {one.state for one in sweep.tries} == {TryState.STOPPED}
    assert sweep.best is None


def test_a_lost_run_is_resumed_some_times_and_then_failed(instant):
    resumed = []

    def launch(config, **names):
        run = at_once(config, **names)
        (run.folder / contract.CARD).unlink()
        end(run, RunState.RUNNING)
        return run

    instant.setattr(conductor, "launch", launch)
    instant.setattr(conductor, "resume", resumed.append)
    sweep = conducted(small(tries=1))
    (one,) = sweep.tries
    assert resumed == [one.run] * conductor.MOST_RESUMED
    assert one.state is TryState.FAILED
    assert one.reason.startswith("The training process ended without a word")


def test_a_run_that_is_gone_is_tried_again_with_the_same_parameters(instant):
    begun = []

    def launch(config, **names):
        run = at_once(config, **names)
        begun.append((config, run.id))
        if len(begun) == 2:
            end(run, RunState.FAILED)
            removal.remove(run.id)
        return run

    instant.setattr(conductor, "launch", launch)
    sweep = conducted(NO_PRUNING)
    assert len(begun) == 5
    assert begun[1][0] == begun[2][0]
    assert sweep.tries[1].run == begun[2][1] != begun[1][1]
    assert (sweep.state, sweep.done) == (State.FINISHED, 4)


def test_another_run_with_the_noted_id_is_not_taken_for_the_try(instant):
    def launch(config, *, run_id, said):
        if not run_store.run_ids():
            run_store.create(config, run_id=run_id)  # by somebody else, in the same millisecond
            raise Killed
        return at_once(config, run_id=run_id, said=said)

    instant.setattr(conductor, "launch", launch)
    with pytest.raises(Killed):
        conducted(NO_PRUNING)
    (other,) = run_store.run_ids()
    conductor.conduct(store.folder_of("mine"))
    sweep = store.read("mine")
    assert sweep.done == 4
    assert other not in [one.run for one in sweep.tries]


def test_an_id_that_another_sweep_takes_meanwhile_is_exchanged(instant):
    """Of two sweeps that began a run in the same millisecond one broke off."""

    def launch(config, *, run_id, said):
        if not run_store.run_ids():
            run_store.create(config, run_id=run_id)
        return at_once(config, run_id=run_id, said=said)

    instant.setattr(conductor, "launch", launch)
    sweep = conducted(NO_PRUNING)
    assert (sweep.state, sweep.done) == (State.FINISHED, 4)
    assert len(run_store.run_ids()) == 5


def test_a_full_queue_is_waited_for(instant):
    full = [True, True, False]

    def check_room(runs):
        if full and full.pop(0):
            raise DigitLabError("full")

    instant.setattr(queue, "check_room", check_room)
    assert conducted(NO_PRUNING).state is State.FINISHED
    assert not full


def test_a_full_queue_is_waited_for_by_a_try_that_begins_again(instant):
    """It ended the sweep, which said that at most 100 runs can wait."""

    def killed(config, **names):
        raise Killed

    instant.setattr(conductor, "launch", killed)
    with pytest.raises(Killed):
        conducted(NO_PRUNING)
    instant.setattr(conductor, "launch", at_once)
    full = [True, True]

    def check_room(runs):
        if full:
            full.pop()
            raise DigitLabError("full")

    instant.setattr(queue, "check_room", check_room)
    conductor.conduct(store.folder_of("mine"))
    sweep = store.read("mine")
    assert (sweep.state, sweep.reason, sweep.done) == (State.FINISHED, "", 4)


def test_a_sweep_that_breaks_off_says_why_and_can_go_on(instant):
    def launch(config, **names):
        raise DigitLabError("There is no room.")

    instant.setattr(conductor, "launch", launch)
    sweep = conducted(NO_PRUNING)
    assert (sweep.state, sweep.reason) == (State.FAILED, "There is no room.")
    instant.setattr(conductor, "launch", at_once)
    conductor.conduct(sweep.folder)
    sweep = store.read("mine")
    assert (sweep.state, sweep.done, len(run_store.run_ids())) == (State.FINISHED, 4, 4)


def test_a_bug_is_a_sentence_and_a_trace(instant, capsys):
    instant.setattr(Study, "running", lambda self: 1 / 0)
    sweep = conducted(NO_PRUNING)
    assert sweep.reason.startswith("The sweep broke off (ZeroDivisionError: division by zero)")
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.long
def test_killed_at_any_write_it_ends_with_the_same_tries_each_counted_once(instant):
    """At each line of the journal: before it, within it and after it; and around each start."""
    whole = facts(conducted(NO_PRUNING, "whole"))
    runs = len(run_store.run_ids())
    journal = (store.folder_of("whole") / store.JOURNAL).read_bytes()
    append = JournalFileBackend.append_logs
    for moment in range(journal.count(b"\n") + 1):
        left = [moment]

        def killing(self, logs, left=left, moment=moment):
            if not left[0]:
                if moment % 3 == 1:
                    append(self, logs)
                elif moment % 3 == 2:
                    with open(self._file_path, "ab") as file:  # noqa: PTH123
                        file.write(b'{"op_code":')
                left[0] -= 1
                raise Killed
            left[0] -= 1
            append(self, logs)

        instant.setattr(JournalFileBackend, "append_logs", killing)
        folder = store.create(f"killed-{moment}", NO_PRUNING)
        try:
            conductor.conduct(folder)
        except Killed:
            assert store.read_folder(folder).state in (State.STARTING, State.LOST)
        instant.setattr(JournalFileBackend, "append_logs", append)
        conductor.conduct(folder)
        sweep = store.read_folder(folder)
        assert sweep.state is State.FINISHED
        assert facts(sweep) == whole, moment
        runs += len(sweep.tries)
        assert len(run_store.run_ids()) == runs, "a run was started twice, or is not in the sweep"
        assert len({one.run for one in sweep.tries}) == 4


def test_killed_around_a_start_no_run_is_lost(instant):
    for before in (True, False):
        name = f"killed-{before}".lower()
        starts = []

        def launch(config, before=before, starts=starts, **names):
            starts.append(names["run_id"])
            if len(starts) == 2 and before:
                raise Killed
            run = at_once(config, **names)
            if len(starts) == 2:
                raise Killed
            return run

        instant.setattr(conductor, "launch", launch)
        folder = store.create(name, NO_PRUNING)
        with pytest.raises(Killed):
            conductor.conduct(folder)
        conductor.conduct(folder)
        sweep = store.read_folder(folder)
        assert (sweep.state, sweep.done) == (State.FINISHED, 4)
        assert sorted(one.run for one in sweep.tries) == sorted(runs_of(name))


def test_more_tries_are_the_next_of_the_same_sweep(instant):
    whole = facts(conducted(small(tries=6, pruner="none"), "whole"))
    folder = store.create("grown", NO_PRUNING)
    conductor.conduct(folder)
    (folder / store.WANTED).write_text("6", encoding="utf-8")
    conductor.conduct(folder)
    assert facts(store.read_folder(folder)) == whole


def test_several_tries_at_once_never_more(instant):
    """The runs of this sweep stay active for some looks."""
    active = {}

    def launch(config, **names):
        run = at_once(config, **names)
        active[run.id] = 3
        assert len(active) <= 3
        return run

    read = run_store.read

    def busy(run_id):
        run = read(run_id)
        if active.get(run_id):
            active[run_id] -= 1
            return replace(run, state=RunState.RUNNING)
        active.pop(run_id, None)
        return run

    instant.setattr(conductor, "launch", launch)
    instant.setattr(conductor.run_store, "read", busy)
    sweep = conducted(small(tries=9, at_once=3, pruner="none"))
    assert (sweep.state, sweep.done) == (State.FINISHED, 9)


def test_a_second_conductor_leaves_at_once(instant):
    instant.setattr(conductor, "_PATIENCE_S", 0.05)
    folder = store.create("mine", NO_PRUNING)
    seen = []

    def launch(config, **names):
        if not seen:
            seen.append(store.read_folder(folder).state)
            seen.append(conductor.conduct(folder))
        return at_once(config, **names)

    instant.setattr(conductor, "launch", launch)
    conductor.conduct(folder)
    assert seen == [State.RUNNING, State.RUNNING]
    assert store.read_folder(folder).done == 4


def test_the_journal_has_the_truth_and_the_list_is_made_again(instant):
    sweep = conducted(NO_PRUNING)
    (sweep.folder / store.TRIES).write_text("[", encoding="utf-8")
    assert store.read("mine").tries == ()
    conductor.conduct(sweep.folder)
    assert store.read("mine").tries == sweep.tries == Study(sweep.folder, NO_PRUNING).tries()
    assert len(run_store.run_ids()) == 4
