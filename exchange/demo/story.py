"""Telling the demo story: every step is played by its action, at its own date, in the order of
time, so that log, counters and figures are those of a year of real use."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select, update

from exchange import clock, db
from exchange.discussion import actions as discussion
from exchange.discussion.models import Comment
from exchange.log.models import Bookmark, Event
from exchange.mail.models import Received
from exchange.mail.receiving import outcomes
from exchange.meetings import actions as meetings
from exchange.meetings.models import Answer, Way
from exchange.meetings.queries import living_meeting
from exchange.moderation import actions as moderation
from exchange.moderation import scores
from exchange.moderation.causes import Cause
from exchange.moderation.flags import actions as flags
from exchange.moderation.flags import targets
from exchange.moderation.grounds import Ground
from exchange.moderation.merges import proposals
from exchange.moderation.models import CannedReply
from exchange.moderation.objections import actions as objections
from exchange.paths import DEMO
from exchange.people import accounts as joining
from exchange.people import links
from exchange.people.demo import DEMO_HANDLES, DEMO_PASSWORD
from exchange.people.models import (
    Area,
    DigestPeriod,
    Institution,
    InstitutionKind,
    Membership,
    Purpose,
    Role,
    Team,
    TeamKind,
    User,
)
from exchange.people.passwords import digest
from exchange.questions import actions as asking
from exchange.questions.content import Content
from exchange.questions.models import PICO_FIELDS, Audience, Band, Follow, Kind, Question, Severity
from exchange.research import ageing, claims, hypotheses, needs, outputs, projects
from exchange.research.candidates import actions as candidates
from exchange.research.candidates.models import Make, Progress, Reach
from exchange.research.dossier import actions as dossier
from exchange.research.dossier.models import Category, Degree, Methodology, Rights, Translation
from exchange.research.models import (
    HYPOTHESIS_TEXTS,
    Claim,
    ClaimRequest,
    Direction,
    Hypothesis,
    Milestone,
    Outcome,
    OutcomeKind,
    Phase,
    Project,
    Reply,
    RequestKind,
    Silence,
    Stance,
    Strength,
    TrialStatus,
    Verdict,
)
from exchange.settings import Settings
from exchange.text import render

Data = dict[str, Any]

DOSSIER_WORDS: dict[str, Callable[[Any], Any]] = {
    "trl": int,
    "translation": Translation,
    "category": Category,
    "methodology": Methodology,
    "methodology_on": date.fromisoformat,
    "rights": Rights,
}
"""How the story's words for the dossier of a project are read."""

FRESH_DAYS = 6
"""What is younger than this many days is left unread, so that a newcomer finds news."""


@dataclass
class Stage:
    """Everything the story has made so far, by the names it uses."""

    today: date
    teams: dict[str, Team]
    people: dict[str, User]
    questions: dict[str, Question]
    hypotheses: dict[str, Hypothesis]
    projects: dict[str, Project]
    needs: dict[str, ClaimRequest]
    outcomes: dict[str, Outcome]

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)


def tell(*, progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
    """Play the whole story into an empty database (the caller commits). Returns how many steps
    were played; `progress` hears of each."""
    today = clock.now().date()
    with clock.at(datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days=400)):
        stage = _cast(today)
    beats = sorted(_beats(today), key=lambda beat: beat[0])
    latest = clock.now() - timedelta(minutes=5)
    for number, (moment, play) in enumerate(beats, start=1):
        with clock.at(min(moment, latest)):
            play(stage)
        progress(number, len(beats))
    _settle()
    return len(beats)


def is_told() -> bool:
    """Whether anybody is in the database already."""
    return bool(db.session.scalar(select(func.count()).select_from(User)))


def notice() -> str:
    """The sentence that says that the people are invented."""
    return str(_read("texts.toml")["notice"])


def load_canned_replies() -> None:
    """The moderator's ready reasons, in both languages."""
    for reply in _read("texts.toml")["reply"]:
        for locale in ("fr", "en"):
            db.session.add(
                CannedReply(
                    use=reply["for"],
                    locale=locale,
                    title=reply[f"title_{locale}"],
                    text=reply[f"text_{locale}"],
                )
            )


def accounts() -> list[dict[str, str]]:
    """The demo sign-ins: role, email, password."""
    people = {person["handle"]: person for person in _read("people.toml")["person"]}
    return [
        {
            "role": people[handle]["roles"][0],
            "email": people[handle]["email"],
            "password": DEMO_PASSWORD,
        }
        for handle in DEMO_HANDLES
    ]


def _read(name: str) -> Data:
    return tomllib.loads((DEMO / name).read_text(encoding="utf-8"))


def _cast(today: date) -> Stage:
    data = _read("people.toml")
    institutions = {
        one["slug"]: Institution(
            slug=one["slug"],
            name=one["name"],
            short=one["short"],
            kind=InstitutionKind(one["kind"]),
            city=one["city"],
        )
        for one in data["institution"]
    }
    teams = {one["slug"]: _team(one, institutions) for one in data["team"]}
    db.session.add_all([*institutions.values(), *teams.values()])
    password = digest(DEMO_PASSWORD)
    people = {one["handle"]: _person(one, teams, password) for one in data["person"]}
    db.session.add_all(people.values())
    db.session.flush()
    return Stage(today, teams, people, {}, {}, {}, {}, {})


def _team(data: Data, institutions: dict[str, Institution]) -> Team:
    return Team(
        slug=data["slug"],
        name=data["name"],
        institution=institutions[data["institution"]],
        kind=TeamKind(data["kind"]),
        description=data["description"],
        description_html=render(data["description"]),
        expertise=data["expertise"],
        techniques=data["techniques"],
        areas=data["areas"],
    )


def _person(data: Data, teams: dict[str, Team], password: str) -> User:
    roles = sum(Role[role.upper()] for role in data["roles"])
    team = data.get("team")
    return User(
        email=data["email"],
        handle=data["handle"],
        name=data["name"],
        title=data["title"],
        password_hash=password,
        role_bits=int(roles),
        locale=data["locale"],
        areas=data["areas"],
        digest=DigestPeriod(data["digest"]),
        unsubscribe_token=f"demo-{data['handle']}",
        memberships=[Membership(team=teams[team], lead=data["lead"])] if team else [],
    )


Beat = tuple[datetime, Callable[[Stage], None]]


def _beats(today: date) -> Iterator[Beat]:
    """Every act with its instant. Acts of one question on one day follow each other."""
    files = sorted((DEMO / "questions").glob("*.toml"))
    told = [q for f in files for q in tomllib.loads(f.read_text(encoding="utf-8"))["question"]]
    for number, one in enumerate(_read("people.toml")["applicant"]):
        asked = datetime(today.year, today.month, today.day, 8, tzinfo=UTC)
        yield asked + timedelta(days=one["day"], minutes=number), _applied(one)
    for place, question in enumerate(told):
        acts = [(question["day"], _asked(question))]
        acts += [(step["day"], _played(question["key"], step)) for step in question.get("step", [])]
        for order, (day, act) in enumerate(acts):
            morning = datetime(today.year, today.month, today.day, 7, tzinfo=UTC)
            yield morning + timedelta(days=day, minutes=place * 7 + order * 23), act


def _applied(data: Data) -> Callable[[Stage], None]:
    """Somebody who asks for an account."""

    def play(stage: Stage) -> None:
        link = links.make(Purpose.REGISTRATION, None, email=data["email"])
        joining.prepare(link)
        joining.apply(
            link,
            name=data["name"],
            title=data["title"],
            role=Role[data["role"].upper()],
            team=stage.teams[data["team"]],
            hashed=digest(DEMO_PASSWORD),
        )

    return play


def _asked(data: Data) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        content = Content(
            title=data["title"],
            problem=data["problem"].strip(),
            area=Area(data["area"]),
            kind=Kind(data["kind"]),
            practice=data.get("practice", ""),
            shortfall=data.get("shortfall", ""),
            population=data.get("population", ""),
            **{name: data.get(name, "") for name in PICO_FIELDS},
            known=data.get("known", ""),
            resources=data.get("resources", ""),
            known_searched_on=stage.day(data["searched"]) if "searched" in data else None,
            patients=Band(data["patients"]) if "patients" in data else None,
            severity=Severity(data["severity"]) if "severity" in data else None,
            partner=data.get("partner", False),
            in_department_name=data.get("anonymous", False),
            audience=Audience(data.get("audience", "members")),
            circle_team_ids=tuple(stage.teams[slug].id for slug in data.get("circle", [])),
        )
        by = stage.people[data["by"]]
        if data.get("draft"):
            question = asking.save_draft(content, by=by)
        else:
            question = asking.submit(content, by=by, confirmed=True)
        stage.questions[data["key"]] = question

    return play


def _played(key: str, step: Data) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        STEPS[step["do"]](stage, stage.questions[key], stage.people[step["by"]], step)
        db.session.flush()

    return play


def _publish(_stage: Stage, question: Question, by: User, _step: Data) -> None:
    moderation.publish(question, by=by)


def _return(_stage: Stage, question: Question, by: User, step: Data) -> None:
    moderation.return_(question, reason=step["reason"], by=by, confirmed=True)


def _resubmit(_stage: Stage, question: Question, by: User, step: Data) -> None:
    asking.resubmit(question, answer=step.get("text", ""), by=by, confirmed=True)


def _decline(_stage: Stage, question: Question, by: User, step: Data) -> None:
    cause = Cause(step["cause"])
    moderation.decline(question, reason=step["reason"], cause=cause, by=by, confirmed=True)


def _merge(stage: Stage, question: Question, by: User, step: Data) -> None:
    into = stage.questions[step["into"]]
    moderation.merge(question, into, reason=step.get("reason", ""), by=by, confirmed=True)


def _propose_merge(stage: Stage, question: Question, by: User, step: Data) -> None:
    into = stage.questions[step["into"]]
    proposals.propose(question, into, reason=step["reason"], by=by, confirmed=True)


def _withdraw(_stage: Stage, question: Question, by: User, step: Data) -> None:
    asking.withdraw(question, reason=step.get("reason", ""), by=by, confirmed=True)


def _park(_stage: Stage, question: Question, by: User, step: Data) -> None:
    moderation.park(question, reason=step["reason"], by=by, confirmed=True)


def _wake(_stage: Stage, question: Question, by: User, step: Data) -> None:
    asking.wake(question, reason=step.get("reason", ""), by=by, confirmed=True)


def _support(_stage: Stage, question: Question, by: User, step: Data) -> None:
    band = Band(step["band"]) if "band" in step else None
    asking.support(question, band=band, note=step.get("note", ""), by=by, confirmed=True)


def _comment(_stage: Stage, question: Question, by: User, step: Data) -> None:
    by_mail = step.get("by_mail", False)
    discussion.comment(question, text=step["text"].strip(), by=by, confirmed=True, by_mail=by_mail)


def _score(_stage: Stage, question: Question, by: User, step: Data) -> None:
    scores.give(question, step["grades"], by=by)


def _rephrase(_stage: Stage, question: Question, by: User, step: Data) -> None:
    moderation.rephrase(
        question, title=step["title"], problem=question.problem, by=by, confirmed=True
    )


def _contest(_stage: Stage, question: Question, by: User, step: Data) -> None:
    objections.contest(question, reason=step["reason"], by=by, confirmed=True)


def _refused_mail(_stage: Stage, question: Question, by: User, step: Data) -> None:
    db.session.add(
        Received(
            key=f"demo:{question.ref}",
            door="lmtp",
            outcome=outcomes.Outcome(step["outcome"]),
            size=step["size"],
            message_id="",
            user_id=by.id,
            question_id=question.id,
        )
    )


def _remind(stage: Stage, question: Question, _by: User, step: Data) -> None:
    claim, today = _living(stage, question, step), clock.now().date()
    ageing.remind(
        claim,
        Silence(step["silence"]),
        heard=claim.heard_at.date(),
        today=today,
        patience=ageing.Patience.of(Settings()),
    )


def _flag_comment(_stage: Stage, question: Question, by: User, step: Data) -> None:
    """The last message of the thread."""
    last = select(func.max(Comment.id)).where(Comment.question_id == question.id)
    target = targets.of_comment(db.session.scalars(last).one(), to=by)
    flags.flag(target, ground=Ground(step["ground"]), text=step["text"], by=by, confirmed=True)


def _flag(_stage: Stage, question: Question, by: User, step: Data) -> None:
    target = targets.of_question(question.ref or "", to=by)
    flags.flag(target, ground=Ground(step["ground"]), text=step["text"], by=by, confirmed=True)


def _promise(stage: Stage, step: Data) -> claims.Promise:
    return claims.Promise(
        why=step["why"],
        needs=step["needs"],
        next_step=step["next_step"],
        next_step_on=stage.day(step["next_day"]) if "next_day" in step else None,
    )


def _claim(stage: Stage, question: Question, by: User, step: Data) -> None:
    team = stage.teams[step["team"]]
    claims.claim(question, _promise(stage, step), team=team, by=by, confirmed=True)


def _join(stage: Stage, question: Question, by: User, step: Data) -> None:
    team = stage.teams[step["team"]]
    claims.join(question, _promise(stage, step), team=team, by=by, confirmed=True)


def _living(stage: Stage, question: Question, step: Data) -> Claim:
    found = claims.living_claim(question, stage.teams[step["team"]])
    if found is None:
        raise ValueError(f"{step['team']} holds no claim on {question.ref}")
    return found


def _update(stage: Stage, question: Question, by: User, step: Data) -> None:
    claims.update(
        _living(stage, question, step),
        text=step["text"],
        next_step=step.get("next_step", ""),
        next_step_on=stage.day(step["next_day"]) if "next_day" in step else None,
        by=by,
        confirmed=True,
    )


def _need(stage: Stage, question: Question, by: User, step: Data) -> None:
    asked = needs.ask(
        _living(stage, question, step),
        kind=RequestKind(step["kind"]),
        text=step["text"],
        by=by,
        confirmed=True,
    )
    stage.needs[step["key"]] = asked


def _answer_need(stage: Stage, _question: Question, by: User, step: Data) -> None:
    needs.answer(
        stage.needs[step["need"]],
        reply=Reply(step["reply"]),
        note=step.get("note", ""),
        by=by,
        confirmed=True,
    )


def _hand_over(stage: Stage, question: Question, by: User, step: Data) -> None:
    to = claims.living_claim(question, stage.teams[step["to"]])
    if to is None:
        raise ValueError(f"{step['to']} never joined {question.ref}")
    claims.hand_over(_living(stage, question, step), to, by=by)


def _release(stage: Stage, question: Question, by: User, step: Data) -> None:
    claims.release(_living(stage, question, step), reason=step["reason"], by=by, confirmed=True)


def _hypothesis(stage: Stage, question: Question, by: User, step: Data) -> None:
    stage.hypotheses[step["key"]] = hypotheses.propose(
        question,
        hypotheses.Idea(
            statement=step["statement"].strip(),
            rationale=step["rationale"].strip(),
            prediction=step["prediction"].strip(),
            direction=Direction(step["direction"]),
            refutation=step["refutation"].strip(),
            plan=step["plan"].strip(),
        ),
        team=stage.teams[step["team"]],
        by=by,
        confidential=step.get("confidential", False),
        confirmed=True,
    )


def _revise(stage: Stage, _question: Question, by: User, step: Data) -> None:
    said = stage.hypotheses[step["hypothesis"]]
    words = {name: step.get(name, getattr(said, name)).strip() for name in HYPOTHESIS_TEXTS}
    hypotheses.revise(
        said,
        hypotheses.Idea(direction=said.direction, **words),
        since=hypotheses.last_number(said),
        by=by,
        confirmed=True,
    )


def _evidence(stage: Stage, _question: Question, by: User, step: Data) -> None:
    hypotheses.add_evidence(
        stage.hypotheses[step["hypothesis"]],
        stance=Stance(step["stance"]),
        note=step["note"],
        identifier=step.get("identifier", ""),
        strength=Strength(step["strength"]) if "strength" in step else None,
        by=by,
        confirmed=True,
    )


def _endorse(stage: Stage, _question: Question, by: User, step: Data) -> None:
    chosen = stage.hypotheses[step["hypothesis"]]
    hypotheses.endorse(chosen, note=step.get("note", ""), by=by, confirmed=True)


def _missing(stage: Stage, _question: Question, by: User, step: Data) -> None:
    chosen = stage.hypotheses[step["hypothesis"]]
    hypotheses.say_missing(chosen, note=step["note"], by=by, confirmed=True)


def _verdict(stage: Stage, _question: Question, by: User, step: Data) -> None:
    judged = stage.hypotheses[step["hypothesis"]]
    db.session.refresh(judged, ["evidence"])
    hypotheses.judge(
        judged,
        verdict=Verdict(step["verdict"]),
        reason=step["reason"],
        evidence=[judged.evidence[rank - 1] for rank in step.get("decisive", [])],
        successor=stage.hypotheses[step["successor"]] if "successor" in step else None,
        by=by,
        confirmed=True,
    )


def _project(stage: Stage, _question: Question, by: User, step: Data) -> None:
    plan = projects.Plan(
        title=step["title"],
        summary=step["summary"].strip(),
        lead_team=stage.teams[step["lead"]],
        investigator=stage.people[step["pi"]],
        colead=stage.people[step["colead"]],
        partners=[stage.teams[slug] for slug in step.get("partners", [])],
        confidential=step.get("confidential", False),
        funding=[
            (
                line["source"],
                line["amount"],
                stage.day(line["start_day"]),
                stage.day(line["end_day"]),
            )
            for line in step.get("funding", [])
        ],
        milestones=[
            (one["title"], stage.day(one["planned_day"])) for one in step.get("milestones", [])
        ],
    )
    chosen = [stage.hypotheses[key] for key in step["hypotheses"]]
    project = projects.start(chosen, plan, by=by, confirmed=True)
    stage.projects[step["key"]] = project
    for told in step.get("milestones", []):
        if "done_day" in told:
            _milestone(project, told["title"]).done_on = stage.day(told["done_day"])


def _milestone(project: Project, title: str) -> Milestone:
    return next(one for one in project.milestones if one.title == title)


def _milestone_done(stage: Stage, _question: Question, by: User, step: Data) -> None:
    project = stage.projects[step["project"]]
    projects.reach(_milestone(project, step["title"]), project, by=by)


def _dossier(stage: Stage, _question: Question, by: User, step: Data) -> None:
    project = stage.projects[step["project"]]
    values = {**dict.fromkeys(dossier.PARTS[step["part"]], ""), **step["said"]}
    for name, kind in DOSSIER_WORDS.items():
        if name in values:
            values[name] = kind(values[name]) if values[name] else None
    dossier.change(project, step["part"], values, by=by, confirmed=True)


def _risk(stage: Stage, _question: Question, by: User, step: Data) -> None:
    dossier.note_risk(
        stage.projects[step["project"]],
        what=step["what"],
        likelihood=Degree(step["likelihood"]),
        effect=Degree(step["effect"]),
        answer=step["answer"],
        by=by,
        confirmed=True,
    )


def _decision(stage: Stage, _question: Question, by: User, step: Data) -> None:
    dossier.log_decision(
        stage.projects[step["project"]],
        taken_on=stage.day(step["day"]),
        who=step["who"],
        what=step["what"],
        why=step["why"],
        by=by,
        confirmed=True,
    )


def _candidate(stage: Stage, question: Question, by: User, step: Data) -> None:
    project = stage.projects[step["project"]]
    entry = candidates.Entry(
        name=step["name"],
        target=step["target"],
        make=Make(step["make"]),
        progress=Progress(step["progress"]),
        reach=Reach(step["reach"]) if "reach" in step else None,
        reference=step.get("reference", ""),
        question_id=question.id,
    )
    known = {one.name: one for one in candidates.of_project(project)}
    if entry.name in known:
        candidates.change(known[entry.name], project, entry, by=by, confirmed=True)
    else:
        candidates.enter(project, entry, by=by, confirmed=True)


def _outcome(stage: Stage, _question: Question, by: User, step: Data) -> None:
    project = stage.projects[step["project"]]
    stage.outcomes[step.get("key", "")] = outputs.note(
        project,
        kind=OutcomeKind(step["kind"]),
        summary=step["summary"],
        reference=step.get("reference", ""),
        phase=Phase(step["phase"]) if "phase" in step else None,
        status=TrialStatus(step["status"]) if "status" in step else None,
        quantity=step.get("quantity"),
        by=by,
        confirmed=True,
    )


def _link_outcome(stage: Stage, _question: Question, by: User, step: Data) -> None:
    outputs.link(stage.outcomes[step["outcome"]], stage.projects[step["project"]], by=by)


def _meeting(stage: Stage, question: Question, by: User, step: Data) -> None:
    plan = meetings.Plan(
        way=Way(step["way"]), place=step["place"], minutes=step["minutes"], zone=by.timezone
    )
    dates = [
        datetime.combine(stage.day(one["day"]), time.fromisoformat(one["hour"]))
        for one in step["dates"]
    ]
    meetings.propose(question, plan, dates=dates, word=step["word"], by=by, confirmed=True)


def _meeting_answer(_stage: Stage, question: Question, by: User, step: Data) -> None:
    meeting = living_meeting(question)
    if meeting is None:
        raise ValueError(f"nobody meets about {question.ref}")
    said = zip(meeting.dates, step["answers"], strict=True)
    meetings.answer(meeting, {date.id: Answer(word) for date, word in said}, by=by)


def _stop(stage: Stage, _question: Question, by: User, step: Data) -> None:
    projects.stop(stage.projects[step["project"]], reason=step["reason"], by=by, confirmed=True)


def _conclude(stage: Stage, _question: Question, by: User, step: Data) -> None:
    project = stage.projects[step["project"]]
    projects.conclude(project, answer=step["answer"], verdicts={}, by=by, confirmed=True)


STEPS: dict[str, Callable[[Stage, Question, User, Data], None]] = {
    "publish": _publish,
    "return": _return,
    "resubmit": _resubmit,
    "decline": _decline,
    "merge": _merge,
    "propose_merge": _propose_merge,
    "withdraw": _withdraw,
    "park": _park,
    "wake": _wake,
    "support": _support,
    "comment": _comment,
    "flag": _flag,
    "flag_comment": _flag_comment,
    "rephrase": _rephrase,
    "contest": _contest,
    "refused_mail": _refused_mail,
    "remind": _remind,
    "score": _score,
    "claim": _claim,
    "join": _join,
    "update": _update,
    "need": _need,
    "answer_need": _answer_need,
    "hand_over": _hand_over,
    "release": _release,
    "hypothesis": _hypothesis,
    "revise": _revise,
    "evidence": _evidence,
    "endorse": _endorse,
    "missing": _missing,
    "verdict": _verdict,
    "project": _project,
    "milestone_done": _milestone_done,
    "dossier": _dossier,
    "risk": _risk,
    "decision": _decision,
    "candidate": _candidate,
    "outcome": _outcome,
    "link_outcome": _link_outcome,
    "meeting": _meeting,
    "meeting_answer": _meeting_answer,
    "stop": _stop,
    "conclude": _conclude,
}


def _settle() -> None:
    """What is old was read and mailed long ago; the last days are news."""
    fresh = clock.now() - timedelta(days=FRESH_DAYS)
    last_old = db.session.scalar(select(func.max(Event.id)).where(Event.at < fresh)) or 0
    db.session.execute(update(Follow).values(read_event_id=last_old))
    db.session.execute(update(User).values(digest_event_id=last_old))
    db.session.add(Bookmark(follower="letters", event_id=last_old, attempts=0, error=""))
