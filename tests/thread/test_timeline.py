"""Every fact that can stand on a question has its line, in both languages."""

import re

import pytest

from exchange import i18n
from exchange.log.facts import kinds
from exchange.thread.timeline import COMMENT, FOLDED, LINES, Words

ELSEWHERE = {"exchange.impact.facts", "exchange.people.facts", "exchange.vocabulary.facts"}
"""Facts about figures, people and the vocabulary stand on no question."""
ON_QUESTIONS = {k for k, fact in kinds().items() if fact.__module__ not in ELSEWHERE}


def test_every_fact_of_a_question_is_told() -> None:
    assert set(LINES) | FOLDED | {COMMENT} == ON_QUESTIONS


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("kind", sorted(LINES))
def test_a_line_asks_only_for_words_that_exist(kind: str, locale: str) -> None:
    line = LINES[kind]
    with i18n.speaking(locale):
        told = i18n.gettext(line.text)
        secret = i18n.gettext(line.secret) if line.secret else ""
    asked = set(re.findall(r"%\((\w+)\)s", told))
    assert asked == set(re.findall(r"%\((\w+)\)s", line.text))
    assert all(hasattr(Words, word) for word in asked)
    assert "%" not in re.sub(r"%\(\w+\)s", "", told)
    assert "%" not in secret  # what is said of a secret names nobody
