"""The register: all of it for moderators, its public part for members."""

from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from exchange.log.record import record
from exchange.moderation import actions as moderation
from exchange.moderation.causes import Cause
from exchange.moderation.grounds import Ground
from exchange.moderation.redaction import actions as redaction
from exchange.moderation.redaction.words import Words
from exchange.moderation.register import queries
from exchange.moderation.register.queries import Asked
from exchange.people.facts import UserAdmitted, UserTurnedAway
from exchange.people.models import Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Audience, Question
from tests import factories

SignIn = Callable[[User | None], FlaskClient]


def test_members_read_what_was_decided_on_what_they_read(
    client_of: SignIn, claire: User, robin: User, mona: User, question: Question
) -> None:
    moderation.park(question, reason="Le registre **national** sort en mars.", by=mona)
    refused = factories.submitted(claire, title="Que faire pour ce patient ?")
    moderation.decline(refused, reason="Pas un avis individuel.", cause=Cause.CARE, by=mona)
    vague = factories.opened(claire, mona, title="Et ensuite ?")
    moderation.decline(vague, reason="Trois mots.", cause=Cause.UNCLEAR, by=mona)
    asking.place(
        question, area=question.area, audience=question.audience, circle_team_ids=(),
        tagged=["nivolumab", "melanoma"], by=mona,
    )  # fmt: skip
    page = client_of(robin).get("/register").text
    assert "nivolumab" in page
    assert "Le registre national sort en mars." in page
    assert "Que faire pour ce patient" not in page
    assert "Pas un avis individuel" not in page
    assert "Demande un avis sur un patient" in page, "all learn what was not taken"
    assert str(refused.ref) not in page, "and no more than its area"
    assert "Trop imprécise pour une équipe" in page, "what was declined and why"
    assert "Trois mots" not in page, "without the text"
    found = client_of(robin).get("/register?q=patient").text
    assert "Demande un avis" not in found, "nor are words looked for in what nobody reads"
    assert client_of(robin).get("/register.csv").status_code == 403
    page = client_of(mona).get("/register?kind=question.declined").text
    assert "Pas un avis individuel." in page
    assert "registre national" not in page
    file = client_of(mona).get("/register.csv?q=Ferrand").text
    assert "Pas un avis individuel." in file
    assert "Publiée" in file


def test_what_is_confidential_is_in_no_public_line(
    claire: User, robin: User, mona: User, question: Question, tmp_path: Path
) -> None:
    factories.claimed(question, robin)
    factories.proposed(question, robin, confidential=True)
    planned = redaction.plan(question, Words(["TIGIT"]), whole=(), folder=tmp_path)
    redaction.redact(planned, ground=Ground.CONFIDENTIAL, by=mona)
    found, _older = queries.acts(robin, Asked(kind="question.redacted"))
    assert found == []
    (act,), _older = queries.acts(mona, Asked(kind="question.redacted"))
    assert act.why == "C’est confidentiel"


def test_what_was_asked_of_a_circle_is_declined_in_silence(
    claire: User, robin: User, mona: User, lab: Team
) -> None:
    kept = factories.submitted(claire, audience=Audience.CIRCLE, circle_team_ids=(lab.id,))
    moderation.decline(kept, reason="Non.", cause=Cause.SCOPE, by=mona)
    assert queries.acts(robin, Asked()) == ([], None)
    (act,), _older = queries.acts(mona, Asked(kind="question.declined"))
    assert act.ref == kept.ref


def test_pages_follow_each_other(claire: User, mona: User) -> None:
    for number in range(5):
        factories.opened(claire, mona, title=f"Question {number} ?")
    first, older = queries.acts(mona, Asked(), limit=3)
    rest, end = queries.acts(mona, Asked(before=older), limit=3)
    assert [len(first), len(rest), end] == [3, 2, None]
    assert len(list(queries.everything(mona, Asked(words="0005")))) == 1


def test_accounts_that_a_moderator_opened_are_told_to_moderators(
    claire: User, robin: User, mona: User
) -> None:
    record(UserAdmitted(user_id=claire.id), by=mona)
    record(UserTurnedAway(user_id=robin.id), by=mona)
    found, _older = queries.acts(mona, Asked())
    assert [(act.label, act.title) for act in found] == [
        ("Compte refusé", robin.name),
        ("Compte ouvert", claire.name),
    ]
    assert queries.acts(robin, Asked()) == ([], None)
