"""Replies, automatic answers and bounces written for the project, as each client writes them.

Beside each message stands the text its author wrote (`.txt`) or why it never posts (`.refusal`).
"""

from pathlib import Path

import pytest

from exchange.mail.incoming.kinds import never_posts
from exchange.mail.incoming.parse import parse
from exchange.mail.incoming.trim import trim

CORPUS = Path(__file__).parent / "corpus"
REPLIES = sorted(CORPUS.glob("*.txt"))
REFUSED = sorted(CORPUS.glob("*.refusal"))


def words(text: str) -> list[str]:
    return sorted(word for word in text.split() if word.strip(">\ufeff"))


def test_the_corpus_is_complete() -> None:
    messages = {path.stem for path in CORPUS.glob("*.eml")}
    assert messages == {path.stem for path in REPLIES + REFUSED}
    assert len(messages) >= 120


@pytest.mark.parametrize("expected", REPLIES, ids=lambda path: path.stem)
def test_a_reply_keeps_what_its_author_wrote(expected: Path) -> None:
    incoming = parse(expected.with_suffix(".eml").read_bytes())
    assert trim(incoming.text).kept == expected.read_text(encoding="utf-8").strip("\n")


@pytest.mark.parametrize("expected", REPLIES, ids=lambda path: path.stem)
def test_nothing_is_lost_between_what_is_kept_and_what_is_cut(expected: Path) -> None:
    text = parse(expected.with_suffix(".eml").read_bytes()).text
    trimmed = trim(text)
    assert words(f"{trimmed.kept}\n{trimmed.cut}") == words(text)


@pytest.mark.parametrize("expected", REPLIES, ids=lambda path: path.stem)
def test_what_was_kept_is_kept_again(expected: Path) -> None:
    kept = expected.read_text(encoding="utf-8").strip("\n")
    if kept.startswith(">"):  # alone, a quoted line without attribution is still an answer's
        return
    assert trim(kept).kept == kept


@pytest.mark.parametrize("expected", REFUSED, ids=lambda path: path.stem)
def test_a_machine_never_posts(expected: Path) -> None:
    refusal = never_posts(parse(expected.with_suffix(".eml").read_bytes()))
    assert refusal == expected.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(
    "expected",
    [path for path in REPLIES if path.read_text(encoding="utf-8").strip()],
    ids=lambda path: path.stem,
)
def test_a_person_posts(expected: Path) -> None:
    assert never_posts(parse(expected.with_suffix(".eml").read_bytes())) is None
