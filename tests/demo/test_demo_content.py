"""The demo story is data that a loader replays: these tests read it as the loader would, move by
move against the real table of moves, so that a slip in the prose never reaches a newcomer."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import exchange
from exchange import guard
from exchange.mail.receiving.refused import WORTH_A_LOOK
from exchange.meetings.models import Answer
from exchange.moderation.grounds import Ground
from exchange.moderation.scores import SCALES
from exchange.people.models import Area, DigestPeriod, InstitutionKind, Role, TeamKind
from exchange.questions.content import TITLE_LIMIT
from exchange.questions.models import PICO_FIELDS, Band, Kind, Severity, Stage
from exchange.questions.workflow import MOVE
from exchange.research.candidates.models import Make, Progress
from exchange.research.dossier.actions import PARTS
from exchange.research.models import (
    LIVING,
    PLAN_LIMIT,
    RATIONALE_LIMIT,
    STATEMENT_LIMIT,
    Direction,
    OutcomeKind,
    Reply,
    RequestKind,
    Silence,
    Stance,
    Strength,
    Verdict,
)
from exchange.text import mentioned

DEMO = Path(exchange.__file__).parent / "demo"
SHORT = 255  # characters, the width of a short column
IDENTIFIER = re.compile(r"10\.\d{4,9}/\S+|NCT\d{8}|\d{1,8}")

Row = dict[str, Any]


def _read(path: Path) -> Row:
    with path.open("rb") as file:
        return tomllib.load(file)


CAST = _read(DEMO / "people.toml")
TEXTS = _read(DEMO / "texts.toml")
INSTITUTIONS: dict[str, Row] = {row["slug"]: row for row in CAST["institution"]}
TEAMS: dict[str, Row] = {row["slug"]: row for row in CAST["team"]}
PEOPLE: dict[str, Row] = {row["handle"]: row for row in CAST["person"]}
FILES = sorted((DEMO / "questions").glob("*.toml"))
QUESTIONS: list[Row] = [question for file in FILES for question in _read(file)["question"]]
BY_KEY: dict[str, Row] = {question["key"]: question for question in QUESTIONS}

STEP_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "publish": (set(), set()),
    "return": ({"reason"}, set()),
    "resubmit": (set(), {"text"}),
    "decline": ({"reason", "cause"}, set()),
    "merge": ({"into", "reason"}, set()),
    "propose_merge": ({"into", "reason"}, set()),
    "withdraw": ({"reason"}, set()),
    "park": ({"reason"}, set()),
    "wake": (set(), set()),
    "support": ({"band"}, {"note"}),
    "comment": ({"text"}, {"by_mail"}),
    "flag": ({"ground", "text"}, set()),
    "flag_comment": ({"ground", "text"}, set()),
    "rephrase": ({"title"}, set()),
    "contest": ({"reason"}, set()),
    "refused_mail": ({"outcome", "size"}, set()),
    "remind": ({"team", "silence"}, set()),
    "score": ({"grades"}, set()),
    "claim": ({"team", "why", "needs", "next_step", "next_day"}, set()),
    "join": ({"team", "why", "needs", "next_step", "next_day"}, set()),
    "update": ({"team", "text", "next_step", "next_day"}, set()),
    "need": ({"key", "team", "kind", "text"}, set()),
    "answer_need": ({"need", "reply"}, {"note"}),
    "meeting": ({"way", "place", "word", "minutes", "dates"}, set()),
    "meeting_answer": ({"answers"}, set()),
    "release": ({"team", "reason"}, set()),
    "hypothesis": (
        {
            "key",
            "team",
            "statement",
            "rationale",
            "prediction",
            "direction",
            "refutation",
            "plan",
        },
        {"confidential"},
    ),
    "evidence": ({"hypothesis", "stance", "note"}, {"identifier", "strength"}),
    "endorse": ({"hypothesis"}, {"note"}),
    "missing": ({"hypothesis", "note"}, set()),
    "revise": ({"hypothesis"}, {"statement", "plan"}),
    "verdict": ({"hypothesis", "verdict", "reason"}, {"decisive", "successor"}),
    "project": (
        {
            "key",
            "hypotheses",
            "title",
            "summary",
            "lead",
            "pi",
            "colead",
            "partners",
            "funding",
            "milestones",
        },
        {"confidential"},
    ),
    "milestone_done": ({"project", "title"}, set()),
    "dossier": ({"project", "part", "said"}, set()),
    "risk": ({"project", "what", "likelihood", "effect", "answer"}, set()),
    "decision": ({"project", "who", "what", "why"}, set()),
    "candidate": ({"project", "name", "target", "make", "progress"}, {"reach", "reference"}),
    "outcome": (
        {"project", "kind", "summary"},
        {"key", "reference", "phase", "status", "quantity"},
    ),
    "link_outcome": ({"project", "outcome"}, set()),
    "stop": ({"project", "reason"}, set()),
    "conclude": ({"project", "answer"}, set()),
}
QUESTION_KEYS = (
    {"key", "by", "day", "area", "kind", "title", "problem", "practice", "shortfall", "population"}
    | {"partner", "anonymous", "audience"},
    {"known", "searched", "resources", "patients", "severity", "circle", "draft", "step"}
    | set(PICO_FIELDS),
)
ALIVE = {Stage.OPEN, Stage.CLAIMED, Stage.HYPOTHESIS, Stage.PROJECT, Stage.PARKED}
COMMITTED = {Stage.CLAIMED, Stage.HYPOTHESIS, Stage.PROJECT}


def is_a(handle: str, role: Role) -> bool:
    """Whether the person has the role."""
    assert role.name is not None
    return role.name.lower() in PEOPLE[handle]["roles"]


def team_of(handle: str) -> str:
    return str(PEOPLE[handle]["team"])


class Walk:
    """One question's story, replayed. Every method is named after what a step does."""

    def __init__(self, question: Row) -> None:
        self.question = question
        self.stage = Stage.DRAFT if question.get("draft") else Stage.SUBMITTED
        self.history = [(question["day"], self.stage)]
        self.lead: str | None = None
        self.joined: set[str] = set()
        self.supporters: set[str] = set()
        self.hypotheses: dict[str, Row] = {}
        self.verdicts: dict[str, Verdict] = {}
        self.endorsed: set[str] = set()
        self.projects: dict[str, Row] = {}
        self.needs: set[str] = set()
        self.open_milestones: dict[str, set[str]] = {}
        self.outcomes: Counter[str] = Counter()

    def run(self) -> "Walk":
        day = self.question["day"]
        for step in self.question.get("step", []):
            assert day <= step["day"] <= -1, f"{step['do']} on {step['day']} after {day}"
            day = step["day"]
            assert self.may_read(step["by"]), f"{step['by']} may not read this question"
            getattr(self, f"do_{step['do']}")(step)
        return self

    def stage_on(self, day: int) -> Stage:
        """The stage at the end of that day; a draft before the question was asked."""
        return [Stage.DRAFT, *(stage for at, stage in self.history if at <= day)][-1]

    def move(self, name: str, step: Row) -> None:
        """Make the move the table allows, or fail."""
        assert self.stage in MOVE[name].from_, f"{name} from {self.stage} on {step['day']}"
        self.stage = MOVE[name].to
        self.history.append((step["day"], self.stage))

    def may_read(self, handle: str) -> bool:
        if handle == self.question["by"] or is_a(handle, Role.MODERATOR):
            return True
        return self.question["audience"] == "members" or team_of(handle) in self.question["circle"]

    def may_read_hypothesis(self, handle: str, hypothesis: Row) -> bool:
        return (
            not hypothesis.get("confidential", False)
            or handle == self.question["by"]
            or is_a(handle, Role.MODERATOR)
            or team_of(handle) == hypothesis["team"]
        )

    # Triage and the asker

    def _by_moderator(self, name: str, step: Row) -> None:
        assert is_a(step["by"], Role.MODERATOR)
        self.move(name, step)

    def _by_asker(self, name: str, step: Row) -> None:
        assert step["by"] == self.question["by"]
        self.move(name, step)

    def do_publish(self, step: Row) -> None:
        self._by_moderator("publish", step)

    def do_return(self, step: Row) -> None:
        self._by_moderator("return", step)

    def do_decline(self, step: Row) -> None:
        self._by_moderator("decline", step)

    def do_park(self, step: Row) -> None:
        self._by_moderator("park", step)

    def do_propose_merge(self, step: Row) -> None:
        assert self.stage is Stage.SUBMITTED
        assert step["into"] in BY_KEY

    def do_merge(self, step: Row) -> None:
        self._by_moderator("merge", step)
        assert Walk(BY_KEY[step["into"]]).run().stage_on(step["day"]) in ALIVE - {Stage.PARKED}

    def do_resubmit(self, step: Row) -> None:
        self._by_asker("resubmit", step)

    def do_withdraw(self, step: Row) -> None:
        self._by_asker("withdraw", step)

    def do_wake(self, step: Row) -> None:
        self._by_asker("wake", step)

    # Everybody

    def do_support(self, step: Row) -> None:
        assert self.stage in ALIVE
        assert is_a(step["by"], Role.CLINICIAN)
        assert step["by"] != self.question["by"]
        assert step["by"] not in self.supporters, f"{step['by']} supports twice"
        assert step["band"] in list(Band)
        self.supporters.add(step["by"])

    def do_flag(self, step: Row) -> None:
        assert step["ground"] in set(Ground) - {Ground.IDENTITY}, "it hides no question"

    def do_flag_comment(self, step: Row) -> None:
        assert step["ground"] == Ground.IDENTITY

    def do_rephrase(self, step: Row) -> None:
        assert is_a(step["by"], Role.MODERATOR)
        assert len(step["title"]) <= TITLE_LIMIT

    def do_contest(self, step: Row) -> None:
        assert step["by"] == self.question["by"]

    def do_refused_mail(self, step: Row) -> None:
        assert step["outcome"] in WORTH_A_LOOK

    def do_remind(self, step: Row) -> None:
        assert step["team"] == self.lead
        assert step["silence"] in {Silence.NUDGED, Silence.WARNED}

    def do_score(self, step: Row) -> None:
        assert is_a(step["by"], Role.MODERATOR)
        assert set(step["grades"]) == set(SCALES)
        assert set(step["grades"].values()) <= {0, 1, 2, 3}

    def do_comment(self, step: Row) -> None:
        assert self.stage in ALIVE | {Stage.CONCLUDED}
        for handle in mentioned(step["text"]):
            assert self.may_read(handle), f"@{handle} may not read this question"
            assert handle != step["by"]

    # Teams

    def _promise(self, step: Row) -> None:
        assert step["team"] == team_of(step["by"])
        assert is_a(step["by"], Role.RESEARCHER)
        assert TEAMS[step["team"]]["kind"] == "lab"
        assert step["team"] != team_of(self.question["by"])
        assert step["next_day"] >= step["day"], "a promise is not dated in the past"

    def do_claim(self, step: Row) -> None:
        self._promise(step)
        self.move("claim", step)
        self.lead = step["team"]

    def do_join(self, step: Row) -> None:
        self._promise(step)
        assert self.stage in COMMITTED
        assert step["team"] not in {self.lead, *self.joined}
        self.joined.add(step["team"])

    def do_update(self, step: Row) -> None:
        assert step["team"] == team_of(step["by"])
        assert step["team"] in {self.lead, *self.joined}
        assert step["next_day"] >= step["day"], "a promise is not dated in the past"

    def do_need(self, step: Row) -> None:
        assert step["team"] == team_of(step["by"])
        assert step["team"] in {self.lead, *self.joined}
        assert step["kind"] in list(RequestKind)
        self.needs.add(step["key"])

    def do_answer_need(self, step: Row) -> None:
        assert step["by"] == self.question["by"]
        assert step["reply"] in list(Reply)
        self.needs.remove(step["need"])

    def do_meeting(self, step: Row) -> None:
        assert step["by"] == self.question["by"] or team_of(step["by"]) in {self.lead, *self.joined}
        assert all(date["day"] > 0 for date in step["dates"])

    def do_meeting_answer(self, step: Row) -> None:
        assert set(step["answers"]) <= set(Answer)

    def do_release(self, step: Row) -> None:
        assert step["team"] == team_of(step["by"]) == self.lead
        self.move("release", step)
        self.lead = None

    def do_hypothesis(self, step: Row) -> None:
        assert step["team"] == team_of(step["by"])
        assert step["team"] in {self.lead, *self.joined}
        assert self.stage in COMMITTED
        assert step["direction"] in list(Direction)
        assert len(step["statement"].strip()) <= STATEMENT_LIMIT
        assert len(step["rationale"].strip()) <= RATIONALE_LIMIT
        assert len(step["plan"].strip()) <= PLAN_LIMIT
        self.hypotheses[step["key"]] = step
        self.verdicts[step["key"]] = Verdict.PROPOSED
        if self.stage is Stage.CLAIMED:
            self.move("propose", step)

    def do_revise(self, step: Row) -> None:
        assert team_of(step["by"]) == self.hypotheses[step["hypothesis"]]["team"]
        assert self.verdicts[step["hypothesis"]] in LIVING
        assert len(step.get("statement", "").strip()) <= STATEMENT_LIMIT
        assert len(step.get("plan", "").strip()) <= PLAN_LIMIT

    def do_evidence(self, step: Row) -> None:
        assert self.may_read_hypothesis(step["by"], self.hypotheses[step["hypothesis"]])
        assert step["stance"] in list(Stance)
        assert step.get("strength", Strength.TRIAL) in list(Strength)
        assert IDENTIFIER.fullmatch(step.get("identifier", "1"))

    def do_endorse(self, step: Row) -> None:
        assert step["by"] == self.question["by"]
        assert step["hypothesis"] in self.hypotheses
        self.endorsed.add(step["hypothesis"])

    def do_missing(self, step: Row) -> None:
        assert step["by"] == self.question["by"]
        assert step["hypothesis"] in self.hypotheses
        self.endorsed.discard(step["hypothesis"])

    def do_verdict(self, step: Row) -> None:
        assert team_of(step["by"]) == self.hypotheses[step["hypothesis"]]["team"]
        verdict = Verdict(step["verdict"])
        assert verdict is not self.verdicts[step["hypothesis"]]
        self.verdicts[step["hypothesis"]] = verdict
        if self.stage is Stage.HYPOTHESIS and not set(LIVING) & set(self.verdicts.values()):
            self.move("exhaust", step)

    # Projects

    def do_project(self, step: Row) -> None:
        assert set(step["hypotheses"]) <= self.endorsed, "a project needs endorsed hypotheses"
        assert team_of(step["by"]) in {self.lead, *self.joined}
        assert is_a(step["pi"], Role.RESEARCHER)
        assert is_a(step["colead"], Role.CLINICIAN)
        assert {step["lead"], *step["partners"]} <= set(TEAMS)
        assert team_of(step["pi"]) == step["lead"]
        for line in step["funding"]:
            assert set(line) == {"source", "amount", "start_day", "end_day"}
            assert isinstance(line["amount"], int)
            assert line["amount"] > 0
            assert line["start_day"] < line["end_day"]
            assert len(line["source"]) <= SHORT
        planned = [milestone["planned_day"] for milestone in step["milestones"]]
        assert planned == sorted(planned)
        for milestone in step["milestones"]:
            assert milestone.get("done_day", step["day"]) <= step["day"]
            assert len(milestone["title"]) <= SHORT
        self.projects[step["key"]] = step
        self.open_milestones[step["key"]] = {
            milestone["title"] for milestone in step["milestones"] if "done_day" not in milestone
        }
        self.move("start", step)

    def _runs(self, step: Row) -> str:
        project = self.projects[step["project"]]
        assert team_of(step["by"]) == project["lead"] or step["by"] in {
            project["pi"],
            project["colead"],
        }
        return str(step["project"])

    def do_milestone_done(self, step: Row) -> None:
        assert self.stage is Stage.PROJECT
        self.open_milestones[self._runs(step)].remove(step["title"])

    def do_dossier(self, step: Row) -> None:
        self._runs(step)
        assert set(step["said"]) <= set(PARTS[step["part"]])

    def do_risk(self, step: Row) -> None:
        self._runs(step)

    def do_decision(self, step: Row) -> None:
        self._runs(step)

    def do_candidate(self, step: Row) -> None:
        self._runs(step)
        assert (step["make"], step["progress"]) in product(Make, Progress)

    def do_link_outcome(self, step: dict[str, Any]) -> None:
        assert step["project"] in self.projects

    def do_outcome(self, step: Row) -> None:
        self._runs(step)
        assert step["kind"] in list(OutcomeKind)
        self.outcomes[step["kind"]] += 1

    def do_stop(self, step: Row) -> None:
        self._runs(step)
        self.move("stop", step)

    def do_conclude(self, step: Row) -> None:
        assert not self.open_milestones[self._runs(step)]
        assert self.outcomes, "a conclusion needs an outcome"
        self.move("conclude", step)


def all_texts() -> Iterator[tuple[str, str]]:
    """Every string of the story with the place it stands in."""
    rows: list[tuple[str, Any]] = [("people", CAST), ("texts", TEXTS), ("questions", QUESTIONS)]
    while rows:
        place, value = rows.pop()
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, dict):
            name = value.get("key") or value.get("handle") or value.get("slug") or ""
            rows += [(f"{place}/{name}.{key}", each) for key, each in value.items()]
        elif isinstance(value, list):
            rows += [(f"{place}[{i}]", each) for i, each in enumerate(value)]


def test_the_cast_is_complete_and_belongs_somewhere() -> None:
    assert len(INSTITUTIONS) == len(CAST["institution"])
    assert len(TEAMS) == len(CAST["team"])
    assert len(PEOPLE) == len(CAST["person"])
    assert {row["kind"] for row in INSTITUTIONS.values()} == set(InstitutionKind)
    for team in TEAMS.values():
        assert team["institution"] in INSTITUTIONS
        assert team["kind"] in list(TeamKind)
        assert set(team["areas"]) <= set(Area)
        assert all(team[name] for name in ("areas", "expertise", "techniques"))
    for person in PEOPLE.values():
        assert re.fullmatch(r"[a-z]+(\.[a-z0-9]+)*", person["handle"])
        assert person["email"] == f"{person['handle']}@demo.invalid"
        assert person["team"] in TEAMS
        assert person["locale"] in {"fr", "en"}
        assert person["digest"] in list(DigestPeriod)
        assert set(person["areas"]) <= set(Area)
        assert {Role[role.upper()] for role in person["roles"]}


def test_every_team_has_one_lead_and_an_english_reader_exists() -> None:
    leads = Counter(person["team"] for person in PEOPLE.values() if person["lead"])
    assert leads == dict.fromkeys(TEAMS, 1)
    assert any(person["locale"] == "en" for person in PEOPLE.values())


def test_claire_robin_mona_and_ada_open_the_demo() -> None:
    roles = {
        "claire.martel": "clinician",
        "robin.aubert": "researcher",
        "mona.ferrand": "moderator",
        "ada.kessler": "administrator",
    }
    for handle, role in roles.items():
        assert PEOPLE[handle]["roles"] == [role]


def test_the_notice_says_that_people_are_invented_and_moderators_have_replies() -> None:
    assert "inventés" in TEXTS["notice"]
    assert len(TEXTS["reply"]) >= 10
    for reply in TEXTS["reply"]:
        assert set(reply) == {"for", "title_fr", "text_fr", "title_en", "text_en"}
        assert all(value.strip() for value in reply.values())
    assert {reply["for"] for reply in TEXTS["reply"]} == {"return", "decline", "merge", "park"}


def test_files_are_named_after_their_area_and_keys_are_unique() -> None:
    assert {file.stem for file in FILES} == set(Area)
    for file in FILES:
        assert {question["area"] for question in _read(file)["question"]} == {file.stem}
    assert len(QUESTIONS) == len(BY_KEY) == 42
    steps = [step for question in QUESTIONS for step in question.get("step", [])]
    for kind in ("hypothesis", "project"):
        keys = [step["key"] for step in steps if step["do"] == kind]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("key", BY_KEY)
def test_a_question_is_well_formed(key: str) -> None:
    question = BY_KEY[key]
    required, optional = QUESTION_KEYS
    assert required <= set(question) <= required | optional
    assert is_a(question["by"], Role.CLINICIAN)
    assert question["kind"] in list(Kind)
    assert len(question["title"]) <= TITLE_LIMIT
    assert question.get("patients", "1-10") in list(Band)
    assert question.get("severity", "mild") in list(Severity)
    assert ("circle" in question) == (question["audience"] == "circle")
    assert set(question.get("circle", [])) <= set(TEAMS)
    assert question.get("searched", question["day"]) <= question["day"] < 0
    if not question.get("draft"):
        assert 80 <= len(question["problem"].split()) <= 200
        assert all(question[name] for name in ("practice", "shortfall", "population"))
    for step in question.get("step", []):
        assert step["by"] in PEOPLE
        needed, allowed = STEP_KEYS[step["do"]]
        given = set(step) - {"day", "by", "do"}
        assert needed <= given <= needed | allowed, f"{step['do']}: {given ^ needed}"
        for short in ("next_step", "reference", "title", "identifier"):
            assert len(step.get(short, "")) <= SHORT


@pytest.mark.parametrize("key", BY_KEY)
def test_the_story_of_a_question_is_legal(key: str) -> None:
    walk = Walk(BY_KEY[key]).run()
    assert (walk.stage is Stage.DRAFT) == bool(BY_KEY[key].get("draft"))


def test_the_story_fills_every_stage_over_a_year() -> None:
    stages = Counter(Walk(question).run().stage for question in QUESTIONS)
    assert stages == {
        Stage.DRAFT: 3,
        Stage.SUBMITTED: 4,
        Stage.RETURNED: 1,
        Stage.DECLINED: 2,
        Stage.MERGED: 2,
        Stage.WITHDRAWN: 1,
        Stage.PARKED: 2,
        Stage.OPEN: 8,
        Stage.CLAIMED: 6,
        Stage.HYPOTHESIS: 5,
        Stage.PROJECT: 4,
        Stage.CONCLUDED: 4,
    }
    days = [question["day"] for question in QUESTIONS]
    assert min(days) < -370
    assert max(days) == -1


def test_every_good_end_and_a_negative_result_are_told() -> None:
    told: Counter[str] = Counter()
    for question in QUESTIONS:
        told += Walk(question).run().outcomes
    assert set(told) == {
        *("answered", "publication", "trial", "negative", "patent", "company"),
        *("thesis", "jobs", "funds", "patients"),
    }


def test_a_question_is_published_within_two_weeks() -> None:
    for question in QUESTIONS:
        for step in question.get("step", []):
            if step["do"] == "publish":
                assert 1 <= step["day"] - question["day"] <= 13, question["key"]


def test_whoever_asks_in_their_department_s_name_does_not_speak_up() -> None:
    hidden = [question for question in QUESTIONS if question["anonymous"]]
    assert hidden
    for question in hidden:
        assert question["by"] not in {step["by"] for step in question.get("step", [])}


def test_one_claim_went_silent_and_one_was_given_back() -> None:
    steps = BY_KEY["uveite-non-infectieuse"]["step"]
    claim = next(step for step in steps if step["do"] == "claim")
    assert claim["next_day"] < -90
    assert not [step for step in steps if step["do"] == "update"]
    assert "release" in [step["do"] for step in BY_KEY["mici-perte-reponse"]["step"]]


def test_discussions_are_alive() -> None:
    comments = [
        step
        for question in QUESTIONS
        for step in question.get("step", [])
        if step["do"] == "comment"
    ]
    assert len(comments) >= 120
    assert len({step["by"] for step in comments}) >= 25
    for step in comments:
        assert all(handle in PEOPLE for handle in mentioned(step["text"]))


def test_french_typography_is_kept() -> None:
    for place, text in all_texts():
        if "_en" in place:
            continue
        assert not re.search(r"\w'\w", text), f"straight apostrophe in {place}"
        assert not re.search(r"[\u00a0\u202f]", text), f"no-break space in {place}"


def test_nothing_in_the_story_identifies_a_patient() -> None:
    for place, text in all_texts():
        if place.endswith(".email"):
            continue
        sure = [finding for finding in guard.find(text) if finding.sure]
        assert not sure, f"{place}: {sure}"
