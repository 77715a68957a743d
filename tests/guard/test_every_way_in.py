"""Every way in, with an identifier in it and with the same text without. Mail replies, imports, file
metadata and what a page keeps while one types have their own tests; the last test here finds a call
of the gate that no way leads through."""

import ast
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import exchange
from exchange import clock, db
from exchange.attachments import actions as attachments
from exchange.attachments.store import open_store
from exchange.discussion import actions as discussion
from exchange.guard import gate
from exchange.guard.gate import IdentityFound
from exchange.mail import choices
from exchange.meetings import actions as meetings
from exchange.meetings.models import Way
from exchange.moderation import actions as moderation
from exchange.moderation import queue
from exchange.moderation.batches import actions as batches
from exchange.moderation.causes import Cause
from exchange.moderation.deferrals import actions as deferrals
from exchange.moderation.flags import actions as flags
from exchange.moderation.flags import targets
from exchange.moderation.flags.models import Verdict
from exchange.moderation.grounds import Ground
from exchange.moderation.replies import actions as replies
from exchange.people import actions as people
from exchange.people.models import Team, User
from exchange.questions import actions as asking
from exchange.questions import wording
from exchange.questions.models import Band, Question
from exchange.research import claims, hypotheses, needs, outputs, projects
from exchange.research.candidates import actions as candidates
from exchange.research.dossier import actions as dossier
from exchange.research.dossier.models import Degree
from exchange.research.models import OutcomeKind, RequestKind, Stance
from exchange.research.models import Verdict as Judged
from exchange.settings import Settings
from exchange.vocabulary import actions as vocabulary
from exchange.vocabulary.concepts import Concept
from tests import factories

HARMLESS = "Le rappeler la semaine prochaine"
NAMING = "Le rappeler au 06 12 34 56 71"

Step = Callable[[str], Any]
HERE = Path(exchange.__file__).parent

ASKS = "gate.check("

ELSEWHERE = {
    (
        "moderation/batches/views.py",
        "_put_aside",
    ),  # a reason of `deferrals.defer`, read once for all
}


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """The functions that asked the gate: file and name."""
    found: set[tuple[str, str]] = set()
    check = gate.check

    def watched(*told: Any, **more: Any) -> Any:
        code = sys._getframe(1).f_code
        found.add((Path(code.co_filename).relative_to(HERE).as_posix(), code.co_name))
        return check(*told, **more)

    monkeypatch.setattr(gate, "check", watched)
    return found


def test_no_way_in_lets_an_identifier_through(
    claire: User, robin: User, mona: User, ada: User, lab: Team, settings: Settings,
    passed: set[tuple[str, str]],
) -> None:  # fmt: skip
    """A year in one go: each step is refused with the identifier, confirmed or not, then made with
    the same words without it."""

    def way(step: Step) -> Any:
        with pytest.raises(IdentityFound):
            step(NAMING)
        return step(HARMLESS)

    def content(words: str) -> Any:
        return factories.content(problem=words)

    sure: dict[str, Any] = {"confirmed": True}
    colleague = factories.user("Inès Roche", claire.roles)
    # asking
    draft = way(lambda t: asking.save_draft(content(t), by=claire))
    kept = wording.keep(content(NAMING), by=claire, draft=draft)
    assert (kept.held, draft.problem) == (("problem",), HARMLESS)
    way(lambda t: asking.submit(replace(content(t), title=t), by=claire, **sure))
    q: Question = way(lambda t: asking.submit(replace(content("Oui."), known=t), by=claire, **sure))
    way(lambda t: asking.edit(q, content(t), by=claire, **sure))
    files = open_store(settings)

    def attach(name: str, caption: str, data: bytes) -> Any:
        return attachments.attach(
            q, data=data, name=name, caption=caption, by=claire, files=files, **sure
        )

    way(lambda t: attach("a.csv", t, b"a;b\n1;2\n"))
    way(lambda t: attach(f"{t}.csv", "", b"a;b\n1;2\n"))
    way(lambda t: attach("a.csv", "", f"a;b\n1;{t}\n".encode()))
    # the desk
    way(lambda t: moderation.rephrase(q, title="Quoi ?", problem=t, by=mona, **sure))
    way(lambda t: moderation.return_(q, reason=t, by=mona, **sure))
    way(lambda t: asking.resubmit(q, answer=t, by=claire, **sure))
    entry = queue.waiting(settings)[0]
    soon = clock.now().date() + timedelta(days=3)
    way(lambda t: deferrals.defer(entry, until=soon, reason=t, by=mona, **sure))
    way(lambda t: replies.save(None, use="return", locale="fr", title="x", text=t, by=mona, **sure))
    other = factories.submitted(claire)
    decline: dict[str, Any] = {"cause": Cause.SCOPE, "by": mona, **sure}
    way(lambda t: batches.decide([other], "decline", reason=t, **decline))
    moderation.publish(q, by=mona)
    # the thread
    way(lambda t: asking.support(q, band=Band.UP_TO_10, note=t, by=colleague, **sure))
    posted = way(lambda t: discussion.comment(q, text=t, by=robin, **sure))
    way(lambda t: discussion.edit(posted, text=f"{t} !", by=robin, **sure))
    way(lambda t: discussion.preview(t, **sure))
    target = targets.of_comment(posted.id, to=claire)
    flag = way(lambda t: flags.flag(target, ground=Ground.OTHER, text=t, by=claire, **sure))
    way(lambda t: flags.decide(flag, verdict=Verdict.DISMISSED, answer=t, by=mona, **sure))
    # research
    promise = factories.promise()
    claim = way(lambda t: claims.claim(q, replace(promise, why=t), team=lab, by=robin, **sure))
    news: dict[str, Any] = {"next_step": "Lire", "next_step_on": None, "by": robin, **sure}
    way(lambda t: claims.update(claim, text=t, **news))
    way(lambda t: needs.ask(claim, kind=RequestKind.DATA, text=t, by=robin, **sure))
    plan = meetings.Plan(way=Way.VISIT, place="Salle B", minutes=60, zone="Europe/Paris")
    days = [clock.now().replace(tzinfo=None) + timedelta(days=n) for n in (1, 2)]
    meet = way(lambda t: meetings.propose(q, plan, dates=days, word=t, by=robin, **sure))
    meetings.fix(meet, meet.dates[0], by=robin)
    later = days[1] + timedelta(days=1)
    way(lambda t: meetings.move(meet, replace(plan, place=t), to=later, by=robin, **sure))
    way(lambda t: meetings.cancel(meet, reason=t, by=robin, **sure))
    idea = factories.idea()
    h = way(lambda t: hypotheses.propose(q, replace(idea, plan=t), team=lab, by=robin, **sure))
    way(lambda t: hypotheses.revise(h, replace(idea, rationale=t), since=1, by=robin, **sure))
    way(lambda t: hypotheses.add_evidence(h, stance=Stance.FOR, note=t, by=robin, **sure))
    way(lambda t: hypotheses.endorse(h, note=t, by=claire, **sure))
    way(lambda t: hypotheses.judge(h, verdict=Judged.UNDER_TEST, reason=t, by=robin, **sure))
    start = projects.Plan(
        title="Prédire", summary="", lead_team=lab, investigator=robin, colead=claire,
        confidential=False, milestones=[],
    )  # fmt: skip
    p = way(lambda t: projects.start([h], replace(start, summary=t), by=robin, **sure))
    way(lambda t: projects.add_milestone(p, title=t, planned_on=date(2027, 5, 1), by=robin, **sure))
    money: dict[str, Any] = {"amount": 1, "start_on": None, "end_on": None, "by": robin}
    way(lambda t: projects.add_funding(p, source=t, **money))
    trial = way(lambda t: outputs.note(p, kind=OutcomeKind.TRIAL, summary=t, by=robin, **sure))
    said: dict[str, Any] = {
        "reference": "",
        "phase": None,
        "status": None,
        "quantity": None,
        "by": robin,
        **sure,
    }
    way(lambda t: outputs.change(trial, p, summary=f"{t} !", **said))
    frame = {"trl": 4, "translation": None}
    way(lambda t: dossier.change(p, "frame", {**frame, "sponsor": t}, by=robin, **sure))
    risk: dict[str, Any] = {
        "likelihood": Degree.LOW,
        "effect": Degree.LOW,
        "answer": "",
        "by": robin,
        **sure,
    }
    known = way(lambda t: dossier.note_risk(p, what=t, **risk))
    way(lambda t: dossier.change_risk(known, p, what=f"{t} !", **risk))
    today = clock.now().date()
    taken: dict[str, Any] = {"taken_on": today, "who": "Comité", "why": "", "by": robin, **sure}
    way(lambda t: dossier.log_decision(p, what=t, **taken))
    way(lambda t: candidates.enter(p, factories.candidate(p, target=t), by=robin, **sure))
    way(lambda t: projects.conclude(p, answer=t, verdicts=factories.verdicts(p), by=robin, **sure))
    # what is one's own, and the site's
    way(lambda t: choices.keep_filter(t, "area=cancer", by=robin, **sure))
    way(lambda t: choices.keep_search(t, by=robin, **sure))
    crew = people.Crew(
        name=lab.name, kind=lab.kind, institution=lab.institution, description="", expertise=[],
        techniques=[], areas=[],
    )  # fmt: skip
    way(lambda t: people.edit_team(lab, replace(crew, description=t), by=ada, **sure))
    way(lambda t: people.add_team(replace(crew, expertise=[t]), by=ada, **sure))
    way(lambda t: vocabulary.add(Concept("x", "disease", ("x",), (t,)), by=ada, **sure))
    db.session.flush()
    assert callers() - passed - ELSEWHERE == set(), "a way in that this story does not take"


def callers() -> set[tuple[str, str]]:
    """Every function that asks the gate, as the source has it."""
    found: set[tuple[str, str]] = set()
    asking_ones = ((path, path.read_text("utf-8")) for path in HERE.rglob("*.py"))
    for path, source in asking_ones:
        lines = [number for number, line in enumerate(source.splitlines(), 1) if ASKS in line]
        functions = ast.walk(ast.parse(source)) if lines else ()
        found |= {
            (path.relative_to(HERE).as_posix(), one.name)
            for one in functions
            if isinstance(one, ast.FunctionDef)
            and any(one.lineno <= line <= (one.end_lineno or 0) for line in lines)
        }
    return found
