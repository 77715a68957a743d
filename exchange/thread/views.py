"""HTTP of the thread page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web, workdays
from exchange.access import access, me, only_looks
from exchange.errors import OutOfSight
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.i18n import local_day, local_today, show_date, show_since
from exchange.outbox import letters
from exchange.people.models import AREA_LABELS, User
from exchange.questions import actions, policy
from exchange.questions.facts import Returned
from exchange.questions.models import (
    BAND_LABELS,
    KIND_LABELS,
    SEVERITY_LABELS,
    TEXT_FIELDS,
    TEXT_LABELS,
    Audience,
    Question,
    Stage,
)
from exchange.questions.queries import visible_question
from exchange.research.models import (
    ENDORSEMENT_LABELS,
    LIVING,
    PROJECT_STATE_LABELS,
    REPLY_LABELS,
    REQUEST_LABELS,
    VERDICT_LABELS,
    Endorsement,
)
from exchange.thread import course, queries
from exchange.thread.offers import Closed, Offer, closed, offers
from exchange.thread.queries import Head, Story
from exchange.thread.timeline import Entry, Teller, department

bp = Blueprint("thread", __name__)


@dataclass(frozen=True)
class ThreadPage:
    """Everything the template shows, ready."""

    head: Head
    story: Story
    question: Question
    entries: list[Entry]
    fresh: int
    first_fresh: int
    fresh_since: str
    """The day of the first of them, in words."""
    folded: tuple[int, int, int]
    """What was read long ago is folded: the numbers of its first entry and of the first one that
    is shown again, and how many entries; zeros when everything is shown."""
    last_shown: int
    steps: list[course.Step]
    turn: course.Turn
    asker: str
    offers: list[Offer]
    closed: list[Closed]
    facts: list[tuple[str, str]]
    tags: tuple[tuple[str, str], ...]
    rephrased: bool
    asked_for: str
    """What the moderator asks of the reader, while the question is back with them."""
    may_discuss: bool
    answers: bool
    """Whether the reader answers what teams ask of the clinician."""


@bp.get("/questions/<ref>")
@access()
@only_looks
def show(ref: str) -> ResponseReturnValue:
    """The whole story of a question."""
    reader = me()
    try:
        head = queries.head(ref, to=reader)
    except OutOfSight:
        return redirect(url_for("flags.rewrite", ref=ref))
    whole = "all" in request.args
    question = head.question
    same = web.unchanged(
        "thread", question.id, question.version, head.last_event, head.twin_event, head.level,
        head.read_event_id, question.support_count, whole, head.tags,
    )  # fmt: skip
    if same is not None:
        return same
    story = queries.story(question, to=reader, whole=whole)
    return web.page(
        "thread/show.html",
        page=_page(head, story, reader, whole=whole),
        today=local_today(),
        **_LABELS,
    )


@bp.post("/questions/<ref>/read")
@access()
def read(ref: str) -> ResponseReturnValue:
    """How far the reader has read. The script needs no answer; the button comes back."""
    question = visible_question(ref, to=me())
    seen = min(request.form.get("event", 0, web.row_number), queries.last_event(question))
    actions.mark_read(question, me(), event_id=seen)
    letters.mark_read(me().id, question_id=question.id)
    db.session.commit()
    return web.back_to("thread.show", ref=ref) if "back" in request.form else ("", 204)


@bp.route("/questions/<ref>/follow", methods=["GET", "POST"])
@access()
def follow(ref: str) -> ResponseReturnValue:
    """Hear of what happens; who comes from a mail is asked first."""
    question = visible_question(ref, to=me())
    form = BareForm()
    if form.submitted():
        actions.follow(question, me(), again=True)
        db.session.commit()
        flash(_("Vous suivez cette question."), "success")
        return web.back_to("thread.show", ref=ref)
    return web.form_page(
        form,
        title=_("Suivre cette question ?"),
        submit=_("Suivre"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Ce qui s’y passe vous sera dit par courriel et dans vos notifications."),
    )


@bp.post("/questions/<ref>/unfollow")
@access()
def unfollow(ref: str) -> ResponseReturnValue:
    """Neither follow nor mute."""
    actions.unfollow(visible_question(ref, to=me()), me())
    db.session.commit()
    flash(_("Vous ne suivez plus cette question."), "success")
    return web.back_to("thread.show", ref=ref)


@bp.route("/questions/<ref>/mute", methods=["GET", "POST"])
@access()
def mute(ref: str) -> ResponseReturnValue:
    """Hear nothing more of it; who comes from a mail is asked first."""
    question = visible_question(ref, to=me())
    form = BareForm()
    if form.submitted():
        actions.mute(question, me())
        db.session.commit()
        flash(_("Vous n’entendrez plus parler de cette question."), "success")
        return web.back_to("thread.show", ref=ref)
    return web.form_page(
        form,
        title=_("Ne plus rien recevoir de cette question ?"),
        submit=_("Ne plus rien recevoir"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Vous pourrez la suivre de nouveau depuis sa page."),
    )


BEGINNING, LATEST, WORTH_FOLDING = 3, 15, 8
"""Entries of a long story that stay in sight at its beginning and its end, and how many between
them are worth folding."""

_LABELS: dict[str, Any] = {
    "area_labels": AREA_LABELS,
    "text_fields": TEXT_FIELDS,
    "text_labels": TEXT_LABELS,
    "verdict_labels": VERDICT_LABELS,
    "endorsement_labels": ENDORSEMENT_LABELS,
    "state_labels": PROJECT_STATE_LABELS,
    "request_labels": REQUEST_LABELS,
    "reply_labels": REPLY_LABELS,
}


def _page(head: Head, story: Story, reader: User, *, whole: bool) -> ThreadPage:
    question = head.question
    entries = Teller(head, story, reader).entries()
    fresh = [entry for entry in entries if entry.fresh]
    able = offers(head, story, reader)
    return ThreadPage(
        head=head,
        story=story,
        question=question,
        entries=entries,
        fresh=len(fresh),
        first_fresh=fresh[0].number if fresh else 0,
        fresh_since=show_since(datetime.fromisoformat(fresh[0].iso)) if fresh else "",
        folded=(0, 0, 0) if whole else _folded(entries, head.read_event_id),
        last_shown=entries[-1].number if entries else 0,
        steps=course.steps(question.stage, question.stage_since, _reached(question, story)),
        turn=course.turn(_standing(head, story, reader)),
        asker=head.asker if policy.sees_asker(reader, question) else department(head),
        offers=able,
        closed=closed(head, able, story, reader),
        facts=_facts(head, story),
        tags=head.tags,
        rephrased=head.first_title != question.title or head.first_html != question.html,
        asked_for=_asked_for(question, story, reader),
        answers=policy.is_asker_or_moderator(reader, question),
        # The answer to the moderator is a move of its own: no second box beside it.
        may_discuss=policy.may_discuss(reader, question)
        and not (question.stage is Stage.RETURNED and policy.is_asker(reader, question)),
    )


def _asked_for(question: Question, story: Story, reader: User) -> str:
    if question.stage is not Stage.RETURNED or not policy.is_asker(reader, question):
        return ""
    last = max(
        (event for event in story.events if event.kind == Returned.kind),
        key=lambda event: event.id,
        default=None,
    )
    return story.prose.get(("note", last.data["note_id"]), "") if last else ""


def _folded(entries: list[Entry], read: int) -> tuple[int, int, int]:
    """The middle of a long story, as far as it was read."""
    known = sum(entry.number <= read for entry in entries)
    end = min(known, len(entries) - LATEST)
    if end - BEGINNING < WORTH_FOLDING:
        return 0, 0, 0
    return entries[BEGINNING].number, entries[end].number, end - BEGINNING


def _reached(question: Question, story: Story) -> dict[Stage, datetime | None]:
    """When the stops behind were reached, as far as the reader may know."""
    leads = [claim.at for claim in story.claims if claim.lead and claim.ended_at is None]
    return {
        Stage.SUBMITTED: question.submitted_at,
        Stage.OPEN: question.published_at,
        Stage.CLAIMED: min(leads, default=None),
        Stage.HYPOTHESIS: min((h.at for h, _team in story.hypotheses), default=None),
        Stage.PROJECT: min((project.at for project in story.projects), default=None),
    }


def _standing(head: Head, story: Story, reader: User) -> course.Standing:
    question = head.question
    leading = next((c for c in story.claims if c.lead and c.ended_at is None), None)
    living = [h for h, _team in story.hypotheses if h.verdict in LIVING]
    into = story.twins.get(question.merged_into_id or 0, ("", ""))[0]
    return course.Standing(
        stage=question.stage,
        mine=policy.is_asker(reader, question),
        team=head.lead_team,
        team_mine=question.lead_team_id in reader.team_ids,
        step=leading.next_step if leading else "",
        step_on=leading.next_step_on if leading else None,
        due=workdays.after(local_day(question.stage_since), web.settings().decision_days),
        awaited=sum(h.endorsement is Endorsement.AWAITED for h in living),
        endorsed=sum(h.endorsement is Endorsement.ENDORSED for h in living),
        into=into,
    )


def _facts(head: Head, story: Story) -> list[tuple[str, str]]:
    question = head.question
    rows = [(_("Genre de question"), _(KIND_LABELS[question.kind]))]
    if question.patients:
        rows.append((_("Patients"), _(BAND_LABELS[question.patients])))
    if question.severity:
        rows.append((_("Gravité"), _(SEVERITY_LABELS[question.severity])))
    if question.partner:
        rows.append((_("Partenaire"), _("Le service est prêt à être le partenaire clinique.")))
    if question.known_searched_on:
        rows.append((_("Recherche faite"), show_date(question.known_searched_on)))
    if story.supports:
        rows.append((_("Aussi concernés"), _supports(story)))
    rows.append((_("Qui peut lire"), _readers(question, story)))
    return rows


def _supports(story: Story) -> str:
    return ", ".join(
        f"{short or _('établissement non précisé')} ({count})"
        for _number, short, count in sorted(story.supports, key=lambda s: -s[2])
    )


def _readers(question: Question, story: Story) -> str:
    if question.published_at is None:
        now = _("La personne qui a posé la question et les modérateurs.")
        return f"{now} {_('Une fois publiée :')} {_audience(question, story)}"
    return _audience(question, story)


def _audience(question: Question, story: Story) -> str:
    if question.audience is Audience.MEMBERS:
        return _("Tous les membres du site.")
    return _(
        "La personne qui a posé la question, les modérateurs et : %(teams)s.",
        teams=", ".join(story.circle),
    )
