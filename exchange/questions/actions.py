"""Every change the asker and other clinicians make to a question.

Each action checks, changes rows, records its fact, and leaves the commit to its caller. Text
passes the identity guard before anything is stored.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.i18n import typeset
from exchange.log.record import record
from exchange.people.models import Area, User
from exchange.questions import facts, policy, tags, workflow
from exchange.questions.content import Content
from exchange.questions.models import (
    Audience,
    Band,
    CircleTeam,
    Counter,
    Follow,
    FollowLevel,
    Note,
    Question,
    Revision,
    RevisionKind,
    Stage,
    Support,
)
from exchange.questions.supports import count_support, shift
from exchange.text import render


def save_draft(content: Content, *, by: User, question: Question | None = None) -> Question:
    """Keep what was typed so far. Sure identity findings are refused here too."""
    if not policy.may_ask(by):
        raise NotAllowed(_("Les questions sont posées par les cliniciens."))
    gate.check(content.words(), confirmed=True)
    if question is None:
        question = Question(asker_id=by.id, asker=by, stage=Stage.DRAFT, html={}, probable=[])
        db.session.add(question)
    elif question.stage is not Stage.DRAFT or question.asker_id != by.id:
        raise Conflict(_("Ce brouillon a déjà été envoyé."))
    _write(question, content)
    question.edited_at = clock.now()
    db.session.flush()
    return question


def delete_draft(question: Question, *, by: User) -> None:
    """Throw a draft away; it never was in the log."""
    if question.stage is not Stage.DRAFT or question.asker_id != by.id:
        raise Conflict(_("Ce brouillon a déjà été envoyé."))
    db.session.delete(question)


def submit(
    content: Content,
    *,
    by: User,
    question: Question | None = None,
    confirmed: bool = False,
    source_id: str | None = None,
    imported: bool = False,
) -> Question:
    """Send a question to the triage desk: it gets its reference and its first revision, and when
    nobody chose tags, those that its words propose.

    Raises `IdentityFound` for a sure finding, or a probable one that was not `confirmed`.
    """
    probable = gate.check(content.words(), confirmed=confirmed)
    content = replace(content, tags=content.tags or tags.proposed(content))
    question = save_draft(content, by=by, question=question)
    question.probable = sorted({finding.kind for _field, finding in probable})
    question.source_id = source_id
    question.ref = next_ref("Q")
    team = by.team
    question.team_id = team.id if team else None
    question.institution_id = team.institution_id if team else None
    db.session.flush()
    workflow.make(question, facts.Submitted(ref=question.ref, imported=imported), by=by)
    question.submitted_at = question.stage_since
    _revise(question, RevisionKind.ORIGINAL, by=by)
    follow(question, by)
    return question


def edit(question: Question, content: Content, *, by: User, confirmed: bool = False) -> Revision:
    """The asker rewords: a revision with its own number; the first wording stays readable."""
    if not policy.may_edit(by, question):
        raise NotAllowed(_("Seule la personne qui a posé la question peut la modifier."))
    probable = gate.check(content.words(), confirmed=confirmed)
    question.probable = sorted({*question.probable, *(f.kind for _field, f in probable)})
    audience = (question.audience, set(question.circle_team_ids))
    retagged = tags.in_force(question.tags) != list(content.tags)
    _write(question, content)
    question.edited_at = clock.now()
    revision = _revise(question, RevisionKind.EDIT, by=by)
    record(facts.Revised(revision_id=revision.id), on=question.id, by=by)
    if retagged:
        record(facts.Tagged(tags=content.tags), on=question.id, by=by)
    if audience != (question.audience, set(content.circle_team_ids)):
        record(
            facts.AudienceChanged(
                audience=question.audience, team_ids=tuple(sorted(content.circle_team_ids))
            ),
            on=question.id,
            by=by,
        )
    return revision


def place(
    question: Question,
    *,
    area: Area,
    audience: Audience,
    circle_team_ids: Collection[int],
    by: User,
    tagged: Collection[str] | None = None,
) -> None:
    """A moderator says to which area a question belongs, what its tags are and who may read it;
    what stays the same, or is None, leaves no trace."""
    if not by.is_moderator:
        raise NotAllowed(_("Seul un modérateur peut déplacer une question."))
    if question.stage in {Stage.DRAFT, Stage.MERGED, Stage.WITHDRAWN}:
        raise Conflict(_("Cette question ne peut plus être déplacée."))
    wanted = set(circle_team_ids) if audience is Audience.CIRCLE else set()
    if audience is Audience.CIRCLE and not wanted:
        raise Refusal(_("Nommez au moins une équipe."), field="circle_team_ids")
    if area is not question.area:
        question.area = area
        record(facts.AreaChanged(area=area), on=question.id, by=by)
    if tagged is not None and tags.put(question, tagged):
        db.session.flush()
        record(facts.Tagged(tags=tuple(tags.in_force(question.tags))), on=question.id, by=by)
    if (audience, wanted) != (question.audience, set(question.circle_team_ids)):
        question.audience = audience
        _name_circle(question, wanted)
        db.session.flush()
        teams = tuple(sorted(wanted))
        record(facts.AudienceChanged(audience=audience, team_ids=teams), on=question.id, by=by)


def resubmit(question: Question, *, answer: str, by: User, confirmed: bool = False) -> None:
    """Answer the moderator and send the same question back to the desk."""
    workflow.require(question, "resubmit", by=by)
    note = write_note(question, answer, by=by, confirmed=confirmed) if answer.strip() else None
    workflow.make(question, facts.Resubmitted(note_id=note.id if note else None), by=by)


def withdraw(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """The asker takes the question back; what was written stays on the record."""
    workflow.require(question, "withdraw", by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed) if reason.strip() else None
    workflow.make(question, facts.Withdrawn(note_id=note.id if note else None), by=by)


def wake(question: Question, *, reason: str, by: User, confirmed: bool = False) -> None:
    """A sleeping question is open again."""
    workflow.require(question, "wake", by=by)
    note = write_note(question, reason, by=by, confirmed=confirmed) if reason.strip() else None
    workflow.make(question, facts.Woken(note_id=note.id if note else None), by=by)


def support(
    question: Question, *, band: Band | None, note: str = "", by: User, confirmed: bool = False
) -> Support:
    """«We see this too»: counts the need of another site and follows the thread."""
    require_support(question, by=by)
    gate.check({"note": note}, confirmed=confirmed)
    given = count_support(question, by, band=band, note=note)
    if given is None:
        raise Conflict(_("Vous avez déjà indiqué que vous voyez ce problème."))
    follow(question, by)
    db.session.flush()
    record(
        facts.Supported(support_id=given.id, institution_id=given.institution_id),
        on=question.id,
        by=by,
    )
    return given


def require_support(question: Question, *, by: User) -> None:
    """Refuse to those who may not say «we see this too», before they fill a form for nothing."""
    if not policy.may_support(by, question):
        raise NotAllowed(
            _(
                "« Nous voyons cela aussi » est dit par un clinicien, sur la question d’un autre,"
                " publiée et encore vivante."
            )
        )


def unsupport(question: Question, *, by: User) -> None:
    """Take back «we see this too»."""
    given = db.session.execute(
        delete(Support)
        .where(Support.question_id == question.id, Support.user_id == by.id)
        .returning(Support.institution_id)
    ).one_or_none()
    if given is None:
        raise Conflict(_("Vous n’aviez pas soutenu cette question."))
    shift(question, -1)
    record(facts.SupportRemoved(institution_id=given.institution_id), on=question.id, by=by)


def follow(question: Question, user: User, *, again: bool = False) -> None:
    """The user hears what happens; somebody who muted stays muted unless they ask `again`."""
    _set_follow(question.id, user.id, FollowLevel.FOLLOW, keep=not again)


def mute(question: Question, user: User) -> None:
    """The user hears nothing more of this question but what concerns their own acts."""
    _set_follow(question.id, user.id, FollowLevel.MUTE, keep=False)


def unfollow(question: Question, user: User) -> None:
    """Neither follow nor mute."""
    db.session.execute(
        update(Follow)
        .where(Follow.question_id == question.id, Follow.user_id == user.id)
        .values(level=None)
    )


def mark_read(question: Question, user: User, *, event_id: int) -> None:
    """The user has read the thread up to `event_id`; never goes backwards."""
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    statement = insert(Follow).values(
        question_id=question.id, user_id=user.id, level=None, read_event_id=event_id
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["question_id", "user_id"],
            set_={"read_event_id": event_id},
            where=Follow.read_event_id < event_id,
        )
    )


def write_note(question: Question, text: str, *, by: User | None, confirmed: bool = False) -> Note:
    """The prose of a move, guarded and rendered."""
    gate.check({"reason": text}, confirmed=confirmed)
    note = Note(
        question_id=question.id,
        author_id=by.id if by else None,
        at=clock.now(),
        text=text,
        html=render(text),
    )
    db.session.add(note)
    db.session.flush()
    return note


def rephrase_as(
    question: Question,
    content: Content,
    *,
    by: User,
    kind: RevisionKind = RevisionKind.REPHRASE,
) -> Revision:
    """Put a moderator's wording in force, beside the asker's (called by moderation)."""
    _write(question, content)
    return _revise(question, kind, by=by)


def next_ref(letter: str) -> str:
    """The next reference of this year: `Q-2026-0042`. The row is locked until the commit, so
    numbers have no gaps and no twins."""
    series = f"{letter}-{clock.now().year}"
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    statement = insert(Counter).values(series=series, value=1)
    value = db.session.scalar(
        statement.on_conflict_do_update(
            index_elements=["series"], set_={"value": Counter.value + 1}
        ).returning(Counter.value)
    )
    return f"{series}-{value:04d}"


def _write(question: Question, content: Content) -> None:
    title = " ".join(content.title.split())
    question.title = typeset(title) if content.language == "fr" else title
    for name, text in content.texts().items():
        setattr(question, name, text.strip())
    question.html = {name: render(text) for name, text in content.texts().items() if text.strip()}
    for name in (
        "area",
        "kind",
        "known_searched_on",
        "patients",
        "severity",
        "partner",
        "in_department_name",
        "audience",
        "language",
    ):
        setattr(question, name, getattr(content, name))
    tags.put(question, content.tags)
    _name_circle(question, content.circle_team_ids if content.audience is Audience.CIRCLE else ())


def _name_circle(question: Question, team_ids: Iterable[int]) -> None:
    wanted = set(team_ids)
    if wanted != set(question.circle_team_ids):
        question.circle = [CircleTeam(team_id=team_id) for team_id in sorted(wanted)]


def _revise(question: Question, kind: RevisionKind, *, by: User) -> Revision:
    number = db.session.scalar(
        select(Revision.number)
        .where(Revision.question_id == question.id)
        .order_by(Revision.number.desc())
        .limit(1)
    )
    revision = Revision(
        question_id=question.id,
        number=(number or 0) + 1,
        kind=kind,
        author_id=by.id,
        at=clock.now(),
        title=question.title,
        texts={name: text for name, text in Content.of(question).texts().items() if text},
        html=dict(question.html),
    )
    db.session.add(revision)
    db.session.flush()
    return revision


def _set_follow(question_id: int, user_id: int, level: FollowLevel, *, keep: bool) -> None:
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    statement = insert(Follow).values(
        question_id=question_id, user_id=user_id, level=level, read_event_id=0
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["question_id", "user_id"],
            set_={"level": level},
            where=Follow.level.is_(None) if keep else None,
        )
    )
