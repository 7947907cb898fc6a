"""The book of search spaces: saved, found by name, deleted; damage costs one."""

import pytest

from core import paths
from core.errors import DigitLabError
from core.sweeps import book
from tests.sweeps.sweeping import small

SPACE = small(tries=9, sampler="random", pruner="none", seed=3)


def test_a_saved_space_is_found_whole(home):
    book.save("rates", SPACE)
    assert book.find("rates") == SPACE
    assert book.read_all() == ({"rates": SPACE}, [])
    book.save("rates", small(tries=5))
    assert book.find("rates").tries == 5
    book.remove("rates")
    book.remove("rates")
    assert book.read_all() == ({}, [])


def test_one_that_is_not_there_is_said_with_those_that_are(home):
    with pytest.raises(DigitLabError, match="'mine': saved are none so far"):
        book.find("mine")
    book.save("rates", SPACE)
    with pytest.raises(DigitLabError, match="'mine': saved are rates"):
        book.find("mine")


@pytest.mark.parametrize("name", ["", "Big", "../x", "a/b", "x" * 41, "-a"])
def test_a_name_that_is_none_is_refused(home, name):
    with pytest.raises(DigitLabError, match="cannot be a search space's name"):
        book.save(name, SPACE)
    assert not paths.spaces_folder().exists()


def test_damage_costs_one_space_and_is_said(home):
    book.save("good", SPACE)
    (paths.spaces_folder() / "bad.json").write_text('{"base": 1}')
    kept, (fault,) = book.read_all()
    assert list(kept) == ["good"]
    assert "'bad.json'" in fault
