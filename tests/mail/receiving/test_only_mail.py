"""A researcher who has nothing but a mail client: no browser, no page of the site."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr

from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import clock, db
from exchange.discussion.models import Comment
from exchange.mail.receiving.outcomes import Outcome
from exchange.mail.receiving.receive import Receipt
from exchange.moderation import actions as moderation
from exchange.outbox.letters import put
from exchange.people.models import Area, DigestPeriod, User
from exchange.questions import actions as asking
from exchange.questions.models import FollowLevel, Question, Stage
from exchange.settings import Settings
from tests.factories import content
from tests.mail.post import again, deliver, text
from tests.mail.receiving.inbox import give, message
from tests.mail.receiving.test_replies import level

ASK = "demander@example.org"


Letters = list[tuple[str, EmailMessage]]


class Mailbox:
    """What a person sees of the site: mails, which they answer. `arrived`: those of everybody that
    nobody has opened."""

    def __init__(self, person: User, here: Settings, arrived: Letters) -> None:
        self.person, self.here, self.arrived = person, here, arrived

    def open(self) -> list[EmailMessage]:
        """What has arrived since the last time."""
        self.arrived += deliver(self.here).mails
        mine = [one for one in self.arrived if one[0] == again(self.person).email]
        for one in mine:
            self.arrived.remove(one)
        return [mail for _to, mail in mine]

    def answer(self, mail: EmailMessage, words: str) -> Receipt:
        """As Thunderbird does: above the quoted mail, to where it says to reply."""
        body = mail.get_body(("plain",))
        assert body is not None
        quoted = "\n".join(f"> {line}" for line in body.get_content().splitlines())
        sent = message(
            again(self.person).email,
            parseaddr(str(mail["Reply-To"]))[1],
            f"{words}\n\nLe 23/11/2026 à 09:12, L’Échange de questions a écrit :\n{quoted}\n",
            subject=f"Re: {mail['Subject']}",
            In_Reply_To=str(mail["Message-ID"]),
        )
        return give(sent, self.here)


def test_follow_claim_discuss_and_leave_without_a_browser(
    claire: User,
    robin: User,
    mona: User,
    here: Settings,
    client_of: Callable[[User | None], FlaskClient],
) -> None:
    arrived: Letters = []
    hers, his = Mailbox(claire, here, arrived), Mailbox(robin, here, arrived)
    robin.areas, robin.digest = [Area.CANCER.value], DigestPeriod.DAILY
    # Claire asks by mail, completes the draft that comes of it, and Mona publishes it.
    said = "Un patient sur trois rechute après la troisième cure."
    asked = message(again(claire).email, ASK, said, subject="Rechutes précoces")
    assert give(asked, here).outcome is Outcome.DRAFTED
    (mail,) = hers.open()
    assert "Votre question est un brouillon" in text(mail)
    (draft,) = db.session.scalars(select(Question).where(Question.stage == Stage.DRAFT))
    whole = content(title=draft.title, problem=draft.problem)
    question = asking.submit(whole, by=again(claire), question=draft, confirmed=True)
    moderation.publish(question, by=again(mona))
    ref = str(question.ref)
    assert "publiée" in text(hers.open()[-1])

    # Robin finds it in his digest, and follows it by an answer that names it.
    put("digest", to=robin.id, reason="digest:daily:today")
    (digest,) = his.open()
    assert ref in text(digest)
    assert his.answer(digest, f"!suivre {ref}").outcome is Outcome.COMMANDED
    (told,) = his.open()
    assert "Vous suivez cette question." in text(told)
    assert level(question, robin) is FollowLevel.FOLLOW

    # He claims it in answer to that answer; Claire hears of it, and writes to him from her mailbox.
    day = (clock.now() + timedelta(days=20)).strftime("%d/%m/%Y")
    claim = (
        "!prendre\nNous suivons cent patients.\nAttentes : des biopsies avant traitement\n"
        f"Étape : réunion de cadrage\nDate : {day}"
    )
    assert his.answer(told, claim).told[0].fine
    assert again(question).stage is Stage.CLAIMED
    assert his.open()
    (heard,) = hers.open()
    assert "Robin Aubert" in text(heard)
    assert "réunion de cadrage" in text(heard)
    assert hers.answer(heard, "Merci ! Douze biopsies sont prêtes.").outcome is Outcome.POSTED

    # They talk: each mail stands in the same thread, and only what was written is published.
    (news,) = his.open()
    assert "Douze biopsies sont prêtes." in text(news)
    assert news["References"] == heard["References"]
    assert his.answer(news, "Nous venons les chercher lundi.").outcome is Outcome.POSTED
    written = db.session.scalars(select(Comment.text).order_by(Comment.id)).all()
    assert list(written) == [
        "Merci ! Douze biopsies sont prêtes.",
        "Nous venons les chercher lundi.",
    ]

    # He leaves: this thread by a word, all the rest by his mail client's own button.
    assert his.answer(news, "!muet").told[0].fine
    his.open()
    (answered,) = hers.open()
    assert hers.answer(answered, "À lundi.").outcome is Outcome.POSTED
    assert his.open() == []
    button = str(digest["List-Unsubscribe"]).strip("<>").removeprefix(here.address)
    pressed = client_of(None).post(button, data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    assert again(robin).digest is DigestPeriod.NEVER
    put("digest", to=robin.id, reason="digest:daily:tomorrow")
    assert his.open() == []
