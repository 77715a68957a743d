"""Two spellings of a word must meet under one key, and two words must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.vocabulary.analysis import fold, key, telling, tokens


def keys(text: str) -> list[str]:
    return [token.key for token in telling(text)]


@pytest.mark.parametrize(
    "forms",
    [
        "hépatite hépatites hepatitis hepatite HÉPATITE",
        "œdème oedeme OEDÈME edema",
        "chronique chroniques chronic chronically",
        "tuberculose tuberculosis",
        "infection infectieux infectieuse infecté infectée infected",
        "vaccin vaccins vaccination vacciner vaccinée vaccine",
        "résistance résistant résistantes resistance",
        "inhibiteur inhibiteurs inhibitor inhibition",
        "leucémie leukemia leukaemia",
        "toxicité toxique toxicity",
        "tumeur tumeurs tumoral tumor tumour",
        "traitement traitements traiter traité",
        "treatment treated treating treat",
        "maladie maladies malades",
        "journaux journal",
    ],
)
def test_forms_of_one_word_share_a_key(forms: str) -> None:
    assert len({key(fold(form)) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hypertension", "hypotension"),
        ("masse", "mal"),
        ("interleukine", "interféron"),
        ("pemphigus", "pemphigoïde"),
        ("nivolumab", "pembrolizumab"),
    ],
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert key(fold(one)) != key(fold(other))


def test_what_an_apostrophe_ties_is_no_word() -> None:
    assert keys("l'uvéite d’un patient, the patient's eye, qu'il faut") == keys("uvéite eye")


def test_letters_and_digits_read_the_same_however_they_are_joined() -> None:
    assert keys("IL6") == keys("IL-6") == keys("il 6")


def test_decomposed_text_reads_like_composed_text() -> None:
    assert keys("he\u0301patite") == keys("hépatite")


def test_stop_words_count_when_nothing_else_was_said() -> None:
    assert keys("avec le") == ["avec", "le"]
    assert keys("avec le lupus") == [key("lupus")]


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    reached = 0
    for token in tokens(text):
        assert reached <= token.start < token.end <= len(text)
        assert token.key
        reached = token.end
