"""Asking by mail: a draft, for its author alone."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import db
from exchange.mail.receiving.outcomes import Outcome
from exchange.people.models import User
from exchange.questions.models import Question, Stage
from exchange.settings import Settings
from tests.mail.post import again, deliver, text
from tests.mail.receiving.inbox import give, message

ASK = "demander@example.org"
SAID = "Un patient sur trois rechute après la troisième cure.\n\n-- \nClaire\nTél. 04 91 00 00 00"


def drafts() -> list[Question]:
    return list(db.session.scalars(select(Question).where(Question.stage == Stage.DRAFT)))


def test_a_clinician_s_mail_becomes_a_draft(
    claire: User,
    robin: User,
    here: Settings,
    client_of: Callable[[User | None], FlaskClient],
) -> None:
    raw = message(claire.email, ASK, SAID, subject="Fwd: TR: Rechutes précoces")
    assert give(raw, here).outcome is Outcome.DRAFTED
    assert give(raw, here).outcome is Outcome.REPEATED
    (draft,) = drafts()
    assert (draft.title, draft.asker_id) == ("Rechutes précoces", claire.id)
    assert draft.problem == "Un patient sur trois rechute après la troisième cure."
    assert draft.ref is None
    (mail,) = deliver(here).to(claire)
    (path,) = set(re.findall(r"/questions/drafts/\d+", text(mail)))
    mine, stranger = client_of(again(claire)), client_of(again(robin))
    assert "Rechutes précoces" in mine.get(path).text
    assert stranger.get(path).status_code == 403


def test_who_may_not_ask(claire: User, robin: User, here: Settings) -> None:
    assert give(message("x@ailleurs.example", ASK, SAID), here).outcome is Outcome.UNKNOWN_SENDER
    assert give(message(robin.email, ASK, SAID), here).outcome is Outcome.NOT_ALLOWED
    forged = message(claire.email, ASK, SAID, Authentication_Results="mx; dmarc=fail")
    assert give(forged, here).outcome is Outcome.NOT_AUTHENTIC
    again(claire).active = False
    assert give(message(claire.email, ASK, SAID), here).outcome is Outcome.SUSPENDED
    bag = deliver(here)
    assert [to for to, _mail in bag.mails] == [again(robin).email]
    assert drafts() == []


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("Mme D., 06 12 34 56 78, rechute.", Outcome.IDENTITY),
        ("x" * 8_001, Outcome.TOO_LONG),
        ("\n", Outcome.EMPTY),
    ],
)
def test_what_cannot_be_a_draft_is_explained(
    said: str, outcome: Outcome, claire: User, here: Settings
) -> None:
    assert give(message(claire.email, ASK, said), here).outcome is outcome
    assert db.session.scalar(select(func.count()).select_from(Question)) == 0
    (mail,) = deliver(here).to(claire)
    assert "06 12" not in mail.as_string()


def test_a_long_subject_is_cut_between_words(claire: User, here: Settings) -> None:
    give(message(claire.email, ASK, SAID, subject="rechute " * 30), here)
    (draft,) = drafts()
    assert len(draft.title) <= 120
    assert draft.title.endswith("rechute…")
