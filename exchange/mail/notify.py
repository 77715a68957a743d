"""Who hears of what: a follower of the log that puts letters in the box.

A receipt, a decision and an answer leave at once and always. News wait two minutes: what happens
meanwhile in the same thread joins the same letter, and what was read on the site meanwhile is not
sent at all. Access is checked here, and again when the letter leaves.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from exchange import clock, db
from exchange.attachments import facts as attachments
from exchange.discussion import facts as discussion
from exchange.discussion.models import Mention
from exchange.log.models import Event
from exchange.mail import meetings
from exchange.mail.models import SavedSearch
from exchange.mail.phrases import weight
from exchange.meetings import facts as meeting_facts
from exchange.moderation.deferrals import facts as deferrals
from exchange.moderation.flags import facts as flags
from exchange.moderation.flags.models import Verdict
from exchange.outbox.letters import put
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import Membership, Team, User
from exchange.questions import facts as moves
from exchange.questions import policy
from exchange.questions.models import TEXT_FIELDS, Follow, FollowLevel, Question, Support
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.research import facts as research
from exchange.research.candidates import facts as candidates
from exchange.research.dossier import facts as dossier
from exchange.research.models import Claim, Hypothesis, Project, ProjectState
from exchange.research.policy import may_read_hypothesis, may_read_project
from exchange.search import standing
from exchange.search.find import wanted
from exchange.thread.timeline import LINES
from exchange.vocabulary import current

DELAY = timedelta(minutes=2)

Tell = Callable[[Event, Question], None]


def follow(event: Event) -> None:
    """Put the letters that this event calls for."""
    tell = TELLS.get(event.kind)
    if tell is not None and event.question_id is not None:
        tell(event, db.session.get_one(Question, event.question_id))


def submitted(event: Event, question: Question) -> None:
    """Imported questions are not confirmed one by one."""
    if not event.data["imported"]:
        receipt(event, question)


def receipt(event: Event, question: Question) -> None:
    """Reference, place in the queue, what happens next."""
    put(
        "receipt",
        to=question.asker_id,
        reason=f"receipt:{event.id}",
        question_id=question.id,
        event_id=event.id,
    )


def returned(event: Event, question: Question) -> None:
    """Between the moderator, or the site, and the asker."""
    _decide(event, question)


def decided(event: Event, question: Question) -> None:
    """The asker hears the decision with its reason; the others that it was taken."""
    _decide(event, question)
    _spread(event, question, but={question.asker_id})


def published(event: Event, question: Question) -> None:
    """A decision; and news for whoever keeps a search that it fits and wants to hear at once."""
    decided(event, question)
    found = _searching(question)
    muted = set(_at_level(question, FollowLevel.MUTE))
    silent_for = muted | _already_hearing(question).keys() | {question.asker_id, event.actor_id}
    why = dict.fromkeys(found.keys() - silent_for, "search")
    for reader, reason in _readers(why, event, question):
        put(
            "news",
            to=reader.id,
            reason=f"news:{question.id}:{event.id}",
            question_id=question.id,
            due_at=clock.now() + DELAY,
            event_id=event.id,
            why=reason,
            search_id=found[reader.id],
        )


def twin_received(event: Event, question: Question) -> None:
    """The asker of the other question learns it from the decision."""
    asker_id = select(Question.asker_id).where(Question.id == event.data["from_id"])
    _spread(event, question, but={db.session.scalar(asker_id) or 0})


def concluded(event: Event, question: Question) -> None:
    """The answer: to the asker and everyone who supported, even those who muted the rest."""
    supporters = db.session.scalars(
        select(Support.user_id).where(Support.question_id == question.id)
    )
    why = _audience(event, question) | dict.fromkeys(supporters, "support")
    why[question.asker_id] = "asker"
    why.pop(event.actor_id or 0, None)
    for reader, reason in _readers(why, event, question):
        _put_at_once("answer", reader, reason, event, question)


def project_ended(event: Event, question: Question) -> None:
    """A project that concludes while another goes on answers all the same."""
    tell = concluded if event.data["state"] == ProjectState.CONCLUDED else happened
    tell(event, question)


def supported(event: Event, question: Question) -> None:
    """Only the asker: everyone else sees the count."""
    why = _audience(event, question)
    _news(event, question, {one: reason for one, reason in why.items() if reason == "asker"})


def asked_again(event: Event, question: Question) -> None:
    """Only the asker, whose opinion is awaited."""
    why = _audience(event, question)
    _news(event, question, {one: reason for one, reason in why.items() if reason == "asker"})


def redacted(event: Event, question: Question) -> None:
    """Those who wrote the words, and nobody else: telling more would make people look for them."""
    muted = set(_at_level(question, FollowLevel.MUTE))
    authors = set(event.data["author_ids"]) - muted
    if question.published_at is None:
        authors &= {question.asker_id}
    _news(event, question, dict.fromkeys(authors, "author"))


def flagged(event: Event, question: Question) -> None:
    """The author, when the text is out of sight: it is theirs, and they can mend it."""
    if event.data["hides"]:
        _answer_flag(event, question, event.data["author_id"], "author")


def flag_decided(event: Event, question: Question) -> None:
    """Who reported it; and the author, when something was or is out of sight."""
    _answer_flag(event, question, event.data["reporter_id"], "reporter")
    if event.data["hidden"] or event.data["verdict"] == Verdict.REMOVED:
        _answer_flag(event, question, event.data["author_id"], "author")


def silent(event: Event, question: Question) -> None:
    """The team is asked for news, or told that its claim ends; so is the asker. At once, and
    whatever they read by mail: it asks something of them."""
    why = _audience(event, question)
    members = db.session.scalars(
        select(Membership.user_id).where(Membership.team_id == event.data["team_id"])
    )
    chosen = {question.asker_id: "asker", **dict.fromkeys(members, "team")}
    muted = set(_at_level(question, FollowLevel.MUTE))
    for reader, reason in _readers(
        {one: r for one, r in chosen.items() if one not in muted}, event, question
    ):
        _put_at_once("silence", reader, reason, event, question)
        why.pop(reader.id, None)
    if event.kind == moves.Lapsed.kind:
        _news(event, question, why)


def project_silent(event: Event, question: Question) -> None:
    """Its lead team, investigator and clinical co-lead are asked for a line: one letter each,
    however many questions the project has. At once, and whatever they read by mail."""
    project = db.session.get_one(Project, event.data["project_id"])
    members = db.session.scalars(
        select(Membership.user_id).where(Membership.team_id == project.lead_team_id)
    )
    why = dict.fromkeys([*members, project.investigator_id, project.colead_id], "project")
    for reader, reason in _readers(why, event, question):
        _put_at_once(
            "quarter", reader, reason, event, question, once=f"{project.id}:{project.asked_on}"
        )


def project_unsealed(event: Event, question: Question) -> None:
    """Everybody whose work it is hears that an administrator reads it, a partner who may not read
    the question too: one letter each, at once, whatever they read by mail."""
    project = db.session.get_one(Project, event.data["project_id"])
    teams = [project.lead_team_id, *(team.id for team in project.partners)]
    members = db.session.scalars(select(Membership.user_id).where(Membership.team_id.in_(teams)))
    askers = [one.question.asker_id for one in project.hypotheses]
    concerned = [*members, project.investigator_id, project.colead_id, *askers]
    for reader in _active(concerned):
        if may_read_project(reader, project):
            put(
                "unsealed",
                to=reader.id,
                reason=f"unsealed:{event.data['unsealing_id']}",
                question_id=question.id if policy.may_read(reader, question) else None,
                event_id=event.id,
            )


def happened(event: Event, question: Question) -> None:
    """News for whoever follows, works on the question, asked it or is mentioned."""
    _spread(event, question)


TELLS: dict[str, Tell] = {
    moves.Submitted.kind: submitted,
    moves.Resubmitted.kind: receipt,
    moves.Published.kind: published,
    moves.Returned.kind: returned,
    moves.Postponed.kind: returned,
    moves.Declined.kind: decided,
    moves.Merged.kind: decided,
    moves.Parked.kind: decided,
    moves.Woken.kind: decided,
    moves.Reopened.kind: decided,
    moves.TwinReceived.kind: twin_received,
    moves.Separated.kind: decided,
    moves.SeparatedUnread.kind: returned,
    moves.Reconsidered.kind: returned,
    moves.TwinLeft.kind: twin_received,
    moves.Withdrawn.kind: happened,
    moves.Claimed.kind: happened,
    moves.Released.kind: happened,
    moves.Lapsed.kind: silent,
    moves.HypothesisOpened.kind: happened,
    moves.HypothesesExhausted.kind: happened,
    moves.ProjectStarted.kind: happened,
    moves.ProjectStopped.kind: happened,
    moves.Concluded.kind: concluded,
    moves.Revised.kind: happened,
    moves.Rephrased.kind: happened,
    moves.Supported.kind: supported,
    moves.Restored.kind: returned,
    moves.ObjectionAnswered.kind: returned,
    moves.MergeProposed.kind: returned,
    moves.StillUnclaimed.kind: returned,
    moves.Redacted.kind: redacted,
    attachments.Attached.kind: happened,
    attachments.OutcomeProved.kind: happened,
    flags.Flagged.kind: flagged,
    flags.FlagDecided.kind: flag_decided,
    research.ClaimJoined.kind: happened,
    research.ClaimUpdated.kind: happened,
    research.ClaimLeft.kind: happened,
    research.ClaimNudged.kind: silent,
    research.ClaimWarned.kind: silent,
    research.ClaimDeferred.kind: happened,
    research.LeadHandedOver.kind: happened,
    research.RequestMade.kind: happened,
    research.RequestAnswered.kind: happened,
    research.HypothesisProposed.kind: happened,
    research.HypothesisRevised.kind: happened,
    research.EvidenceAdded.kind: happened,
    research.HypothesisEndorsed.kind: happened,
    research.HypothesisMissing.kind: happened,
    research.VerdictGiven.kind: happened,
    research.HypothesisFrozen.kind: happened,
    research.OpinionAskedAgain.kind: asked_again,
    research.ProjectAdded.kind: happened,
    research.ProjectEnded.kind: project_ended,
    research.MilestoneReached.kind: happened,
    research.MilestoneAdded.kind: happened,
    research.PeopleChanged.kind: happened,
    research.FundingAdded.kind: happened,
    research.ProjectNewsAsked.kind: project_silent,
    research.ProjectUnsealed.kind: project_unsealed,
    research.OutcomeRecorded.kind: happened,
    research.OutcomeLinked.kind: happened,
    research.OutcomeChanged.kind: happened,
    dossier.DecisionLogged.kind: happened,
    candidates.CandidateEntered.kind: happened,
    discussion.Commented.kind: happened,
    meeting_facts.MeetingProposed.kind: meetings.proposed,
    meeting_facts.MeetingAnswered.kind: meetings.answered,
    meeting_facts.MeetingFixed.kind: meetings.invite,
    meeting_facts.MeetingMoved.kind: meetings.invite,
    meeting_facts.MeetingCancelled.kind: meetings.cancelled,
}

SILENT = {
    moves.Contested.kind,
    moves.MergeRefused.kind,
    moves.SupportRemoved.kind,
    moves.AudienceChanged.kind,
    moves.AreaChanged.kind,
    moves.Tagged.kind,
    moves.Recalled.kind,
    research.ProjectSealedAgain.kind,
    dossier.DossierChanged.kind,
    dossier.RiskNoted.kind,
    dossier.RiskChanged.kind,
    candidates.CandidateChanged.kind,
    deferrals.Deferred.kind,
    deferrals.Resumed.kind,
    attachments.AttachmentRemoved.kind,
    attachments.ProofRemoved.kind,
    discussion.CommentEdited.kind,
}
"""On the timeline only; what moderators wait for is in their queue."""


def _answer_flag(event: Event, question: Question, to: int, why: str) -> None:
    """Once for each text and role: somebody who reported and wrote it hears both."""
    put(
        "flag",
        to=to,
        reason=f"flag:{why}:{event.id}",
        question_id=question.id,
        event_id=event.id,
        why=why,
    )


def _put_at_once(
    letter: str, reader: User, why: str, event: Event, question: Question, *, once: str = ""
) -> None:
    """A letter that leaves at once, whatever they read by mail; one only for each `once` (else for
    the event)."""
    put(
        letter,
        to=reader.id,
        reason=f"{letter}:{once or event.id}",
        question_id=question.id,
        event_id=event.id,
        why=why,
    )


def _decide(event: Event, question: Question) -> None:
    if event.actor_id != question.asker_id:
        put(
            "decision",
            to=question.asker_id,
            reason=f"decision:{event.id}",
            question_id=question.id,
            event_id=event.id,
        )


def _spread(event: Event, question: Question, *, but: Iterable[int] = ()) -> None:
    why = _audience(event, question)
    for user_id in but:
        why.pop(user_id, None)
    _news(event, question, why)


def _news(event: Event, question: Question, why: dict[int, str]) -> None:
    """One letter each, unless one that has not begun to leave will tell this too."""
    ahead = _already_hearing(question)
    for reader, reason in _readers(why, event, question):
        if reader.id in ahead:
            _name_weightiest(ahead[reader.id], event)
        else:
            put(
                "news",
                to=reader.id,
                reason=f"news:{question.id}:{event.id}",
                question_id=question.id,
                due_at=clock.now() + DELAY,
                state=LetterState.WAITING if reader.instant_mail else LetterState.SITE,
                event_id=event.id,
                why=reason,
            )


def _name_weightiest(letter: Letter, event: Event) -> None:
    """The notice says what matters most among what the letter tells; of two moves, the last."""
    named = db.session.get_one(Event, letter.data.get("named_id", letter.data["event_id"]))
    heavier = weight(event.kind) > weight(named.kind)
    if heavier or (event.kind in MOVE_OF_FACT and event.id > named.id):
        letter.data = {**letter.data, "named_id": event.id}


def _audience(event: Event, question: Question) -> dict[int, str]:
    """Who is to hear of the event, and why: not who did it, not who muted the question, and
    nobody but the asker before a moderator has read it."""
    if question.published_at is None:
        why = {question.asker_id: "asker"}
    else:
        why = {
            **dict.fromkeys(_mentioned(event), "mention"),
            **dict.fromkeys(_of_teams(question), "team"),
            **dict.fromkeys(_at_level(question, FollowLevel.FOLLOW), "follow"),
            question.asker_id: "asker",
        }
    for user_id in _at_level(question, FollowLevel.MUTE):
        why.pop(user_id, None)
    why.pop(event.actor_id or 0, None)
    return why


def _mentioned(event: Event) -> Iterable[int]:
    comment_id = event.data.get("comment_id")
    return db.session.scalars(select(Mention.user_id).where(Mention.comment_id == comment_id))


def _of_teams(question: Question) -> Iterable[int]:
    return db.session.scalars(
        select(Membership.user_id)
        .join(Claim, Claim.team_id == Membership.team_id)
        .where(Claim.question_id == question.id, Claim.ended_at.is_(None))
    )


def _at_level(question: Question, level: FollowLevel) -> Iterable[int]:
    return db.session.scalars(
        select(Follow.user_id).where(Follow.question_id == question.id, Follow.level == level)
    )


def _searching(question: Question) -> dict[int, int]:
    """Who keeps a search that the question fits, to hear at once, and which: one query."""
    vocabulary = current.in_force()
    text = "\n".join([question.title, *(getattr(question, name) for name in TEXT_FIELDS)])
    said = standing.features(text, question.tags, vocabulary)
    kept = db.session.scalars(
        select(SavedSearch).where(SavedSearch.at_once.is_(True)).order_by(SavedSearch.id.desc())
    )
    return {
        one.user_id: one.id for one in kept if standing.fits(wanted(one.words, vocabulary), said)
    }


def _already_hearing(question: Question) -> dict[int, Letter]:
    """By reader, the news of this question that have not begun to leave, or were not read."""
    untouched = and_(Letter.state == LetterState.WAITING, Letter.attempts == 0)
    unread = and_(Letter.state == LetterState.SITE, Letter.read_at.is_(None))
    found = db.session.scalars(
        select(Letter).where(
            Letter.question_id == question.id, Letter.kind == "news", or_(untouched, unread)
        )
    )
    return {letter.user_id: letter for letter in found}


def _readers(why: dict[int, str], event: Event, question: Question) -> Iterable[tuple[User, str]]:
    """The active ones who may know of the event: two queries."""
    return [(one, why[one.id]) for one in _active(why) if _may_hear(one, event, question)]


def _active(numbers: Iterable[int]) -> Iterable[User]:
    """Those of these people who are here, with their teams: one query."""
    return db.session.scalars(
        select(User)
        .where(User.id.in_(numbers), User.active.is_(True))
        .options(
            joinedload(User.memberships).joinedload(Membership.team).joinedload(Team.institution)
        )
        .order_by(User.id)
    ).unique()


def _may_hear(user: User, event: Event, question: Question) -> bool:
    """May read the question; and the hypothesis or project, unless the timeline tells everyone
    that something happened to one."""
    if not policy.may_read(user, question):
        return False
    line = LINES.get(event.kind)
    if line is not None and line.secret:
        return True
    hypothesis_id, project_id = event.data.get("hypothesis_id"), event.data.get("project_id")
    if hypothesis_id is not None:
        return may_read_hypothesis(user, db.session.get_one(Hypothesis, hypothesis_id))
    if project_id is not None:
        return may_read_project(user, db.session.get_one(Project, project_id))
    return True
