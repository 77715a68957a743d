"""A lab member who never opens the site: reads, answers, follows, claims, leaves."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from exchange import clock, db
from exchange.attachments.models import Attachment
from exchange.discussion.facts import Commented
from exchange.discussion.models import Comment
from exchange.mail.incoming.kinds import Refusal
from exchange.mail.incoming.parse import parse
from exchange.mail.models import MailText, Received
from exchange.mail.receiving import replies
from exchange.mail.receiving.answers import ANSWERS
from exchange.mail.receiving.outcomes import Outcome
from exchange.moderation import actions as moderation
from exchange.outbox.letters import put
from exchange.outbox.models import Letter
from exchange.people.models import DigestPeriod, User
from exchange.questions import actions as asking
from exchange.questions.facts import Claimed, Resubmitted
from exchange.questions.models import Audience, Follow, FollowLevel, Question, Stage
from exchange.settings import Settings
from tests import factories
from tests.attachments.test_files import pdf
from tests.mail.post import again, deliver, text, travel
from tests.mail.receiving.inbox import CORPUS, address_of, give, last_letter, message, reply


def comments(question: Question) -> list[Comment]:
    return list(
        db.session.scalars(
            select(Comment).where(Comment.question_id == again(question).id).order_by(Comment.id)
        )
    )


def level(question: Question, user: User) -> FollowLevel | None:
    return db.session.scalar(
        select(Follow.level).where(Follow.question_id == question.id, Follow.user_id == user.id)
    )


def outcomes() -> list[str]:
    return list(db.session.scalars(select(Received.outcome).order_by(Received.id)))


def test_robin_replies_and_it_is_a_comment(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    receipt = reply(
        robin, "Nous avons ces sérums.\n\n-- \nRobin\nTél. 04 91 00 00 00", here, to=letter
    )
    assert receipt.outcome is Outcome.POSTED
    (posted,) = comments(question)
    assert (posted.text, posted.author_id) == ("Nous avons ces sérums.", robin.id)
    assert factories.last_fact(question) == Commented(comment_id=posted.id, by_mail=True)
    kept = db.session.scalars(select(MailText)).one()
    assert kept.comment_id == posted.id
    assert "Robin" in kept.cut
    assert "04 91" not in kept.cut
    assert deliver(here).to(robin) == []


@pytest.mark.parametrize(
    "name",
    [
        path.stem
        for path in sorted(CORPUS.glob("*.txt"))
        if re.search(r"outlook-fr|gmail-fr", path.stem)
    ][::4],
)
def test_a_reply_from_outlook_or_gmail_posts_what_was_written(
    name: str, letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    raw = (CORPUS / f"{name}.eml").read_bytes()
    sender = parse(raw).from_address
    again(robin).email = sender
    receipt = give(raw, here, to=address_of(letter, here))
    expected = (CORPUS / f"{name}.txt").read_text().strip("\n")
    if receipt.outcome is Outcome.POSTED:
        assert [one.text for one in comments(question)] == [expected]
    else:  # what the guard asks about waits, whole
        assert receipt.outcome is Outcome.KEPT
        assert db.session.scalars(select(MailText.text)).one() == expected


def test_the_same_message_is_read_once(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    raw = message(robin.email, address_of(letter, here), "Une fois.")
    assert give(raw, here).outcome is Outcome.POSTED
    assert give(raw, here, door="lmtp").outcome is Outcome.REPEATED
    assert len(comments(question)) == 1


def test_a_reply_to_the_moderator_s_question_sends_it_back_to_the_desk(
    claire: User, mona: User, here: Settings
) -> None:
    question = factories.submitted(claire)
    moderation.return_(question, reason="Combien de patients ?", by=mona)
    deliver(here)
    receipt = reply(claire, "Une dizaine par an.", here, to=last_letter(claire))
    assert receipt.outcome is Outcome.ANSWERED
    assert again(question).stage is Stage.SUBMITTED
    assert isinstance(factories.last_fact(question), Resubmitted)


def test_what_surely_identifies_a_patient_is_stored_nowhere(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    receipt = reply(robin, "Appelez-la au 06 12 34 56 78.", here, to=letter)
    assert receipt.outcome is Outcome.IDENTITY
    assert comments(question) == []
    assert db.session.scalar(select(func.count()).select_from(MailText)) == 0
    (mail,) = deliver(here).to(robin)
    assert "06 12" not in mail.as_string()
    assert "identifier une personne" in text(mail)


def test_what_may_identify_one_waits_for_its_author(
    letter: Letter,
    question: Question,
    robin: User,
    lena: User,
    here: Settings,
    client_of: Callable[[User | None], FlaskClient],
) -> None:
    words = "Mme Lefebvre répond au traitement depuis mars."
    assert reply(robin, words, here, to=letter).outcome is Outcome.KEPT
    assert comments(question) == []
    (mail,) = deliver(here).to(robin)
    (path,) = set(re.findall(r"/replies/\d+", text(mail)))
    stranger, client = client_of(again(lena)), client_of(again(robin))
    assert stranger.get(path).status_code == 404
    page = client.get(path).text
    assert "Lefebvre" in page
    assert client.post(path, data={"text": words}).status_code == 422
    sent = client.post(path, data={"text": words, "guard_confirmed": "1"})
    assert sent.status_code == 303
    assert [one.text for one in comments(question)] == [words]
    assert client.get(path).status_code == 404


def test_a_waiting_reply_can_be_thrown_away(
    letter: Letter,
    question: Question,
    robin: User,
    here: Settings,
    client_of: Callable[[User | None], FlaskClient],
) -> None:
    reply(robin, "Mme Lefebvre répond au traitement depuis mars.", here, to=letter)
    number = db.session.scalars(select(MailText.id)).one()
    client = client_of(again(robin))
    assert client.post(f"/replies/{number}/discard").status_code == 303
    assert db.session.scalar(select(func.count()).select_from(MailText)) == 0
    assert comments(question) == []


# -- who may not, and what is said --------------------------------------------------------------


def test_another_s_address_posts_nothing_and_the_owner_hears_of_it_once_a_day(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    for body in ("C'est moi.", "Encore moi."):
        receipt = reply(robin, body, here, to=letter, sender="intrus@ailleurs.example")
        assert receipt.outcome is Outcome.WRONG_SENDER
    (mail,) = deliver(here).to(robin)
    assert "intrus" not in mail.as_string()
    assert mail["In-Reply-To"] != "<m1@lab.example.org>"
    assert comments(question) == []


def test_old_revoked_and_unknown_addresses(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    with travel(clock.now() + replies.VALID + timedelta(days=1)):
        assert reply(robin, "Tard.", here, to=letter).outcome is Outcome.EXPIRED
    again(letter).revoked_at = clock.now()
    assert reply(robin, "Oui.", here, to=letter).outcome is Outcome.REVOKED
    nowhere = f"r-{'a' * 26}@reply.example.org"
    assert give(message(robin.email, nowhere, "Oui."), here).outcome is Outcome.NOT_OURS
    assert give(message(robin.email, "x@example.org", "Oui."), here).outcome is Outcome.NOT_OURS
    again(robin).active = False
    assert reply(robin, "Oui.", here, to=letter).outcome is Outcome.SUSPENDED
    assert comments(question) == []


def test_who_may_no_longer_read_learns_nothing(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    again(question).audience = Audience.CIRCLE
    receipt = reply(robin, "!suivre\nEt ceci.", here, to=letter)
    assert receipt.outcome is Outcome.NOT_ALLOWED
    (mail,) = deliver(here).to(robin)
    for hidden in (question.title, question.ref or "?"):
        assert hidden not in mail.as_string()
        assert hidden not in text(mail)


def test_an_answer_that_waits_tells_no_more_than_its_reader_may_know(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    assert reply(robin, "!suivre", here, to=letter).outcome is Outcome.COMMANDED
    again(question).audience = Audience.CIRCLE
    mails = deliver(here).to(robin)
    assert mails
    for mail in mails:
        assert (question.ref or "?") not in text(mail) + mail["Subject"]


def test_a_closed_discussion(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    asking.withdraw(again(question), reason="", by=again(question).asker)
    assert reply(robin, "Trop tard.", here, to=letter).outcome is Outcome.CLOSED


def test_more_than_a_person_writes(
    letter: Letter, question: Question, robin: User, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "MOST_AN_HOUR", 1)
    assert reply(robin, "Un.", here, to=letter).outcome is Outcome.POSTED
    assert reply(robin, "Deux.", here, to=letter).outcome is Outcome.TOO_OFTEN
    assert len(comments(question)) == 1
    told = next(one for one in deliver(here).to(robin) if "Trop de courriels" in text(one))
    assert "Project-Id-Version" not in text(told) + text(told, "html")


def test_machines_are_answered_nothing(letter: Letter, robin: User, here: Settings) -> None:
    assert reply(robin, "Absent.", here, to=letter, Auto_Submitted="auto-replied").outcome is (
        Outcome.AUTO_REPLY
    )
    echo = message("exchange@example.org", address_of(again(letter), here), "Oui.")
    assert give(echo, here).outcome is Outcome.OWN_MAIL
    assert deliver(here).to(robin) == []


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("> cité\n", Outcome.EMPTY),
        ("x" * 10_001, Outcome.TOO_LONG),
        ("!danser\nBonjour.", Outcome.UNKNOWN_COMMAND),
    ],
)
def test_what_cannot_be_posted_is_explained(
    body: str, outcome: Outcome, letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    assert reply(robin, body, here, to=letter).outcome is outcome
    assert comments(question) == []
    (mail,) = deliver(here).to(robin)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["In-Reply-To"].startswith("<m")


def test_a_large_mail_is_not_even_read(
    letter: Letter, robin: User, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.mail.incoming.kinds.LARGEST", 3_000)
    monkeypatch.setattr("exchange.mail.receiving.receive.HEAD", 2_000)
    monkeypatch.setattr(
        "exchange.mail.incoming.kinds.never_posts.__kwdefaults__",
        {"own_addresses": (), "largest": 3_000},
    )
    assert reply(robin, "x" * 4_000, here, to=letter).outcome is Outcome.OVERSIZE


def test_files_are_cleaned_and_joined_or_refused_with_the_reason(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    mail = message_from_bytes(
        message(robin.email, address_of(letter, here), "Ci-joint."), policy=default
    )
    assert isinstance(mail, EmailMessage)
    table = b"marqueur;valeur\nCXCL9;12\n"
    mail.add_attachment(table, maintype="text", subtype="csv", filename="dosages.csv")
    named = b"marqueur;suivi\nCXCL9;rappeler le 06 12 34 56 78\n"
    mail.add_attachment(named, maintype="text", subtype="csv", filename="suivi.csv")
    big = pdf("")
    mail.add_attachment(big, maintype="application", subtype="pdf", filename="scan.pdf")
    assert give(bytes(mail), here).outcome is Outcome.POSTED, "the text is posted all the same"
    (joined,) = db.session.scalars(select(Attachment))
    assert (joined.name, joined.question_id) == ("dosages.csv", question.id)
    (answer,) = deliver(here).to(robin)
    told = " ".join(text(answer).split())
    assert "1 pièce jointe est ajoutée au fil" in told
    assert "pourrait identifier un patient" in told
    assert "Une image se joint depuis le site" in told
    assert "06 12" not in told


def test_every_refusal_of_the_reader_is_an_outcome() -> None:
    assert {one.value for one in Refusal} <= {one.value for one in Outcome}
    assert {Outcome(one) for one in Refusal if one.answerable} <= set(ANSWERS)
    assert not {Outcome(one) for one in Refusal if not one.answerable} & set(ANSWERS)


# -- commands -----------------------------------------------------------------------------------


def test_several_commands_then_a_comment(
    letter: Letter,
    question: Question,
    claire: User,
    robin: User,
    department: object,
    here: Settings,
) -> None:
    receipt = reply(robin, "!muet\n! Suivre\n\nNous avons une cohorte.", here, to=letter)
    assert receipt.outcome is Outcome.POSTED
    assert [one.fine for one in receipt.told] == [True, True]
    assert level(question, robin) is FollowLevel.FOLLOW
    assert [one.text for one in comments(question)] == ["Nous avons une cohorte."]
    (mail,) = deliver(here).to(robin)
    assert "Vous suivez cette question." in text(mail)


def test_a_lab_claims_by_mail(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    day = (clock.now() + timedelta(days=20)).strftime("%d/%m/%Y")
    first = reply(robin, "!prendre\nNous suivons cent patients.", here, to=letter)
    assert first.outcome is Outcome.COMMANDED
    assert not first.told[0].fine
    assert again(question).stage is Stage.OPEN
    (mail,) = deliver(here).to(robin)
    assert "Donnez une date à cette étape." in text(mail)
    said = (
        "!prendre\nNous suivons cent patients.\nDont dix frais.\nAttentes : des biopsies\n"
        f"Étape : réunion de cadrage\nDate : {day}"
    )
    assert reply(robin, said, here, to=last_letter(robin)).told[0].fine
    assert again(question).stage is Stage.CLAIMED
    assert any(isinstance(fact, Claimed) for fact in factories.facts(question))
    late = reply(robin, said, here, to=letter)
    assert "/join" in late.told[0].sentence


def test_a_clinician_supports_and_a_researcher_may_not(
    letter: Letter, question: Question, robin: User, here: Settings
) -> None:
    receipt = reply(robin, "!aussi", here, to=letter)
    assert not receipt.told[0].fine
    assert again(question).support_count == 0


def test_a_digest_is_answered_by_naming_the_question(
    question: Question, robin: User, here: Settings
) -> None:
    again(robin).digest = DigestPeriod.DAILY
    put("digest", to=robin.id, reason="digest:daily:today")
    deliver(here)
    letter = last_letter(robin)
    assert letter.kind == "digest"
    assert reply(robin, "Merci !", here, to=letter).outcome is Outcome.NO_QUESTION
    receipt = reply(robin, f"!suivre {question.ref}\nBonne question.", here, to=letter)
    assert receipt.outcome is Outcome.POSTED
    assert level(question, robin) is FollowLevel.FOLLOW
    assert reply(robin, "!suivre Q-2026-9999", here, to=letter).told[0].fine is False
    assert reply(robin, "!stop", here, to=letter).outcome is Outcome.COMMANDED
    assert again(robin).digest is DigestPeriod.NEVER
    assert not again(robin).instant_mail


def test_a_refused_mail_comes_to_the_desk(
    letter: Letter,
    question: Question,
    robin: User,
    mona: User,
    here: Settings,
    client_of: Callable[[User | None], FlaskClient],
) -> None:
    reply(robin, "Son numéro : 1 84 12 76 451 089 46.", here, to=letter)
    assert outcomes() == ["identity"]
    number = db.session.scalars(select(Received.id)).one()
    db.session.rollback()
    mona_browses = client_of(again(mona))
    landed = mona_browses.get("/triage", follow_redirects=True)
    assert landed.request.path == f"/triage/mail/{number}"
    assert "Refusé par la garde d’identité" in landed.text
    assert "1 84 12" not in landed.text
    assert mona_browses.post(f"/triage/mail/{number}").status_code == 303
    assert mona_browses.post(f"/triage/mail/{number}").status_code == 409
    assert "Courriel refusé" not in mona_browses.get("/triage").text
    assert mona_browses.get("/triage/mail/9999").status_code == 404
