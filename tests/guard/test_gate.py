"""The gate: what stops, what asks once, what passes, and what is kept for Mona the moderator."""

import pytest

from exchange.guard import IdentityFound, check, find, mark


def test_a_harmless_question_passes() -> None:
    assert check({"title": "Lupus réfractaire", "body": "Que proposer après le rituximab ?"}) == []


def test_a_sure_finding_stops_claire_even_when_she_confirms() -> None:
    texts = {"title": "Lupus", "body": "Rappeler au 06 12 34 56 71"}
    with pytest.raises(IdentityFound) as caught:
        check(texts, confirmed=True)
    assert caught.value.sure
    assert [f.kind for f in caught.value.findings["body"]] == ["phone"]
    assert caught.value.texts == {"body": texts["body"]}


def test_a_probable_finding_asks_once_then_goes_to_the_moderator() -> None:
    texts = {"body": "Mme Dupont rechute sous adalimumab"}
    with pytest.raises(IdentityFound) as caught:
        check(texts)
    assert not caught.value.sure
    [(field, finding)] = check(texts, confirmed=True)
    assert (field, finding.kind) == ("body", "name")


def test_the_exception_says_nothing_of_the_identifier() -> None:
    with pytest.raises(IdentityFound) as caught:
        check({"body": "IPP 8012939402"})
    assert str(caught.value) == "body: file_number"


def test_a_colleague_called_by_her_handle_is_no_patient() -> None:
    assert check({"text": "Merci @claire.martel pour cette idée"}, members=["claire.martel"]) == []


def test_marks_draw_the_whole_text_back() -> None:
    text = "Mme Dupont, tél. 06 12 34 56 71, va mieux"
    segments = mark(text, find(text))
    assert "".join(segment for segment, _ in segments) == text
    assert [f.kind for _, f in segments if f] == ["name", "phone"]


def test_marks_of_nothing() -> None:
    assert mark("", []) == []
    assert mark("rien", []) == [("rien", None)]
