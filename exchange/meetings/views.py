"""HTTP of meetings."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from exchange import clock, db, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.i18n import show_zone
from exchange.meetings import actions, policy, queries
from exchange.meetings.forms import (
    AnswersForm,
    CancelForm,
    FixForm,
    MoveForm,
    ProposeForm,
    answers_form,
)
from exchange.meetings.models import (
    ANSWER_LABELS,
    STATE_LABELS,
    WAY_LABELS,
    Meeting,
    MeetingState,
)
from exchange.questions.queries import visible_question

bp = Blueprint("meetings", __name__)

NUMBER = "<int(max=2147483647):number>"


@bp.route("/questions/<ref>/meetings/new", methods=["GET", "POST"])
@access()
def propose(ref: str) -> ResponseReturnValue:
    """Propose a visit or a call."""
    question = visible_question(ref, to=me())
    if request.method == "GET":
        actions.require_proposable(question, me())
    form = ProposeForm()
    made: list[Meeting] = []
    if form.submitted() and form.attempt(
        lambda ok: made.append(
            actions.propose(
                question,
                form.plan(me().timezone),
                dates=form.dates(),
                word=form.word.data or "",
                by=me(),
                confirmed=ok,
            )
        )
    ):
        db.session.commit()
        flash(_("La rencontre est proposée : les personnes invitées sont prévenues."), "success")
        return redirect(url_for("meetings.show", number=made[0].id), code=303)
    return web.form_page(
        form,
        title=_("Proposer une rencontre"),
        submit=_("Proposer"),
        back=url_for("thread.show", ref=question.ref),
        heading=f"{question.ref} · {question.title}",
        intro=_(
            "Deux ou trois dates, à l’heure de %(zone)s. La personne qui a posé la question et les"
            " responsables des équipes qui y travaillent disent lesquelles leur conviennent ; vous"
            " en fixez une, et chacun reçoit l’invitation pour son agenda.",
            zone=show_zone(me().timezone),
        ),
    )


@bp.route(f"/meetings/{NUMBER}", methods=["GET", "POST"])
@access()
def show(number: int) -> ResponseReturnValue:
    """What is proposed, who can come when, and one's own answer."""
    meeting = queries.visible_meeting(number, to=me())
    form = _answers(meeting)
    if form.submitted() and form.attempt(
        lambda _ok: actions.answer(meeting, form.answers(), by=me())
    ):
        db.session.commit()
        flash(_("Votre réponse est notée."), "success")
        return redirect(url_for("meetings.show", number=number), code=303)
    if form.refusal is not None:
        meeting = queries.visible_meeting(number, to=me())
    return _page(meeting, form)


@bp.post(f"/meetings/{NUMBER}/fix")
@access()
def fix(number: int) -> ResponseReturnValue:
    """One of the dates it is."""
    meeting = queries.visible_meeting(number, to=me())
    dates = {str(date.id): date for date in meeting.dates}
    form = FixForm(dates=meeting.dates)
    if form.submitted() and form.attempt(
        lambda _ok: actions.fix(meeting, dates[form.date.data], by=me())
    ):
        db.session.commit()
        flash(_("La date est fixée : les invitations partent."), "success")
        return redirect(url_for("meetings.show", number=number), code=303)
    if form.refusal is not None:
        raise form.refusal
    return _page(meeting, _answers(meeting), fixing=form)


@bp.route(f"/meetings/{NUMBER}/move", methods=["GET", "POST"])
@access()
def move(number: int) -> ResponseReturnValue:
    """Another date, duration or place."""
    meeting = queries.visible_meeting(number, to=me())
    if request.method == "GET":
        actions.require_decidable(meeting, me())
    form = MoveForm(
        way=meeting.way,
        place=meeting.place,
        minutes=str(meeting.minutes),
        first=_wall(meeting.starts_at, meeting.zone),
    )
    fixed = meeting.state is MeetingState.FIXED
    return web.form_page(
        form,
        lambda ok: actions.move(
            meeting,
            form.plan(meeting.zone),
            to=form.first.data or clock.now().replace(tzinfo=None),
            by=me(),
            confirmed=ok,
        ),
        done=_("C’est noté : les invitations partent."),
        title=_("Déplacer la rencontre") if fixed else _("Fixer une autre date"),
        submit=_("Déplacer") if fixed else _("Fixer"),
        back=url_for("meetings.show", number=number),
        heading=_("Rencontre %(ref)s", ref=meeting.question.ref),
        intro=_(
            "L’heure est celle de %(zone)s. Chacun reçoit l’invitation, ou sa mise à jour.",
            zone=show_zone(meeting.zone),
        ),
    )


@bp.route(f"/meetings/{NUMBER}/cancel", methods=["GET", "POST"])
@access()
def cancel(number: int) -> ResponseReturnValue:
    """It does not take place."""
    meeting = queries.visible_meeting(number, to=me())
    if request.method == "GET":
        actions.require_decidable(meeting, me())
    form = CancelForm()
    return web.form_page(
        form,
        lambda ok: actions.cancel(meeting, reason=form.reason.data or "", by=me(), confirmed=ok),
        done=_("La rencontre est annulée : les personnes invitées sont prévenues."),
        title=_("Annuler la rencontre"),
        submit=_("Annuler la rencontre"),
        back=url_for("meetings.show", number=number),
        heading=_("Rencontre %(ref)s", ref=meeting.question.ref),
        intro=_("Qui l’avait dans son agenda l’en voit retirée."),
        danger=True,
    )


def _page(
    meeting: Meeting, form: AnswersForm, *, fixing: FixForm | None = None
) -> ResponseReturnValue:
    user, question = me(), meeting.question
    guests = queries.guests(meeting, to=user)
    teams = queries.working_teams(question)
    invited = queries.is_invited(meeting, user)
    decides = meeting.is_living and policy.may_decide(user, meeting)
    choosing = decides and meeting.state is MeetingState.PROPOSED
    refused = fixing or (form if form.errors or form.sentence else None)
    return web.page(
        "meetings/show.html",
        status=refused.status if refused else 200,
        meeting=meeting,
        question=question,
        form=form,
        fixing=(fixing or FixForm(dates=meeting.dates)) if choosing else None,
        guests=guests,
        proposer=queries.name_of(meeting.proposer_id, meeting.proposer.name, question, user),
        answers=meeting.is_living and policy.may_come(user, question, teams, invited=invited),
        decides=decides,
        proposes=not meeting.is_living and policy.may_propose(user, question, teams),
        zone=show_zone(user.timezone),
        way_labels=WAY_LABELS,
        state_labels=STATE_LABELS,
        answer_labels=ANSWER_LABELS,
    )


def _answers(meeting: Meeting) -> AnswersForm:
    """The dates that can still be answered: the one that was fixed, else all that are ahead."""
    fixed = meeting.starts_at
    dates = [date for date in meeting.dates if fixed in (None, date.starts_at)]
    said = queries.answers_of(meeting, me())
    return answers_form([date for date in dates if date.starts_at > clock.now()], said)


def _wall(moment: datetime | None, zone: str) -> datetime | None:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment else None
