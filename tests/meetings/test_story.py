"""A meeting from the first word to the last: what is stored, what is recorded, what leaves, and what
a calendar that is not ours reads in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
import vobject
from flask.testing import FlaskClient
from sqlalchemy import select

from exchange import db
from exchange.errors import Conflict, NotAllowed, NotFound, Refusal
from exchange.mail.receiving.outcomes import Outcome
from exchange.meetings import actions, facts, queries
from exchange.meetings.calendar import read_answer
from exchange.meetings.models import Answer, Meeting, MeetingState, Way
from exchange.meetings.policy import may_see, seen_by
from exchange.people.models import Role, Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Audience, Question
from exchange.settings import Settings
from tests import factories
from tests.mail import post
from tests.mail.receiving import inbox

ClientOf = Callable[[User | None], FlaskClient]

BEFORE_SPRING = datetime(2027, 3, 8, 9, tzinfo=UTC)
PLAN = actions.Plan(
    way=Way.VISIT, place="Salle B, 2e étage; badge", minutes=90, zone="Europe/Paris"
)
WINTER, SUMMER = datetime(2027, 3, 25, 14), datetime(2027, 3, 29, 14)  # noqa: DTZ001
"""The same hour on the wall, before and after clocks go forward on 28 March."""


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    found = [one for one in mail.walk() if one.get_content_type() == kind]
    assert len(found) == 1
    assert isinstance(found[0], EmailMessage)
    return found[0]


def invitation(mail: EmailMessage) -> Any:
    """As another program reads it: the alternative and the file say the same."""
    inline, file = part(mail, "text/calendar"), part(mail, "application/ics")
    assert inline.get_payload(decode=True) == file.get_payload(decode=True)
    assert file.get_filename() == "invite.ics"
    read = vobject.readOne(inline.get_content())
    assert inline.get_param("method") == read.method.value
    alternative = part(mail, "multipart/alternative")
    assert [one.get_content_type() for one in alternative.iter_parts()] == [
        "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    return read


def calendar_answer(sender: str, to: str, attendee: str, uid: str, sequence: int) -> bytes:
    """As Outlook and Google answer: a calendar beside a sentence of their own."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to.removeprefix("mailto:")
    mail["Subject"], mail["Message-ID"] = "Refusé : Rencontre", f"<{uuid4()}@lab.example.org>"
    mail.set_content("Cette invitation a été refusée.")
    mail.add_alternative(
        "BEGIN:VCALENDAR\r\nPRODID:-//Other//FR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f'ATTENDEE;PARTSTAT=DECLINED;CN="Nom, Prénom\r\n ":MAILTO:{attendee}\r\n'
        f"UID:{uid}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:20270310T090000Z\r\n"
        "BEGIN:VALARM\r\nUID:another\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        subtype="calendar",
        params={"method": "REPLY"},
    )
    return bytes(mail)


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"garbage\r\n;;;:\r\n",
        b"BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:1\nATTENDEE:mailto:a@b\nEND:VEVENT",
        b"BEGIN:VCALENDAR\nMETHOD:COUNTER\nBEGIN:VEVENT\nUID:1\n"
        b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b\n",
        b"BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:1\nSEQUENCE:x\n"
        b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b\n",
        b"BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:1\nUID:2\n"
        b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b\n",
        b"END:VEVENT\n" * 9,
    ],
)
def test_what_is_no_calendar_answer_says_nothing(told: bytes) -> None:
    assert read_answer(told) is None


def test_a_meeting_from_the_first_word_to_the_last(
    question: Question, claire: User, robin: User, lena: User, mona: User, lab: Team,
    settings: Settings, client_of: ClientOf,
) -> None:  # fmt: skip
    settings = settings.replaced(reply_domain="reply.example.org")
    ref, title = question.ref, question.title
    noel = factories.user("Noël Faure", Role.RESEARCHER, lab)
    with post.travel(BEFORE_SPRING):
        factories.claimed(question, robin)
        post.deliver(settings)
        client = client_of(robin)
        typed = {
            "way": "visit", "place": PLAN.place, "minutes": "90", "first": "2027-03-25T14:00",
            "second": "2027-03-29T14:00", "word": "Venez voir la plateforme.",
        }  # fmt: skip
        page = f"/questions/{ref}/meetings/new"
        refused = client.post(page, data={**typed, "word": "Appeler le 06 12 34 56 78"})
        assert refused.status_code == 422
        assert "Salle B" in refused.text
        assert client.post(page, data=typed).status_code == 303
        db.begin_write()
        meeting = db.session.scalars(select(Meeting)).one()
        assert [date.starts_at.hour for date in meeting.dates] == [13, 12]
        assert factories.last_fact(post.again(question)) == facts.MeetingProposed(
            meeting_id=meeting.id
        )

        waits = "Une rencontre attend votre réponse"
        assert waits in client_of(post.again(claire)).get("/").text
        assert waits not in client_of(post.again(robin)).get("/").text

        # Claire is asked, and answers by mail; Robin hears that nobody is left to wait for.
        bag = post.deliver(settings)
        (asked,) = bag.to(claire)
        assert bag.to(robin) == bag.to(noel) == bag.to(mona) == []
        told = post.text(asked) + str(asked["Subject"])
        assert "1. jeudi 25 mars 2027 à 14:00" in told
        assert "Venez voir" not in told
        assert title not in told
        letter = inbox.last_letter(claire)
        receipt = inbox.reply(claire, "!oui 2\n!non 1", settings, to=letter)
        assert receipt.outcome is Outcome.COMMANDED
        assert [one.fine for one in receipt.told] == [True, True]
        wrong = inbox.reply(claire, "!oui 7", settings, to=letter)
        assert [one.fine for one in wrong.told] == [False]
        bag = post.deliver(settings)
        assert any("Chacun a répondu" in str(mail["Subject"]) for mail in bag.to(robin))
        assert waits not in client_of(post.again(claire)).get("/").text
        assert "fixez la date de la rencontre" in client_of(post.again(robin)).get("/").text

        # Robin takes the second date; Noël of his team comes along; so do their calendars.
        meeting = post.again(meeting)
        client = client_of(robin)
        missing = client.post(f"/meetings/{meeting.id}/fix", data={})
        assert f'action="/meetings/{meeting.id}/fix"' in missing.text
        fixed = client.post(f"/meetings/{meeting.id}/fix", data={"date": str(meeting.dates[1].id)})
        assert fixed.status_code == 303
        db.begin_write()
        meeting = post.again(meeting)
        assert (meeting.state, meeting.sequence) == (MeetingState.FIXED, 0)
        assert factories.last_fact(post.again(question)) == facts.MeetingFixed(
            meeting_id=meeting.id, sequence=0
        )
        mail = post.deliver(settings).to(claire)[-1]
        assert "la décliner dans votre agenda" in post.text(mail).replace("\n", " ")
        first = invitation(mail)
        event = first.vevent
        assert first.method.value == "REQUEST"
        assert event.summary.value == f"Rencontre {ref} (visite)"
        assert event.location.value == PLAN.place
        assert event.dtstart.value.utcoffset() == timedelta(hours=2)
        assert event.dtstart.value == datetime(2027, 3, 29, 12, tzinfo=UTC)
        assert event.dtend.value - event.dtstart.value == timedelta(minutes=90)
        assert event.attendee.value == f"mailto:{post.again(claire).email}"
        assert event.attendee.params["PARTSTAT"] == ["ACCEPTED"]
        assert event.attendee.params["RSVP"] == ["TRUE"]
        organizer = event.organizer.value
        assert organizer.endswith("@reply.example.org")
        assert len(event.contents["attendee"]) == 1
        noel = post.again(noel)
        date = post.again(meeting).dates[1].id
        late = client_of(noel).post(f"/meetings/{meeting.id}", data={f"on-{date}": "perhaps"})
        assert late.status_code == 303
        db.begin_write()
        joined = invitation(post.deliver(settings).to(noel)[-1]).vevent
        assert joined.attendee.params["ROLE"] == ["OPT-PARTICIPANT"]
        assert joined.attendee.params["PARTSTAT"] == ["TENTATIVE"]

        # Claire's calendar declines, and only hers may; her page and Robin's say so.
        uid, date = event.uid.value, post.again(meeting).dates[1].id
        for sender, attendee, sequence, outcome in (
            (robin, claire, 0, Outcome.WRONG_SENDER),
            (claire, robin, 0, Outcome.WRONG_SENDER),
            (claire, claire, -1, Outcome.CALENDAR),
            (claire, claire, 0, Outcome.MET),
        ):
            raw = calendar_answer(
                post.again(sender).email, organizer, post.again(attendee).email, uid, sequence
            )
            assert inbox.give(raw, settings).outcome is outcome
        assert queries.answers_of(post.again(meeting), post.again(claire))[date] is Answer.NO
        assert factories.last_fact(post.again(question)) == facts.MeetingAnswered(
            meeting_id=meeting.id, by_mail=True
        )

        cannot = "Quelqu’un ne pourra pas venir"
        assert cannot in client_of(post.again(robin)).get("/").text
        assert cannot not in client_of(post.again(claire)).get("/").text
        db.begin_write()

        # Moved back to winter: the same event, a higher number, answers to give anew.
        meeting = post.again(meeting)
        plan = actions.Plan(way=Way.CALL, place="https://visio.example.org/1", minutes=30,
                            zone=meeting.zone)  # fmt: skip
        with pytest.raises(Refusal):
            actions.move(meeting, PLAN, to=SUMMER, by=post.again(robin))
        actions.move(meeting, plan, to=WINTER, by=post.again(robin))
        assert factories.last_fact(post.again(question)) == facts.MeetingMoved(
            meeting_id=meeting.id, sequence=1
        )
        bag = post.deliver(settings)
        moved = invitation(bag.to(claire)[-1])
        assert moved.vevent.organizer.value == organizer
        assert moved.vevent.uid.value == event.uid.value
        assert moved.vevent.sequence.value == "1"
        assert moved.vevent.dtstart.value == datetime(2027, 3, 25, 13, tzinfo=UTC)
        assert moved.vevent.dtstart.value.utcoffset() == timedelta(hours=1)
        assert moved.vevent.attendee.params["PARTSTAT"] == ["DECLINED"]  # what she said of it
        assert {to for to, _mail in bag.mails} == {
            post.again(one).email for one in (claire, robin, noel)
        }

        stale = calendar_answer(
            post.again(claire).email, organizer, post.again(claire).email, uid, 0
        )
        assert inbox.give(stale, settings).outcome is Outcome.CALENDAR

        # Cancelled: taken out of calendars, and nothing more can be done.
        meeting = post.again(meeting)
        with pytest.raises(NotAllowed):
            actions.cancel(meeting, reason="Non.", by=post.again(claire))
        actions.cancel(meeting, reason="Grève des trains.", by=post.again(robin))
        assert factories.last_fact(post.again(question)) == facts.MeetingCancelled(
            meeting_id=meeting.id, sequence=2, invited=True
        )
        address = f"/meetings/{meeting.id}"
        cancelled = invitation(post.deliver(settings).to(claire)[-1])
        assert cancelled.method.value == "CANCEL"
        assert cancelled.vevent.status.value == "CANCELLED"
        assert cancelled.vevent.uid.value == event.uid.value
        assert cancelled.vevent.sequence.value == "2"
        with pytest.raises(Conflict):
            actions.answer(post.again(meeting), {date: Answer.YES}, by=post.again(claire))
        assert "Grève des trains." in client_of(post.again(claire)).get(address).text


def test_who_sees_a_meeting_is_one_rule_written_twice(
    question: Question, claire: User, robin: User, lena: User, mona: User, ada: User,
    settings: Settings, client_of: ClientOf,
) -> None:  # fmt: skip
    with post.travel(BEFORE_SPRING):
        ref, claim = question.ref, factories.claimed(question, robin)
        with pytest.raises(NotAllowed):
            actions.propose(question, PLAN, dates=[WINTER, SUMMER], word="", by=lena)
        meeting = actions.propose(
            question, PLAN, dates=[WINTER, SUMMER], word="Un mot à part.", by=claire
        )
        with pytest.raises(Conflict):
            actions.propose(question, PLAN, dates=[WINTER, SUMMER], word="", by=robin)
        for wall in (datetime(2027, 3, 28, 2, 30), datetime(2029, 1, 1), datetime(2027, 3, 1)):  # noqa: DTZ001
            with pytest.raises(Refusal):
                actions.move(meeting, PLAN, to=wall, by=claire)
        people = (claire, robin, lena, mona, ada)
        for ended in (False, True):
            if ended:
                claim.ended_at = BEFORE_SPRING
                db.session.flush()
            teams = queries.working_teams(question)
            for one in people:
                seen = set(
                    db.session.scalars(select(Meeting.id).join(Question).where(seen_by(one)))
                )
                invited = queries.is_invited(meeting, one)
                assert (meeting.id in seen) is may_see(one, question, teams, invited=invited)
        names = {one.name for one in people if queries.sees(meeting, one)}
        assert names == {claire.name, robin.name, mona.name}
        with pytest.raises(NotFound):
            queries.visible_meeting(meeting.id, to=lena)
        number = meeting.id
        told = client_of(lena).get(f"/questions/{ref}").text
        assert "Une rencontre a été proposée." in told
        assert f"/meetings/{number}" not in told
        assert f"/meetings/{number}" in client_of(post.again(mona)).get(f"/questions/{ref}").text
        # What its reader may no longer read is not sent.
        asking.edit(
            post.again(question),
            factories.content(
                audience=Audience.CIRCLE, circle_team_ids=(post.again(lena).teams[0].id,)
            ),
            by=post.again(claire),
        )
        assert post.deliver(settings).to(robin) == []


def test_one_who_hides_behind_the_department_is_not_named(
    claire: User, robin: User, mona: User, settings: Settings, client_of: ClientOf
) -> None:
    with post.travel(BEFORE_SPRING):
        question = factories.opened(claire, mona, in_department_name=True)
        factories.claimed(question, robin)
        meeting = actions.propose(question, PLAN, dates=[WINTER, SUMMER], word="", by=claire)
        number = meeting.id
        letters = post.deliver(settings).to(robin)
        assert any("Une rencontre est proposée" in str(mail["Subject"]) for mail in letters)
        for mail in letters:
            assert "Martel" not in post.text(mail) + post.text(mail, "html")
        assert "Martel" not in client_of(post.again(robin)).get(f"/meetings/{number}").text
