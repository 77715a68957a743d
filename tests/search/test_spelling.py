"""A slip of the finger is forgiven; another word is not taken for one."""

import pytest

from exchange.search.spelling import Lexicon

WORDS = Lexicon(["sarcoidose", "uveite", "lupus", "nivolumab", "hypertension", "hypotension", "os"])


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("sarcoidsoe", "sarcoidose"),
        ("sarcodose", "sarcoidose"),
        ("sarcoiidose", "sarcoidose"),
        ("zarcoidose", "sarcoidose"),
        ("lupuz", "lupus"),
        ("nivolumba", "nivolumab"),
    ],
)
def test_one_slip_is_found(slip: str, meant: str) -> None:
    assert WORDS.near(slip) == [meant]


def test_two_slips_are_found_when_asked_for() -> None:
    assert WORDS.near("sarkoidsoe") == []
    assert WORDS.near("sarkoidsoe", slips=2) == ["sarcoidose"]


@pytest.mark.parametrize("word", ["os", "oz", "2026", "lupus", "xyzxyz"])
def test_short_known_and_strange_words_mean_nothing_else(word: str) -> None:
    assert WORDS.near(word) == []


def test_the_nearest_comes_first() -> None:
    assert WORDS.near("hypertensoin", slips=2)[0] == "hypertension"
