"""Reads of the thread page: ten queries at most with the reader's own and the header's, whatever
the length of the story. Statements are built once; rows are plain columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    BindParameter,
    Row,
    Select,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from exchange import db
from exchange.attachments.models import Attachment
from exchange.discussion.facts import Commented
from exchange.discussion.models import Comment, may_see
from exchange.errors import NotFound, OutOfSight
from exchange.i18n import get_locale
from exchange.i18n import gettext as _
from exchange.log.models import Event
from exchange.meetings.models import Meeting, MeetingGuest
from exchange.meetings.policy import may_see as may_see_meeting
from exchange.people.models import Institution, Team, User
from exchange.questions import policy, tags
from exchange.questions.facts import Merged, TwinReceived
from exchange.questions.models import (
    CircleTeam,
    Follow,
    FollowLevel,
    Note,
    Question,
    Revision,
    RevisionKind,
    Support,
)
from exchange.research.models import (
    Claim,
    ClaimRequest,
    ClaimUpdate,
    Hypothesis,
    Milestone,
    Outcome,
    Project,
    ProjectHypothesis,
    ProjectOutcome,
)
from exchange.research.policy import may_read_hypothesis, project_readable_by

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

SHOWN = 200
"""Entries shown at once; older ones are behind a link."""

_Lead = aliased(Team)
_Twin = aliased(Question)
_TwinEvent = aliased(Event)
_me: BindParameter[int] = bindparam("me")
_this: BindParameter[int] = bindparam("question")

_last_wording = (
    select(Revision.kind)
    .where(Revision.question_id == Question.id)
    .order_by(Revision.number.desc())
    .limit(1)
    .correlate(Question)
    .scalar_subquery()
)

# From the few twins to their last events; joined the other way round, the database reads the whole log.
_last_of_twin = (
    select(func.max(_TwinEvent.id))
    .where(_TwinEvent.question_id == _Twin.id)
    .correlate(_Twin)
    .scalar_subquery()
)

_HEAD = (
    select(
        Question.id,
        Question.ref,
        Question.version,
        Question.stage,
        Question.stage_since,
        Question.asker_id,
        Question.in_department_name,
        Question.audience,
        Question.area,
        Question.kind,
        Question.language,
        Question.title,
        Question.html,
        Question.known_searched_on,
        Question.patients,
        Question.severity,
        Question.partner,
        Question.submitted_at,
        Question.published_at,
        Question.hidden_at,
        Question.proposed_into_id,
        Question.contested_at,
        Question.support_count,
        Question.lead_team_id,
        Question.merged_into_id,
        select(func.max(Event.id))
        .where(Event.question_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
        .label("last_event"),
        select(func.max(_last_of_twin))
        .where(_Twin.merged_into_id == Question.id)
        .correlate(Question)
        .scalar_subquery()
        .label("twin_event"),
        exists()
        .where(Support.question_id == Question.id, Support.user_id == _me)
        .correlate(Question)
        .label("supported"),
        Follow.level,
        Follow.read_event_id,
        User.name.label("asker"),
        User.title.label("asker_title"),
        Team.name.label("department"),
        Team.slug.label("department_slug"),
        Institution.short.label("institution"),
        _Lead.name.label("lead_team"),
        Revision.title.label("first_title"),
        Revision.html.label("first_html"),
        CircleTeam.team_id.label("named_team_id"),
        _last_wording.label("last_wording"),
        tags.told().label("tags"),
    )
    .join(User, User.id == Question.asker_id)
    .outerjoin(Team, Team.id == Question.team_id)
    .outerjoin(Institution, Institution.id == Question.institution_id)
    .outerjoin(_Lead, _Lead.id == Question.lead_team_id)
    .outerjoin(Revision, (Revision.question_id == Question.id) & (Revision.number == 1))
    .outerjoin(Follow, (Follow.question_id == Question.id) & (Follow.user_id == _me))
    .outerjoin(CircleTeam, CircleTeam.question_id == Question.id)
    .where(Question.ref == bindparam("ref"))
)

_CLAIMS = (
    select(
        Claim.id,
        Claim.team_id,
        Claim.lead,
        Claim.at,
        Claim.ended_at,
        Claim.why_html,
        Claim.needs_html,
        Claim.next_step,
        Claim.next_step_on,
        Team.name.label("team"),
        Team.slug,
        Claim.opened_by_id,
        Claim.updated_at,
        Claim.silence,
        User.name.label("by"),
        ClaimRequest.id.label("request_id"),
        ClaimRequest.kind.label("request_kind"),
        ClaimRequest.html.label("request_html"),
        ClaimRequest.reply,
        ClaimRequest.replied_at,
        ClaimRequest.note_id,
    )
    .join(Team, Team.id == Claim.team_id)
    .join(User, User.id == Claim.opened_by_id)
    .outerjoin(ClaimRequest, ClaimRequest.claim_id == Claim.id)
    .where(Claim.question_id == _this)
    .order_by(Claim.lead.desc(), Claim.id, ClaimRequest.id)
)
"""One row a request; a claim without any has one row."""

_HYPOTHESES = (
    select(
        Hypothesis.id,
        Hypothesis.ref,
        Hypothesis.team_id,
        Hypothesis.at,
        Hypothesis.confidential,
        Hypothesis.hidden_at,
        Hypothesis.author_id,
        Hypothesis.statement,
        Hypothesis.verdict,
        Hypothesis.endorsement,
        Team.name.label("team"),
    )
    .join(Team, Team.id == Hypothesis.team_id)
    .where(Hypothesis.question_id == _this)
    .order_by(Hypothesis.id)
)

_of_question = (
    select(ProjectHypothesis.project_id)
    .join(Hypothesis, Hypothesis.id == ProjectHypothesis.hypothesis_id)
    .where(Hypothesis.question_id == _this)
)


def _projects_read_by(reader: User) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Project.id,
            Project.ref,
            Project.title,
            Project.at,
            Project.state,
            Project.answer_html,
            Project.lead_team_id,
            Project.investigator_id,
            Project.colead_id,
            Team.name.label("team"),
            project_readable_by(reader).label("readable"),
        )
        .join(Team, Team.id == Project.lead_team_id)
        .where(Project.id.in_(_of_question))
        .order_by(Project.id)
    )


_PROJECTS = _projects_read_by(policy.any_reader(moderator=False))
_PROJECTS_FOR_MODERATORS = _projects_read_by(policy.any_reader(moderator=True))

_EVENTS = (
    select(
        Event.id,
        Event.at,
        Event.kind,
        Event.actor_id,
        Event.data,
        User.name.label("who"),
    )
    .outerjoin(User, User.id == Event.actor_id)
    .where(Event.question_id == _this)
    .order_by(Event.id.desc())
    .limit(bindparam("count"))
)

_COMMENTS = (
    select(
        Comment.id,
        Comment.edited_at,
        Comment.hidden_at,
        Comment.author_id,
        Comment.html,
        User.title,
    )
    .join(User, User.id == Comment.author_id)
    .where(Comment.question_id == _this, Comment.id >= bindparam("first"))
)

_CARRIED = (
    select(
        Comment.id,
        Comment.question_id,
        Comment.at,
        Comment.edited_at,
        Comment.hidden_at,
        Comment.author_id,
        Comment.html,
        User.name.label("author"),
        User.title,
        Event.id.label("event_id"),
    )
    .join(User, User.id == Comment.author_id)
    .join(
        Event,
        (Event.question_id == Comment.question_id)
        & (Event.kind == Commented.kind)
        & (Event.data["comment_id"].as_integer() == Comment.id),
    )
    .where(
        Comment.question_id.in_(bindparam("questions", expanding=True)),
        Comment.hypothesis_id.is_(None),
        Comment.project_id.is_(None),
    )
    .order_by(Comment.id)
    .limit(SHOWN)
)

_none = literal(0)

_REST = union_all(
    select(
        literal("note").label("what"),
        Note.id.label("id"),
        Note.html.label("text"),
        _none.label("number"),
    ).where(Note.question_id == _this),
    select(literal("update"), ClaimUpdate.id, ClaimUpdate.html, _none)
    .join(Claim, Claim.id == ClaimUpdate.claim_id)
    .where(Claim.question_id == _this),
    select(literal("request"), ClaimRequest.id, ClaimRequest.html, _none)
    .join(Claim, Claim.id == ClaimRequest.claim_id)
    .where(Claim.question_id == _this),
    select(literal("milestone"), Milestone.id, Milestone.title, _none).where(
        Milestone.project_id.in_(_of_question)
    ),
    select(literal("outcome"), Outcome.id, Outcome.kind.cast(Milestone.title.type), _none).where(
        Outcome.id.in_(
            select(ProjectOutcome.outcome_id).where(ProjectOutcome.project_id.in_(_of_question))
        )
    ),
    select(literal("attachment"), Attachment.id, Attachment.name, _none).where(
        Attachment.question_id == _this,
        Attachment.removed_at.is_(None),
        Attachment.hidden_at.is_(None),
    ),
    select(
        literal("meeting"),
        Meeting.id,
        Meeting.state.cast(Milestone.title.type),
        case(
            (
                exists().where(MeetingGuest.meeting_id == Meeting.id, MeetingGuest.user_id == _me),
                1,
            ),
            else_=0,
        ),
    ).where(Meeting.question_id == _this),
    select(literal("circle"), Team.id, Team.name, _none)
    .join(CircleTeam, CircleTeam.team_id == Team.id)
    .where(CircleTeam.question_id == _this),
    select(
        literal("support"),
        func.coalesce(Institution.id, 0),
        func.coalesce(Institution.short, ""),
        func.count(),
    )
    .select_from(Support)
    .outerjoin(Institution, Institution.id == Support.institution_id)
    .where(Support.question_id == _this)
    .group_by(Institution.id, Institution.short),
)
"""Everything small that the story names: prose of moves, news and needs of claims, titles of
milestones, kinds of outcomes, names of files, meetings and whether the reader is invited, teams of
the circle, supports by institution."""


@dataclass(frozen=True)
class Head:
    """The question and what the reader has to do with it: what decides whether the page
    changed. `question` holds the columns that the page and the policy read, and is no object of
    the session: to act on it, take `questions.queries.visible_question`."""

    question: Question
    last_event: int
    twin_event: int
    """The last thing that happened to a question that was merged into it."""
    supported: bool
    level: FollowLevel | None
    read_event_id: int
    asker: str
    asker_title: str
    department: str
    department_slug: str
    institution: str
    lead_team: str
    first_title: str
    first_html: dict[str, str]
    tags: tuple[tuple[str, str], ...]
    contestable: bool
    """A moderator's wording is in force, and the asker has not objected to it."""


@dataclass(frozen=True)
class Story:
    """Everything else on the page. Only what the reader may read is named: `hypotheses` and
    `projects` hold the readable ones, `secret_*` count the others."""

    claims: Sequence[AnyRow]
    requests: dict[int, list[AnyRow]]
    """What each claiming team needs from the clinician, by the id of its claim."""
    hypotheses: Sequence[tuple[Hypothesis, str]]
    secret_hypotheses: int
    projects: Sequence[AnyRow]
    secret_projects: int
    events: Sequence[AnyRow]
    older: bool
    comments: dict[int, AnyRow]
    prose: dict[tuple[str, int], str]
    supports: Sequence[tuple[int, str, int]]
    """Institution (0: none), its short name, how many people."""
    twins: dict[int, tuple[str, str]]
    """By id: the reference and title of questions that were merged into this one, or that this
    one was merged into."""
    joined: Sequence[AnyRow] = field(default=())
    """Those that were merged into this one, with their words."""
    carried: dict[int, list[AnyRow]] = field(default_factory=dict)
    """Their messages, by the id of the question where they were written."""
    circle: Sequence[str] = field(default=())
    meetings: dict[int, str] = field(default_factory=dict)
    """Those that the reader may see, by id: their state."""


def head(ref: str, *, to: User) -> Head:
    """The question by its reference: one query. Raises `NotFound`, in the same words, for a
    question that does not exist and for one this reader may not know of."""
    rows = db.rows(_HEAD, {"ref": ref, "me": to.id}).all()
    question = _question(rows) if rows else None
    if question is not None and policy.is_hidden_own(to, question):
        raise OutOfSight(_("Votre question est masquée le temps d’une relecture."))
    if question is None or not policy.may_read(to, question):
        raise NotFound(_("Aucune question de ce nom, ou elle n’est pas pour vous."))
    row = rows[0]
    return Head(
        question=question,
        last_event=row.last_event or 0,
        twin_event=row.twin_event or 0,
        supported=row.supported,
        level=row.level,
        read_event_id=row.read_event_id or 0,
        asker=row.asker,
        asker_title=row.asker_title,
        department=row.department or "",
        department_slug=row.department_slug or "",
        institution=row.institution or "",
        lead_team=row.lead_team or "",
        first_title=row.first_title or "",
        first_html=row.first_html or {},
        tags=tags.labelled(tags.of_column(row.tags), get_locale()),
        contestable=row.last_wording is RevisionKind.REPHRASE and row.contested_at is None,
    )


def story(question: Question, *, to: User, whole: bool = False) -> Story:
    """The story of a question the reader may read: five queries, one more when a hypothesis was
    proposed, two more when questions were merged."""
    this = {"question": question.id}
    known = [_hypothesis(row, question) for row in db.rows(_HYPOTHESES, this)]
    hypotheses = [(h, team) for h, team in known if may_read_hypothesis(to, h)]
    projects = _projects(question, to) if known else []
    readable = [row for row in projects if row.readable]
    count = 1_000_000 if whole else SHOWN + 1
    events = db.rows(_EVENTS, {**this, "count": count}).all()
    older = not whole and len(events) > SHOWN
    events = events[:SHOWN][::-1] if older else events[::-1]
    rest = db.rows(_REST, {**this, "me": to.id}).all()
    claims, requests = _claims(question)
    teams = [claim.team_id for claim in claims if claim.ended_at is None]
    works = any(claim.team_id in to.team_ids for claim in claims)
    twins = _twins(question, events, to)
    joined = [row for row in twins if row.merged_into_id == question.id]
    return Story(
        claims=claims,
        requests=requests,
        hypotheses=hypotheses,
        secret_hypotheses=len(known) - len(hypotheses),
        projects=readable,
        secret_projects=len(projects) - len(readable),
        events=events,
        older=older,
        comments=_comments(question, events, to),
        prose={(row.what, row.id): row.text for row in rest},
        supports=[(row.id, row.text, row.number) for row in rest if row.what == "support"],
        twins={row.id: (row.ref, row.title) for row in twins},
        joined=joined,
        carried=_carried(joined, to),
        circle=[row.text for row in rest if row.what == "circle"],
        meetings={
            row.id: row.text
            for row in rest
            if row.what == "meeting"
            and may_see_meeting(to, question, teams, invited=works and bool(row.number))
        },
    )


def last_event(question: Question) -> int:
    """The number of the newest event of the question: one query."""
    return (
        db.session.scalar(select(func.max(Event.id)).where(Event.question_id == question.id)) or 0
    )


def _question(rows: Sequence[AnyRow]) -> Question:
    named = [row.named_team_id for row in rows if row.named_team_id is not None]
    return cast(Question, SimpleNamespace(**rows[0]._mapping, circle_team_ids=named))


def _hypothesis(row: AnyRow, question: Question) -> tuple[Hypothesis, str]:
    return cast(Hypothesis, SimpleNamespace(**row._mapping, question=question)), row.team


def _claims(question: Question) -> tuple[list[AnyRow], dict[int, list[AnyRow]]]:
    """The claims, each once, and what each needs: one query."""
    claims: dict[int, AnyRow] = {}
    requests: dict[int, list[AnyRow]] = {}
    for row in db.rows(_CLAIMS, {"question": question.id}):
        claims.setdefault(row.id, row)
        if row.request_id is not None:
            requests.setdefault(row.id, []).append(row)
    return list(claims.values()), requests


def _projects(question: Question, user: User) -> Sequence[AnyRow]:
    statement = _PROJECTS_FOR_MODERATORS if user.is_moderator else _PROJECTS
    values = {"question": question.id, "me": user.id, "teams": user.team_ids}
    return db.rows(statement, values).all()


def _comments(question: Question, events: Sequence[AnyRow], user: User) -> dict[int, AnyRow]:
    first = next((e.data["comment_id"] for e in events if e.kind == "comment.posted"), None)
    if first is None:
        return {}
    rows = db.rows(_COMMENTS, {"question": question.id, "first": first})
    return {row.id: row for row in rows if may_see(user, row) or row.author_id == user.id}  # type: ignore[arg-type]


def _twins(question: Question, events: Sequence[AnyRow], user: User) -> Sequence[AnyRow]:
    """Questions merged into this one, and the one it was merged into, as far as the reader may
    read them: one query, none when nothing was merged."""
    if not any(event.kind in (Merged.kind, TwinReceived.kind) for event in events):
        return []
    return db.rows(
        select(
            Question.id,
            Question.ref,
            Question.title,
            Question.html,
            Question.language,
            Question.comment_count,
            Question.merged_into_id,
            Question.asker_id,
            Question.in_department_name,
        )
        .where(
            or_(Question.merged_into_id == question.id, Question.id == question.merged_into_id),
            policy.readable_by(user),
        )
        .order_by(Question.id)
    ).all()


def _carried(joined: Sequence[AnyRow], user: User) -> dict[int, list[AnyRow]]:
    """The messages written under the questions that were merged into this one, each with the event
    that is its address there: one query, none when there are none."""
    ids = [row.id for row in joined if row.comment_count]
    if not ids:
        return {}
    found: dict[int, list[AnyRow]] = {}
    for row in db.rows(_CARRIED, {"questions": ids}):
        if may_see(user, row):  # type: ignore[arg-type]
            found.setdefault(row.question_id, []).append(row)
    return found
