"""The leak matrix: what is hidden × who may not know × every way to learn it.

Two kinds of proof. A word that stands nowhere but in a hidden text appears in no page, file, mail
or redirect of those who may not read it. And whatever happens to hidden things, every page of
theirs stays what it was to the last byte: a count, a dot, a hole in the numbers would show.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import product
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exchange import clock, db, i18n
from exchange.app import create_app
from exchange.attachments import actions as attachments
from exchange.attachments.models import Attachment
from exchange.attachments.store import open_store
from exchange.discussion import actions as discussion
from exchange.discussion.models import Comment
from exchange.impact import targets as ambition
from exchange.impact.board import FIGURES
from exchange.log.followers import Follower, catch_up
from exchange.mail import digest
from exchange.mail.models import MailText, Received, SavedFilter, SavedSearch
from exchange.mail.receiving.outcomes import Outcome
from exchange.mail.unsubscribe import token
from exchange.meetings import actions as meetings
from exchange.meetings.models import Answer, Meeting, Way
from exchange.moderation import actions as moderation
from exchange.moderation import doubts
from exchange.moderation.flags import actions as flags
from exchange.moderation.flags import targets
from exchange.moderation.flags.models import Flag
from exchange.moderation.flags.models import Verdict as Decided
from exchange.moderation.grounds import Ground
from exchange.moderation.models import Doubt
from exchange.outbox.letters import put
from exchange.outbox.models import Letter
from exchange.people import actions as people
from exchange.people.models import Institution, InstitutionKind, Role, Team, TeamKind, User
from exchange.questions import actions as asking
from exchange.questions.content import Content
from exchange.questions.models import Audience, Question, QuestionTag, Stage
from exchange.questions.policy import readable_by
from exchange.research import ageing, claims, hypotheses, needs, outputs, projects
from exchange.research.models import (
    Claim,
    ClaimRequest,
    Hypothesis,
    Milestone,
    OutcomeKind,
    Phase,
    Project,
    Reply,
    RequestKind,
    Stance,
    Unsealing,
    Verdict,
)
from exchange.research.models import Outcome as ResearchOutcome
from exchange.search.follower import SearchFollower
from exchange.settings import Settings
from exchange.sheets import exporting
from tests import databases, factories
from tests.mail import post
from tests.mail.receiving import inbox

SECRET = "canari"
"""Every hidden text holds a word of its own that begins so."""
MASKED = "Masquarelle"
"""The name of whoever asks in the department's name."""

STRANGERS = ("carl", "lena", "ivan", "ada", "nobody", "sam", "eva")
"""A clinician of another department, a researcher of another laboratory, a member of a company,
an administrator, somebody not signed in, somebody suspended, somebody who left the laboratory after
having worked, written and been invited there."""
INSIDERS = ("claire", "robin", "mona")
"""Who asked, who is named in the circle, who moderates."""

OF_PEOPLE = {
    "teams.team",
    "people.admin",
    "people.admin.person",
    "people.admin.change_address",
    "people.admin.renew_password",
    "people.admin.reset_factors",
    "people.joining.admissions",
    "people.joining.turn_away",
    "people.admin.suspend",
    "mail.letters",
    "receiving.received",
    "research.start",  # choosing a clinical co-lead among all clinicians
    "discussion.people",  # whom one may call: who asked is among all who read, or left out
    "discussion.people_of_hypothesis",
    "discussion.people_of_project",
}
"""Pages about people as such: who hides in a question may be named there, beside no question."""
OF_THE_SITE = {
    "register.show",  # tells members of a declined question: its area and why, no word of it
    "people.admin",
    "mail.letters",
    "receiving.received",
    "home.metrics",
    "home.readyz",
}
"""Pages on how the site does: they count letters, events and decisions."""
DEMO_BOX = {"mail.box", "mail.message", "mail.html"}
"""The mailbox of the demo, which is shown to the administrator and exists only where no mail
server is set: it holds the mail of everybody, and says so."""


@dataclass
class House:
    """The world of the story. `ids`: what was planted, by name; `refs` and `numbers`: what a
    stranger may not even know the existence of."""

    app: Flask
    settings: Settings
    ids: dict[str, int] = field(default_factory=dict)
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    before: dict[str, dict[str, str]] = field(default_factory=dict)
    after: dict[str, dict[str, "Page"]] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)
    hidden: dict[str, list[str]] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)

    def one(self, kind: type[Any], name: str) -> Any:
        return db.session.get_one(kind, self.ids[name], populate_existing=True)

    def user(self, name: str) -> User:
        found: User = self.one(User, name)
        return found

    def keep(self, **planted: Any) -> None:
        db.session.flush()
        self.ids |= {name: thing.id for name, thing in planted.items()}


@dataclass(frozen=True)
class Page:
    """What a reader received at an address."""

    path: str
    endpoint: str
    status: int
    text: str


# -- the story -----------------------------------------------------------------------------------


def secret(of: str, **more: object) -> Content:
    """A question of which every text holds a word of its own."""
    words = {
        name: f"Mélanome {SECRET}{of}{name} que nul autre patient n’a."
        for name in ("title", "problem", "practice", "shortfall", "population", "outcome", "known")
    }
    return factories.content(**words, **more)


def cast(house: House) -> None:
    """Who is there."""
    dermatology = factories.team("Dermatologie", kind=TeamKind.DEPARTMENT)
    surgery = factories.team("Chirurgie", kind=TeamKind.DEPARTMENT, of=dermatology.institution)
    inserm = factories.institution("Inserm", InstitutionKind.RESEARCH)
    cnrs = factories.institution("CNRS", InstitutionKind.RESEARCH)
    company = factories.institution("Alphavac", InstitutionKind.COMPANY)
    lab = factories.team("Immunité et tumeurs", of=inserm)
    other = factories.team("Signalisation", of=cnrs)
    firm = factories.team("Recherche Alphavac", of=company)
    both = Role.CLINICIAN | Role.RESEARCHER
    house.keep(
        dermatology=dermatology,
        lab=lab,
        other=other,
        claire=factories.user("Claire Martel", Role.CLINICIAN, dermatology),
        hortense=factories.user(f"Hortense {MASKED}", both, dermatology, title=f"Pr {MASKED}"),
        robin=factories.user("Robin Aubert", Role.RESEARCHER, lab),
        mona=factories.user("Mona Ferrand", Role.MODERATOR),
        carl=factories.user("Carl Roux", Role.CLINICIAN, surgery),
        lena=factories.user("Léna Costa", Role.RESEARCHER, other),
        ivan=factories.user("Ivan Petit", Role.RESEARCHER, firm),
        ada=factories.user("Ada Kessler", Role.ADMINISTRATOR),
        sam=factories.user("Sam Blanc", Role.CLINICIAN, surgery),
        eva=factories.user("Eva Marin", Role.RESEARCHER, lab),
    )


def team_of(person: User) -> Team:
    assert person.team is not None
    return person.team


def public_story(house: House) -> None:
    """What everybody may read, with what everybody may know to exist."""
    claire, mona, robin, lena = map(house.user, ("claire", "mona", "robin", "lena"))
    carl, ivan = house.user("carl"), house.user("ivan")
    question = factories.opened(claire, mona)
    claim = factories.claimed(question, robin)
    claims.join(question, factories.promise(), team=team_of(lena), by=lena)
    discussion.comment(question, text="Une cohorte existe déjà.", by=lena)
    for one in (carl, ivan, house.user("sam"), house.user("ada")):
        asking.follow(question, one, again=True)
    open_ = factories.proposed(question, robin)
    sealed = hypotheses.propose(
        question, _idea("hypothese"), team=team_of(robin), by=robin, confidential=True
    )
    hypotheses.endorse(open_, by=claire)
    hypotheses.endorse(sealed, note=f"Oui, {SECRET}avis compris.", by=claire)
    shown = factories.started(open_, robin, claire)
    kept = projects.start([sealed], _plan("projet", robin, claire), by=robin)
    met_on = factories.opened(claire, mona, title="Où se retrouver ?")
    factories.claimed(met_on, robin)
    met = meetings.propose(
        met_on,
        meetings.Plan(way=Way.VISIT, place=f"Salle {SECRET}salle", minutes=60, zone="Europe/Paris"),
        dates=[datetime(2026, 12, day, 14) for day in (1, 2)],  # noqa: DTZ001
        word=f"Venez {SECRET}venez.",
        by=robin,
    )
    house.keep(question=question, claim=claim, sealed=sealed, shown=shown, kept=kept, met=met)


def left_story(house: House) -> None:
    """Eva was of the laboratory: she wrote on what it keeps, came to its meeting and followed; then
    she left it."""
    eva, met = house.user("eva"), house.one(Meeting, "met")
    question, sealed = house.one(Question, "question"), house.one(Hypothesis, "sealed")
    kept = house.one(Project, "kept")
    asking.follow(question, eva, again=True)
    words = f"De chez nous {SECRET}ancienne"
    discussion.comment(question, text=words, by=eva, hypothesis_id=sealed.id, confirmed=True)
    posted = discussion.comment(question, text=words, by=eva, project_id=kept.id, confirmed=True)
    came = Received(
        key="eva", message_id="<eva@example.org>", door="pipe", size=1, outcome="posted"
    )
    db.session.add(came)
    db.session.flush()
    db.session.add(
        MailText(
            received_id=came.id,
            author_id=eva.id,
            question_id=question.id,
            comment_id=posted.id,
            text="",
            cut=f"> {words}cite",
        )
    )
    meetings.answer(met, {met.dates[0].id: Answer.YES}, by=eva)
    people.leave_team(eva, house.one(Team, "lab"), by=house.user("ada"))


def join(house: House, question: Question, of: str, by: User) -> None:
    """A file with a word of its own in its name, its caption and its content."""
    attachments.attach(
        question, data=f"dose;effet\n1;{SECRET if of != 'masque' else ''}{of}contenu\n".encode(),
        name=f"{SECRET}{of}nom.csv" if of != "masque" else "doses.csv",
        caption=f"Les doses {SECRET}{of}legende." if of != "masque" else "Les doses.",
        by=by, files=open_store(house.settings),
    )  # fmt: skip


def _idea(of: str) -> hypotheses.Idea:
    words = {
        name: f"Texte {SECRET}{of}{name} à déposer d’abord."
        for name in ("statement", "rationale", "prediction", "refutation", "plan")
    }
    return hypotheses.Idea(**words, direction=factories.idea().direction)


def _plan(of: str, lead: User, colead: User) -> projects.Plan:
    return projects.Plan(
        title=f"Projet {SECRET}{of}titre",
        summary=f"Résumé {SECRET}{of}resume",
        lead_team=team_of(lead),
        investigator=lead,
        colead=colead,
        confidential=True,
        funding=[(f"Fonds {SECRET}{of}fonds", 1000, None, None)],
        milestones=[(f"Jalon {SECRET}{of}jalon", date(2027, 3, 1))],
    )


def masked_story(house: House) -> None:
    """Hortense asks in her department's name, and does everything an asker can do."""
    hortense, mona, robin = map(house.user, ("hortense", "mona", "robin"))
    asked = factories.opened(hortense, mona, in_department_name=True, title="Sous quel masque ?")
    asking.edit(
        asked, factories.content(in_department_name=True, title="Sous quel masque, enfin ?"),
        by=hortense,
    )  # fmt: skip
    moderation.park(asked, reason="Plus tard.", by=mona)
    asking.wake(asked, reason="Maintenant.", by=hortense)
    for name in ("carl", "lena", "ivan", "ada"):
        asking.follow(asked, house.user(name), again=True)
    own = claims.claim(asked, factories.promise(), team=team_of(hortense), by=hortense)
    claims.update(own, text="Nous avançons.", next_step="Inclure", next_step_on=None, by=hortense)
    joined = claims.join(asked, factories.promise(), team=team_of(robin), by=robin)
    wanted = needs.ask(joined, kind=RequestKind.TIME, text="Une heure.", by=robin)
    needs.answer(wanted, reply=Reply.YES, note="Jeudi.", by=hortense)
    ageing.defer(
        own,
        until=clock.now().date() + timedelta(days=40),
        reason="Congés.",
        patience=ageing.Patience.of(house.settings),
        by=hortense,
    )
    discussion.comment(asked, text="Qui suit ces patients ?", by=robin)
    discussion.comment(asked, text="Mon service.", by=hortense)
    join(house, asked, "masque", hortense)
    idea = factories.proposed(asked, robin)
    hers = factories.proposed(asked, hortense)
    hypotheses.say_missing(idea, note="Un bras témoin.", by=hortense)
    hypotheses.endorse(idea, note="Oui.", by=hortense)
    hypotheses.add_evidence(idea, stance=Stance.FOR, note="Un article.", by=hortense)
    discussion.comment(asked, text="Bien vu.", by=hortense, hypothesis_id=idea.id)
    hypotheses.judge(hers, verdict=Verdict.REFUTED, reason="Non.", by=hortense)
    project = factories.started(idea, robin, house.user("claire"))
    house.keep(asked=asked, project=project)


def narrowed_story(house: House) -> None:
    """Everybody knew of it and worked on it; then it was kept to a circle of others."""
    claire, mona, lena, carl = map(house.user, ("claire", "mona", "lena", "carl"))
    narrowed = asking.submit(secret("retreci"), by=claire)
    moderation.publish(narrowed, by=mona)
    claims.claim(narrowed, factories.promise(), team=team_of(lena), by=lena)
    asking.support(narrowed, band=None, by=carl)
    asking.follow(narrowed, house.user("ivan"), again=True)
    handle = house.user("ivan").handle
    discussion.comment(narrowed, text=f"@{handle} saurait {SECRET}appel.", by=claire)
    posted = discussion.comment(narrowed, text=f"Je sais {SECRET}propre.", by=carl)
    house.keep(narrowed=narrowed, own_comment=posted)
    join(house, narrowed, "retreci", claire)
    post.follow()
    db.begin_write()
    asking.edit(
        house.one(Question, "narrowed"),
        secret("retreci", audience=Audience.CIRCLE, circle_team_ids=(house.ids["lab"],)),
        by=house.user("claire"),
    )


def flagged_story(house: House) -> None:
    """Everybody knew of it and worked on it; then somebody saw a patient in it."""
    claire, mona, robin, carl = map(house.user, ("claire", "mona", "robin", "carl"))
    flagged = asking.submit(secret("signalee"), by=claire)
    moderation.publish(flagged, by=mona)
    asking.support(flagged, band=None, by=carl)
    asking.follow(flagged, house.user("ivan"), again=True)
    claims.claim(flagged, factories.promise(), team=team_of(robin), by=robin)
    on_show = house.one(Question, "question")
    posted = discussion.comment(on_show, text=f"Cette dame {SECRET}dame.", by=robin)
    named = hypotheses.propose(on_show, _idea("nommee"), team=team_of(robin), by=robin)
    discussion.comment(on_show, text=f"Elle {SECRET}elle.", by=robin, hypothesis_id=named.id)
    house.keep(flagged=flagged, named=named)
    post.follow()
    db.begin_write()
    for target in (
        targets.of_question(str(flagged.ref), to=carl),
        targets.of_comment(posted.id, to=carl),
        targets.of_hypothesis(named.ref, to=carl),
    ):
        flags.flag(target, ground=Ground.IDENTITY, by=carl)
    mona = house.user("mona")
    settled = flags.flag(
        targets.of_question(str(on_show.ref), to=mona), ground=Ground.OTHER, by=mona
    )
    flags.decide(settled, verdict=Decided.DISMISSED, by=mona)


def merged_story(house: House) -> None:
    """A hidden question joins an open one, and the other way round."""
    claire, mona, carl = map(house.user, ("claire", "mona", "carl"))
    circle = {"audience": Audience.CIRCLE, "circle_team_ids": (house.ids["lab"],)}
    inner = asking.submit(secret("reunie", **circle), by=claire)
    moderation.merge(inner, house.one(Question, "question"), reason=f"{SECRET}note", by=mona)
    target = asking.submit(secret("cible", **circle), by=claire)
    moderation.publish(target, by=mona)
    outer = factories.opened(carl, mona, title="Une question de Carl, ouverte à tous")
    moderation.merge(outer, target, by=mona)
    house.keep(inner=inner, target=target, outer=outer)


def concluded_story(house: House) -> None:
    """A confidential project is concluded; another is stopped."""
    claire, mona, robin, carl = map(house.user, ("claire", "mona", "robin", "carl"))
    for name, end in (("conclue", projects.conclude), ("arretee", projects.stop)):
        question = factories.opened(claire, mona, title=f"Une question {name}")
        asking.support(question, band=None, by=carl)
        factories.claimed(question, robin)
        idea = hypotheses.propose(
            question, _idea(name), team=team_of(robin), by=robin, confidential=True
        )
        hypotheses.endorse(idea, by=claire)
        project = projects.start([idea], _plan(name, robin, claire), by=robin)
        outputs.note(
            project,
            kind=OutcomeKind.PATENT,
            summary=f"Brevet {SECRET}{name}resultat",
            reference=f"{SECRET}{name}preuve",
            by=robin,
        )
        words = f"Fin {SECRET}{name}fin"
        if end is projects.conclude:
            projects.conclude(project, answer=words, verdicts=factories.verdicts(project), by=robin)
        else:
            projects.stop(project, reason=words, by=robin)
        house.keep(**{name: question, f"{name}_idea": idea, f"{name}_project": project})


def hidden_story(house: House) -> None:
    """Everything that no stranger may notice."""
    claire, mona, robin = map(house.user, ("claire", "mona", "robin"))
    circle = {"audience": Audience.CIRCLE, "circle_team_ids": (house.ids["lab"],)}
    kept = asking.submit(secret("cercle", **circle), by=claire, confirmed=True)
    moderation.publish(kept, by=mona)
    discussion.comment(kept, text=f"Le Dr Fabre {SECRET}cerclemot.", by=robin, confirmed=True)
    claim = factories.claimed(kept, robin)
    factories.proposed(kept, robin)
    idea = factories.proposed(kept, robin)
    hypotheses.endorse(idea, by=claire)
    project = factories.started(idea, robin, claire)
    asking.edit(kept, secret("cerclebis", **circle), by=claire)
    moderation.rephrase(kept, title=f"{SECRET}reformule", problem=f"{SECRET}autrement", by=mona)
    sent = asking.submit(secret("soumise"), by=claire)
    returned = asking.submit(secret("renvoyee"), by=claire)
    moderation.return_(returned, reason=f"Quoi {SECRET}precision ?", by=mona)
    declined = asking.submit(secret("declinee"), by=claire)
    moderation.decline(declined, reason=f"Non {SECRET}refus", by=mona)
    withdrawn = asking.submit(secret("retiree"), by=claire)
    asking.withdraw(withdrawn, reason=f"Non {SECRET}retrait", by=claire)
    draft = asking.save_draft(secret("brouillon"), by=claire)
    attachments.attach(
        draft, data=f"a;b\n1;{SECRET}jointe\n".encode(), name=f"{SECRET}fichier.csv", caption="",
        by=claire, files=open_store(house.settings), confirmed=True,
    )  # fmt: skip
    house.keep(
        kept_question=kept, kept_claim=claim, sent=sent, returned=returned, declined=declined,
        withdrawn=withdrawn, draft=draft, kept_idea=idea, kept_project=project,
    )  # fmt: skip
    # On what is confidential, in a question that strangers read.
    question, sealed = house.one(Question, "question"), house.one(Hypothesis, "sealed")
    secret_project = house.one(Project, "kept")
    hypotheses.add_evidence(
        sealed, stance=Stance.FOR, note=f"{SECRET}indice", identifier=f"{SECRET}doi", by=robin
    )
    hypotheses.say_missing(sealed, note=f"Il manque {SECRET}manque.", by=claire)
    hypotheses.judge(sealed, verdict=Verdict.UNDER_TEST, reason=f"Car {SECRET}verdict", by=robin)
    said = discussion.comment(
        question, text=f"Entre nous {SECRET}entrenous", by=robin, hypothesis_id=sealed.id
    )
    there = discussion.comment(
        question, text=f"Chez nous {SECRET}cheznous", by=claire, project_id=secret_project.id
    )
    more = projects.add_milestone(
        secret_project, title=f"Pas {SECRET}pas", planned_on=date(2027, 5, 1), by=robin
    )
    projects.reach(more, secret_project, by=robin)
    projects.add_funding(
        secret_project, source=f"{SECRET}argent", amount=5, start_on=None, end_on=None, by=robin
    )
    factories.documented(secret_project, robin, SECRET)
    trial = outputs.note(
        secret_project, kind=OutcomeKind.TRIAL, phase=Phase.ONE, summary=f"{SECRET}essai", by=robin
    )
    attachments.prove(
        trial, secret_project, data=f"dose;effet\n1;{SECRET}preuvecontenu\n".encode(),
        name=f"{SECRET}preuvenom.csv", by=robin, files=open_store(house.settings),
    )  # fmt: skip
    house.keep(said=said, there=there, milestone=more)
    met = house.one(Meeting, "met")
    meetings.answer(met, {met.dates[0].id: Answer.NO}, by=claire)


HIDDEN_QUESTIONS = (
    "kept_question", "sent", "returned", "declined", "withdrawn", "narrowed", "inner", "target",
    "flagged",
)  # fmt: skip
HIDDEN_HYPOTHESES = ("sealed", "named", "kept_idea", "conclue_idea", "arretee_idea")
HIDDEN_PROJECTS = ("kept", "kept_project", "conclue_project", "arretee_project")


@pytest.fixture(scope="module")
def house(
    database_maker: databases.SqliteMaker | databases.PostgresMaker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    i18n.set_locale("fr")
    noon = datetime(2026, 11, 18, 11, tzinfo=UTC)
    with database_maker.fresh() as url, time_machine.travel(noon, tick=False) as moment:
        settings = Settings(
            database_url=url,
            data_dir=tmp_path_factory.mktemp("leaks"),
            secret_key="a secret of more than 32 characters",
            base_url="http://localhost",
        )
        app = create_app(settings)
        app.testing = True
        app.config["WTF_CSRF_ENABLED"] = False
        made = House(app, settings)
        db.begin_write()
        for tell in (
            cast, public_story, left_story, masked_story, narrowed_story, flagged_story, merged_story,
            concluded_story,
        ):  # fmt: skip
            tell(made)
        db.session.commit()
        _settle(made)
        _sign_in(made)
        made.before = {name: _walk(made, name, known=True)[0] for name in STRANGERS}
        moment.shift(timedelta(minutes=1))
        db.begin_write()
        hidden_story(made)
        db.session.commit()
        moment.shift(timedelta(minutes=-1))
        _settle(made)
        _name_the_hidden(made)
        made.after = {name: _walk(made, name)[1] for name in STRANGERS}
        yield made
        db.session.remove()
        db.session.get_bind().dispose()  # type: ignore[union-attr]


def _settle(house: House) -> None:
    """The worker has done its work: passages to reread, letters, digests, index."""
    catch_up([Follower("doubts", doubts.follow)])
    db.begin_write()
    for name in (*STRANGERS, *INSIDERS):
        if name != "nobody":
            put("digest", to=house.ids[name], reason=f"digest:{len(house.mails)}:{name}")
    bag = post.deliver(house.settings)
    db.session.rollback()
    house.mails += [
        (to, "\n".join([*map(str, mail.values()), post.text(mail), post.text(mail, "html")]))
        for to, mail in bag.mails
    ]  # fmt: skip
    SearchFollower(house.settings.data_dir / "index").catch_up()


def _sign_in(house: House) -> None:
    for name in (*STRANGERS, *INSIDERS):
        client = house.app.test_client()
        if name != "nobody":
            token = factories.session_of(house.user(name))
            house.roles[name] = house.user(name).roles
            with client.session_transaction() as session:
                session["_user_id"] = token
                session["_fresh"] = True
        house.clients[name] = client
    db.begin_write()
    house.user("sam").active = False
    db.session.commit()


def _name_the_hidden(house: House) -> None:
    house.hidden = {
        "Q": [str(house.one(Question, name).ref) for name in HIDDEN_QUESTIONS],
        "H": [house.one(Hypothesis, name).ref for name in HIDDEN_HYPOTHESES],
        "P": [house.one(Project, name).ref for name in HIDDEN_PROJECTS],
        "claim": [str(house.ids["kept_claim"])],
        "comment": [str(house.ids["said"]), str(house.ids["there"])],
        "draft": [str(house.ids["draft"])],
        "milestone": [str(house.ids["milestone"])],
        "meeting": [str(house.ids["met"])],
    }
    db.session.rollback()


# -- walking every GET route ---------------------------------------------------------------------


def fillings(house: House) -> dict[str, Callable[[], list[str]]]:
    """How an argument is filled, by its name and the beginning of the route: with everything the
    database has."""

    def every(column: Any, *conditions: Any) -> Callable[[], list[str]]:
        return lambda: [
            str(value)
            for value in db.session.scalars(select(column).where(*conditions).order_by(column))
            if value is not None
        ]

    def tokens() -> list[str]:
        people = db.session.scalars(select(User).order_by(User.id)).all()[:2]
        refs = [*every(Question.ref)(), "digest", "all"]
        return [token(one, ref, house.settings) for one, ref in product(people, refs)]

    def keys() -> list[str]:
        return [path.name for path in (house.settings.data_dir / "mail").glob("new/*")] or ["none"]

    return {
        "ref /questions/": every(Question.ref),
        "ref /triage/": every(Question.ref),
        "ref /hypotheses/": every(Hypothesis.ref),
        "ref /projects/": every(Project.ref),
        "number /questions/<ref>/attachments/": every(Attachment.id),
        "number /questions/drafts/": every(Question.id, Question.stage == Stage.DRAFT),
        "file /questions/drafts/": every(Attachment.id),
        "number /claims/": every(Claim.id),
        "number /requests/": every(ClaimRequest.id),
        "number /meetings/": every(Meeting.id),
        "number /comments/": every(Comment.id),
        "number /projects/<ref>/outcomes/": every(ResearchOutcome.id),
        "number /projects/": every(Milestone.id),
        "number /triage/passages/": every(Doubt.id),
        "number /triage/mail/": lambda: ["1"],
        "number /triage/flags/": every(Flag.id),
        "number /triage/replies/": lambda: ["1"],
        "number /triage/batches/": lambda: ["1"],
        "key /triage/feed/": lambda: ["none"],
        "number /admin/mail/": every(Letter.id),
        "number /notifications/filters/": every(SavedFilter.id),
        "number /notifications/searches/": lambda: ["1"],
        "slug /teams/": every(Team.slug),
        "slug /admin/teams/": every(Team.slug),
        "slug /admin/people/": every(Team.slug),
        "slug /admin/institutions/": every(Institution.slug),
        "handle /admin/people/": every(User.handle),
        "token /unsubscribe/": tokens,
        "token /sign-in/reset/": lambda: ["1-x"],
        "token /address/": lambda: ["1-x"],
        "token /mail/arrived/": every(Letter.token, Letter.kind == "confirm"),
        "number /replies/": every(MailText.id),
        "token /join/": lambda: ["1-x"],
        "token /invitations/": lambda: ["1-x"],
        "number /admissions/": lambda: ["1"],
        "number /settings/identities/": lambda: ["1"],
        "key /admin/mail/": keys,
        "key /admin/vocabulary/": lambda: ["melanoma"],
        "year /impact/years/": lambda: ["2025"],
        "name /impact/targets/": lambda: [target.name for target in ambition.of("")],
        "key /tags/": every(QuestionTag.concept),
    }


def addresses(rule: Rule, fill: dict[str, Callable[[], list[str]]]) -> list[str]:
    """Every address of the route. A route with an argument that nobody said how to fill fails
    here: say it in `fillings`, so that it is in the matrix."""
    values: list[list[tuple[str, str]]] = []
    for name in sorted(rule.arguments):
        choices = getattr(rule._converters[name], "items", None)
        start = next((key for key in fill if _fits(key, name, rule)), None)
        assert choices or start, f"{rule.rule}: how is {name} to be filled?"
        found = choices or fill[str(start)]()
        values.append([(name, str(value)) for value in found])
    return [_filled(rule, dict(one)) for one in product(*values)]


def _filled(rule: Rule, values: dict[str, str]) -> str:
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda match: values[match[1]], rule.rule)


def _fits(key: str, name: str, rule: Rule) -> bool:
    argument, _space, start = key.partition(" ")
    return argument == name and rule.rule.startswith(start)


MORE = {
    "questions.index": (
        "sort=supported",
        "sort=waiting",
        "unclaimed=1",
        "mine=1",
        "following=1",
        "tag=cancer",
    ),
    "teams.index": ("kind=lab", "area=cancer"),
    "research.hypotheses": ("area=cancer", "verdict=proposed", "endorsement=awaited"),
    "research.projects": ("area=cancer", "state=running", "state=concluded"),
    "impact.board": ("area=cancer", "year=2026"),
    "impact.total": ("area=cancer",),
    "impact.evidence": tuple(f"figure={figure}" for figure in FIGURES),
    "thread.show": ("all=1",),
    **dict.fromkeys(
        (
            "discussion.people",
            "discussion.people_of_hypothesis",
            "discussion.people_of_project",
        ),
        ("q=a", "q=claire"),
    ),
}
"""What an address may add, beside what is asked of `_asked`."""


def _asked(house: House, endpoint: str) -> list[str]:
    if endpoint == "questions.index":
        return [*MORE[endpoint], *(f"stage={stage}" for stage in Stage)]
    if endpoint == "research.start":
        refs = db.session.scalars(select(Hypothesis.ref).order_by(Hypothesis.id))
        return [f"hypothesis={ref}" for ref in refs]
    if endpoint in {"discussion.comment", "discussion.comment_hypothesis"}:
        spoken = ("own_comment", "said", "there")
        return [f"quote={house.ids[name]}" for name in spoken if name in house.ids]
    return list(MORE.get(endpoint, ()))


def _walk(
    house: House, reader: str, *, known: bool = False
) -> tuple[dict[str, str], dict[str, Page]]:
    """Every GET route with every argument: the pages by address, plain and whole. `known`: only
    what the reader was not refused."""
    fill = fillings(house)
    pages: dict[str, Page] = {}
    for rule in house.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        if rule.endpoint in DEMO_BOX and reader == "ada":
            continue
        paths = addresses(rule, fill)
        for path in paths[:1] if _at_the_door(house, reader, rule) else paths:
            for query in ("", *_asked(house, rule.endpoint)):
                address = f"{path}?{query}" if query else path
                answer = house.clients[reader].get(address)
                if not (known and answer.status_code >= 400):
                    pages[address] = Page(
                        address, rule.endpoint, answer.status_code, _received(answer)
                    )
                if reader in {"nobody", "sam"}:
                    break
    db.session.rollback()
    return {path: page.text for path, page in pages.items()}, pages


def _at_the_door(house: House, reader: str, rule: Rule) -> bool:
    """Whether the route turns the reader away before it looks at what the address names."""
    needed = house.app.view_functions[rule.endpoint].access_rule  # type: ignore[union-attr]
    if needed == "public":
        return False
    if reader in {"nobody", "sam"}:
        return True
    return bool(needed) and not any(house.roles[reader] & role for role in needed)


def _received(answer: TestResponse) -> str:
    """All that the reader received: headers, and the body without what is new on each visit."""
    if str(answer.mimetype).endswith("sheet"):
        sheet = load_workbook(BytesIO(answer.data), read_only=True).worksheets[0]
        body = "\n".join(map(str, sheet.iter_rows(values_only=True)))
    else:
        body = answer.get_data(as_text=True)
    body = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", body)
    body = re.sub(r'(name="csrf-token" content=")[^"]*', r"\1", body)
    told = ("Location", "Content-Disposition", "Link", "Retry-After")
    return "\n".join([str(answer.status_code), *(answer.headers.get(h, "") for h in told), body])


# -- what nobody learns ----------------------------------------------------------------------------


@pytest.mark.parametrize("reader", STRANGERS)
def test_no_hidden_word_is_on_any_page(house: House, reader: str) -> None:
    assert len(house.after[reader]) > 100
    leaks = [
        (page.path, match[0])
        for page in house.after[reader].values()
        for match in re.finditer(rf"{SECRET}\w+", page.text)
        if page.endpoint != "discussion.edit"
    ]
    assert leaks == []


@pytest.mark.parametrize("reader", STRANGERS)
def test_no_hidden_thing_is_named_on_any_page(house: House, reader: str) -> None:
    """Not even its reference, but where the reader wrote it in the address."""
    names = re.compile("|".join(ref for kind in "QHP" for ref in house.hidden[kind]))
    leaks = [
        (page.path, match[0])
        for page in house.after[reader].values()
        for match in names.finditer(page.text.replace(page.path, ""))
        if match[0] not in page.path and page.endpoint != "mail.unsubscribe"
    ]
    assert leaks == []


@pytest.mark.parametrize("reader", STRANGERS)
def test_who_asks_in_the_departments_name_is_not_named(house: House, reader: str) -> None:
    handle = house.user("hortense").handle
    leaks = [
        page.path
        for page in house.after[reader].values()
        if page.endpoint not in OF_PEOPLE and page.endpoint != "mail.unsubscribe"
        if MASKED in page.text or handle in page.text.replace(page.path, "")
    ]
    assert leaks == []


def test_an_administrator_sees_no_mail_that_says_who_asked(house: House) -> None:
    email, ref = house.user("hortense").email, str(house.one(Question, "asked").ref)
    ids = db.session.scalars(select(Letter.id).order_by(Letter.id)).all()[30::30]
    addresses = ["/admin/mail", *(f"/admin/mail?before={number}" for number in ids)]
    pages = "".join(house.clients["ada"].get(address).text for address in addresses)
    rows = re.findall(r"<tr>.*?</tr>", pages, re.DOTALL)
    assert any(email in row for row in rows)
    assert not any(email in row and ref in row for row in rows)


@pytest.mark.parametrize("reader", STRANGERS)
def test_nothing_hidden_moves_anything_that_is_shown(house: House, reader: str) -> None:
    """Counts, facets, dots, totals, figures, files: all as before, to the byte."""
    after = house.after[reader]
    changed = [
        (path, _difference(text, after[path].text))
        for path, text in house.before[reader].items()
        if path in after and after[path].endpoint not in OF_THE_SITE
        if text != after[path].text
    ]
    assert changed == []


def _difference(one: str, other: str) -> str:
    lines = [line for line in other.splitlines() if line not in one.splitlines()]
    return " / ".join(lines)[:300]


@pytest.mark.parametrize("reader", ["carl", "lena", "ivan", "ada", "eva"])
def test_what_is_hidden_answers_like_what_is_not(house: House, reader: str) -> None:
    """404 in the same words, by GET and by POST, whatever the route."""
    kinds = {"/hypotheses/": "H", "/projects/": "P", "/claims/": "claim", "/comments/": "comment"}
    kinds |= {"/meetings/": "meeting"}
    kinds |= {"/questions/drafts/": "draft", "/questions/": "Q", "/triage/": "Q"}
    nothing = {"Q": "Q-2026-9999", "H": "H-2026-9999", "P": "P-2026-9999"}
    told: list[tuple[str, str]] = []
    for rule in house.app.url_map.iter_rules():
        kind = next((kind for start, kind in kinds.items() if rule.rule.startswith(start)), "")
        if not kind or not rule.arguments:
            continue
        for method in sorted({"GET", "POST"} & set(rule.methods or ())):
            none = nothing.get(kind, "987654")
            absent = _answer(house, reader, rule, method, none)
            away = _at_the_door(house, reader, rule)
            for ref in house.hidden[kind][:1] if away else house.hidden[kind]:
                if _answer(house, reader, rule, method, ref) != absent:
                    told.append((method, rule.rule.replace("<ref>", ref)))
    assert not told, "\n".join(map(str, told))


def _answer(house: House, reader: str, rule: Rule, method: str, name: str) -> str:
    others = {"decision": "decline", "number": house.hidden["milestone"][0]}
    path = re.sub(
        r"<(?:[^<>]*:)?(\w+)>",
        lambda match: name if match[1] == "ref" or "<ref>" not in rule.rule else others[match[1]],
        rule.rule,
    )
    data = {"reason": "x", "text": "x"} if method == "POST" else None
    answer = house.clients[reader].open(path, method=method, data=data)
    told = _received(answer).replace(path, "")
    return told if name.isdecimal() else told.replace(name, "")


@pytest.mark.parametrize("reader", ["carl", "ivan", "ada"])
def test_searching_for_hidden_words_is_like_searching_for_none(house: House, reader: str) -> None:
    """No hit, no count, no correction, and none of what other words would have found is lost."""
    words = ["cercletitle", "retrecititle", "soumiseproblem", "hypothesestatement", "projettitre"]
    words += ["cerclemot", "brouillontitle", "refus", "entrenous"]
    client, nothing = house.clients[reader], "zzqwxkjv"
    for word, around in product(
        words, ("{}", "mélanome {}", "patient {} plusieurs", "anti-PD-1 {} patients", '"{} que"')
    ):
        asked, absent = around.format(f"{SECRET}{word}"), around.format(nothing)
        found = _received(client.get("/search", query_string={"q": asked}))
        none = _received(client.get("/search", query_string={"q": absent}))
        assert found.replace(f"{SECRET}{word}", "") == none.replace(nothing, ""), asked
    for word in words:
        data = {"title": f"Texte {SECRET}{word}", "problem": f"{SECRET}{word} " * 3}
        assert SECRET not in _received(client.post("/search/similar", data=data))


@pytest.mark.parametrize("reader", [*STRANGERS, *INSIDERS])
def test_no_mail_carries_what_is_kept_to_a_few(house: House, reader: str) -> None:
    """Confidential mail is a link for everybody; strangers receive not even that."""
    if reader == "nobody":
        return
    address = house.user(reader).email
    mine = [text for to, text in house.mails if to == address]
    of_claire = re.compile(
        rf"{SECRET}(signalee|soumise|renvoyee|declinee|retiree|precision|refus|retrait)"
    )
    for text in mine:
        found = set(re.findall(rf"{SECRET}\w+", text))
        if reader == "claire":  # her own words, that nobody asked to keep to a circle
            found = {word for word in found if not of_claire.match(word)}
        if reader in INSIDERS:  # where they are invited to come
            found -= {f"{SECRET}salle"}
        assert found == set()
        assert MASKED not in text
        if reader in STRANGERS:
            assert not any(ref in text for kind in "QHP" for ref in house.hidden[kind])
    assert mine or reader == "sam"


@pytest.mark.parametrize("reader", ["carl", "lena", "ivan", "ada"])
def test_no_answer_to_a_mail_tells_what_is_hidden(house: House, reader: str) -> None:
    """A command on what is hidden is answered as one on nothing; an old letter opens no door."""
    here = house.settings.replaced(reply_domain="reply.example.org")
    person = house.user(reader)
    hidden = house.hidden["Q"]
    mine = select(Letter).where(Letter.user_id == person.id, Letter.token.is_not(None))
    letters = db.session.scalars(mine.order_by(Letter.id.desc())).all()
    digest_ = next(letter for letter in letters if letter.kind == "digest")
    told = set()
    for ref in [*hidden, "Q-2026-9999"]:
        said = f"!suivre {ref}\n!aussi {ref}\nBonjour."
        receipt = inbox.reply(person, said, here, to=digest_)
        told.add((receipt.outcome, receipt.ref, *(one.sentence for one in receipt.told)))
    assert len(told) == 1
    about = {one.id for one in db.session.scalars(select(Question).where(Question.ref.in_(hidden)))}
    for old in (letter for letter in letters if letter.question_id in about):
        assert inbox.reply(person, "Bonjour.", here, to=old).outcome is Outcome.NOT_ALLOWED
    bag = post.deliver(here)
    db.session.rollback()
    answers = [post.text(mail) + str(mail["Subject"]) for mail in bag.to(person)]
    assert answers
    for text in answers:
        assert SECRET not in text
        assert MASKED not in text
        typed = re.sub(r"!(?:suivre|aussi) Q-\d{4}-\d{4}", "", text)
        assert not any(ref in typed for ref in hidden)


@pytest.mark.parametrize("reader", ["carl", "lena", "ivan", "ada", "sam"])
def test_no_digest_and_no_file_holds_what_is_hidden(house: House, reader: str) -> None:
    person = house.user(reader)
    db.session.add(SavedSearch(user_id=person.id, words=f"{SECRET}cercle"))
    db.session.flush()
    with i18n.speaking("fr", person.timezone):
        said, _reader = digest.gather(person.id, house.settings)
    assert SECRET not in str(said), "a search for the word brings nothing either"
    for form in ("jsonl", "csv"):
        try:
            data = exporting.run(form, email=person.email).decode()
            data += exporting.run(form, email=person.email, what="projects").decode()
        except exporting.CannotExport:
            assert reader == "sam"
            continue
        assert reader != "sam"
        assert SECRET not in data
        assert MASKED not in data
        assert house.one(Question, "question").ref in data
    db.session.rollback()


@pytest.mark.parametrize("reader", ["carl", "lena", "ivan", "ada"])
def test_the_header_counts_only_what_the_notices_show(house: House, reader: str) -> None:
    page = house.after[reader]["/notifications"].text
    unread = re.search(r'href="/notifications"[^>]*>.*?</a>', page, re.S)
    assert unread is not None
    count = re.search(r'class="count[^"]*">(\d+)', unread[0])
    assert int(count[1] if count else 0) == page.count('class="card unread"')


def test_insiders_do_read_it(house: House) -> None:
    """The words are there to be found: the matrix looks for what exists."""
    ref, project = house.one(Question, "kept_question").ref, house.one(Project, "kept").ref
    for name, path in product(INSIDERS, (f"/questions/{ref}", f"/projects/{project}")):
        assert SECRET in house.clients[name].get(path).text, (name, path)
    assert MASKED in house.clients["mona"].get(
        f"/questions/{house.one(Question, 'asked').ref}"
    ).text  # fmt: skip
    readable = db.session.scalars(select(Question.id).where(readable_by(house.user("robin"))))
    assert house.ids["kept_question"] in set(readable)
    assert clock.now().year == 2026


def test_an_administrator_who_opened_a_project_reads_it_and_nothing_else(house: House) -> None:
    """After a reason: its pages, in reading. No other page of theirs moves by a byte."""
    kept, sealed = house.one(Project, "kept").ref, house.one(Hypothesis, "sealed").ref
    data = {"project": kept, "reason": "Une plainte à instruire."}
    assert house.clients["ada"].post("/admin/unsealed/new", data=data).status_code == 303
    own = (f"/projects/{kept}", f"/hypotheses/{sealed}")
    opened = {*own, f"/hypotheses/{sealed}/wordings"}
    assert "Le projet vous est ouvert" in house.clients["ada"].get(own[0]).text
    changed = set()
    for path, page in _walk(house, "ada")[1].items():
        if path not in house.after["ada"] or page.text != house.after["ada"][path].text:
            changed.add(path)
        elif page.endpoint not in OF_THE_SITE:
            assert SECRET not in page.text or page.endpoint == "discussion.edit", path
    of_the_site = {p.path for p in house.after["ada"].values() if p.endpoint in OF_THE_SITE}
    told = {*opened, "/admin/unsealed", f"/hypotheses/{sealed}/frozen.json"}
    home = {"/"}  # what is new to her in a thread is so since she last did something there
    assert changed - of_the_site - home == told
    for path in opened:
        assert SECRET in house.clients["ada"].get(path).text, path
    for path in own:
        said = house.clients["ada"].post(f"{path}/comments", data={"text": "Je passe."})
        assert said.status_code == 404, path
    number = db.session.scalars(select(Unsealing.id)).one()
    db.session.rollback()
    house.clients["ada"].post(f"/admin/unsealed/{number}/end")
    for path in opened:
        assert house.clients["ada"].get(path).status_code == 404, path


def test_a_route_that_nobody_said_how_to_fill_fails(house: House) -> None:
    class Unknown:
        rule, arguments, _converters = "/ships/<ship>", {"ship"}, {"ship": object()}

    with pytest.raises(AssertionError, match="how is ship to be filled"):
        addresses(Unknown(), fillings(house))  # type: ignore[arg-type]
