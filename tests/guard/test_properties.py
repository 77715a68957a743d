"""What holds for any text at all, and for letters that nobody received."""

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.guard import find, mark, reword
from tests.guard.letters import letters

_PIECES = st.sampled_from(
    [
        *"0123456789",
        *" .-/,:;@\n()'",
        "06 12 34 56 71",
        "2 95 10 99 126 111 93",
        "IPP ",
        "tél ",
        "RPPS ",
        "FR76",
        "karim@gmail.com",
        "Mme ",
        "DUPONT",
        "Marie",
        "né le ",
        "12/03/1956",
        "94 ans",
        "rue de Rome",
        "O",
        "\u0301",
        "\u200b",
        "é",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=40).map("".join))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_findings_are_sorted_inside_the_text_and_apart(text: str) -> None:
    position = 0
    for finding in find(text):
        assert position <= finding.start < finding.end <= len(text)
        position = finding.end
    assert "".join(segment for segment, _ in mark(text, find(text))) == text


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_rewording_again_and_again_leaves_nothing_sure(text: str) -> None:
    for _ in range(3):
        text = reword(text, find(text))
    assert not [finding for finding in find(text) if finding.sure]


def test_one_rewording_clears_a_letter_of_what_is_sure() -> None:
    for letter in letters(300, seed=5):
        reworded = reword(letter.text, find(letter.text))
        assert not [finding for finding in find(reworded) if finding.sure], reworded


def test_the_goals_hold_on_letters_of_a_new_seed() -> None:
    sure = {"nir", "phone", "email", "file_number", "rpps", "iban"}
    missed = held = named = found = 0
    for letter in letters(400, seed=41):
        findings = find(letter.text)
        for kind, start, end in letter.places:
            meeting = [f for f in findings if f.start < end and start < f.end]
            if kind in sure:
                held += 1
                missed += not any(f.sure for f in meeting)
            elif kind == "name":
                named += 1
                found += bool(meeting)
    assert missed <= held * 0.01
    assert found >= named * 0.95


def test_a_long_text_stays_linear() -> None:
    """No rule may hang on text made to hurt it, such as the text of a large PDF."""
    for unit in (
        "06 12 34 56 71 ",
        "12/03/1956 ",
        "0 ",
        "0.",
        "a@",
        "M. A",
        "12/",
        "Mme ",
        "IPP ",
        "Aa-",
        "1" * 50 + " ",
        "né le ",
    ):
        find(unit * (20_000 // len(unit)))
