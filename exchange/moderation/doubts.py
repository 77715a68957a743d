"""Passages that their authors confirmed, once the text went out: for a moderator to reread.

A follower of the log reads again what each event brought, whichever way it came (page, mail,
import), and notes where the guard still doubts. A question waiting for its decision is not noted:
the desk reads it anyway; nor is what a moderator wrote.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from exchange import clock, db
from exchange.attachments.models import Attachment
from exchange.discussion.models import Comment, Mention
from exchange.errors import NotFound
from exchange.guard import Finding, gate
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.log.models import Event
from exchange.meetings.facts import (
    MeetingCancelled,
    MeetingFixed,
    MeetingMoved,
    MeetingProposed,
)
from exchange.meetings.models import Meeting
from exchange.moderation.models import Doubt
from exchange.people.models import User
from exchange.questions import facts as moves
from exchange.questions.models import Note, Question, Revision, Stage, Support
from exchange.research import facts as research
from exchange.research.candidates.models import Candidate
from exchange.research.dossier.models import Decision, Dossier, Risk
from exchange.research.models import (
    HYPOTHESIS_TEXTS,
    Claim,
    ClaimRequest,
    ClaimUpdate,
    Evidence,
    Funding,
    Hypothesis,
    Milestone,
    Outcome,
    Project,
)

Texts = Callable[[Any], Iterator[str]]


def _of(*names: str) -> Texts:
    return lambda row: (text for name in names if (text := getattr(row, name)))


@dataclass(frozen=True)
class Place:
    """Where an event keeps its words: the row that `field` of its data names. `brought_by`: the
    kinds of event that bring them, when others only name the row."""

    field: str
    model: type[Any]
    label: str
    texts: Texts
    brought_by: tuple[str, ...] = ()


PLACES = (
    Place("attachment_id", Attachment, _m("Pièce jointe"), _of("name", "caption", "text")),
    Place("comment_id", Comment, _m("Commentaire"), _of("text")),
    Place(
        "meeting_id",
        Meeting,
        _m("Rencontre"),
        _of("place", "word", "reason"),
        (MeetingProposed.kind, MeetingFixed.kind, MeetingMoved.kind, MeetingCancelled.kind),
    ),
    Place("update_id", ClaimUpdate, _m("Nouvelles d’une équipe"), _of("text")),
    Place(
        "request_id",
        ClaimRequest,
        _m("Demande d’une équipe"),
        _of("text"),
        (research.RequestMade.kind,),
    ),
    Place("evidence_id", Evidence, _m("Indice d’une hypothèse"), _of("note", "identifier")),
    Place(
        "outcome_id",
        Outcome,
        _m("Résultat d’un projet"),
        _of("summary", "reference"),
        (research.OutcomeRecorded.kind, research.OutcomeChanged.kind),
    ),
    Place(
        "candidate_id",
        Candidate,
        _m("Candidat-médicament d’un projet"),
        _of("name", "target", "reference"),
    ),
    Place("milestone_id", Milestone, _m("Jalon d’un projet"), _of("title")),
    Place("funding_id", Funding, _m("Financement d’un projet"), _of("source")),
    Place(
        "dossier_id",
        Dossier,
        _m("Fiche d’un projet"),
        _of("sponsor", "cpp", "ansm", "id_rcb", "nct", "eu_ct", "patent", "rights_note"),
    ),
    Place("risk_id", Risk, _m("Risque d’un projet"), _of("what", "answer")),
    Place("decision_id", Decision, _m("Décision d’un projet"), _of("who", "what", "why")),
    Place("note_id", Note, _m("Message accompagnant une étape"), _of("text")),
    Place("support_id", Support, _m("Mot d’un autre service"), _of("note")),
    Place(
        "revision_id",
        Revision,
        _m("Nouvelle formulation"),
        lambda row: iter([row.title, *row.texts.values()]),
    ),
    Place(
        "claim_id",
        Claim,
        _m("Prise en charge"),
        _of("why", "needs", "next_step"),
        (moves.Claimed.kind, research.ClaimJoined.kind),
    ),
    Place(
        "project_id",
        Project,
        _m("Projet"),
        _of("title", "summary"),
        (moves.ProjectStarted.kind, research.ProjectAdded.kind),
    ),
    Place(
        "hypothesis_id",
        Hypothesis,
        _m("Hypothèse"),
        _of(*HYPOTHESIS_TEXTS),
        (research.HypothesisProposed.kind, research.HypothesisRevised.kind),
    ),
)
"""The first that fits is where the event's own words are: what it is only about comes last."""


@dataclass(frozen=True)
class Reread:
    """One doubt as the desk shows it: each text cut where the guard stops."""

    doubt: Doubt
    question: Question
    label: str
    author: str
    texts: list[list[tuple[str, Finding | None]]]


def follow(event: Event) -> None:
    """Note the event when its words hold a passage to reread."""
    if event.question_id is None or event.actor_id is None or _is_known(event):
        return
    question = db.session.get_one(Question, event.question_id)
    author = db.session.get_one(User, event.actor_id)
    if question.stage is Stage.SUBMITTED or author.is_moderator:
        return
    if any(gate.look(text, lang=question.language) for _label, text in _words(event)):
        db.session.add(Doubt(event_id=event.id, question_id=question.id, found_at=clock.now()))
        db.session.flush()


def read(number: int) -> Reread:
    """A doubt with its text as it is now: five queries at most. Raises `NotFound`."""
    doubt = db.session.get(Doubt, number)
    if doubt is None:
        raise NotFound(_("Ce passage n’est pas, ou plus, à relire."))
    event = db.session.get_one(Event, doubt.event_id)
    question = db.session.get_one(Question, doubt.question_id)
    words = list(_words(event))
    return Reread(
        doubt=doubt,
        question=question,
        label=words[0][0] if words else "",
        author=db.session.get_one(User, event.actor_id).name,
        texts=[
            gate.mark(text, findings)
            for _label, text in words
            if (findings := gate.look(text, lang=question.language))
        ],
    )


def settle(doubt: Doubt, *, by: User) -> None:
    """A moderator read it: it names nobody, or no longer does. A second time changes nothing."""
    if doubt.settled_at is None:
        doubt.settled_at, doubt.settled_by_id = clock.now(), by.id


def _is_known(event: Event) -> bool:
    return db.session.scalar(select(Doubt.id).where(Doubt.event_id == event.id)) is not None


def _words(event: Event) -> Iterator[tuple[str, str]]:
    """The label of its place and each text that the event brought; colleagues who are mentioned
    in it are blanked, as the gate does."""
    for place in PLACES:
        number = event.data.get(place.field)
        if number is not None and event.kind in (place.brought_by or (event.kind,)):
            row = db.session.get(place.model, number)
            members = _mentioned(number) if place.model is Comment else ()
            for text in place.texts(row) if row is not None else ():
                yield _(place.label), gate.without(text, members)
            return


def _mentioned(comment_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(User.handle)
            .join(Mention, Mention.user_id == User.id)
            .where(Mention.comment_id == comment_id)
        )
    )
