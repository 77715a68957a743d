"""HTTP of claims."""

from collections.abc import Sequence

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.errors import Conflict, NotAllowed
from exchange.i18n import gettext as _
from exchange.i18n import local_today, show_date
from exchange.people.models import Role, Team
from exchange.questions import workflow
from exchange.questions.models import Question, Stage
from exchange.questions.queries import extract, visible_question
from exchange.research import ageing, claims, needs
from exchange.research.forms.claims import (
    ClaimForm,
    DeferForm,
    HandOverForm,
    NewsForm,
    ReplyForm,
    RequestForm,
)
from exchange.research.forms.shared import WhyForm
from exchange.research.models import REQUEST_LABELS
from exchange.research.queries import claims as queries
from exchange.research.views.shared import NUMBER, bp, thread


@bp.route("/questions/<ref>/claim", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def claim(ref: str) -> ResponseReturnValue:
    """Lead the work on a question. Whoever comes second finds what they typed, and may join."""
    question = visible_question(ref, to=me())
    if request.method == "GET":
        if question.stage in claims.JOINABLE:
            return web.back_to("research.join", ref=ref)
        workflow.require(question, "claim", by=me())
    form = ClaimForm(teams=_own_teams())
    if form.submitted() and form.attempt(
        lambda ok: claims.claim(
            question, form.promise(), team=form.chosen_team, by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(
            _("Votre équipe mène maintenant cette question : la personne qui l’a posée le saura."),
            "success",
        )
        return web.back_to("thread.show", ref=ref)
    return _claim_page(form, question, joining=isinstance(form.refusal, claims.AlreadyLed))


@bp.route("/questions/<ref>/join", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def join(ref: str) -> ResponseReturnValue:
    """Work beside the leading team."""
    question = visible_question(ref, to=me())
    if request.method == "GET":
        if question.stage is Stage.OPEN:
            return web.back_to("research.claim", ref=ref)
        claims.require_joinable(question, me())
        if len(queries.engaged_teams(question, among=me().team_ids)) == len(me().team_ids):
            raise Conflict(_("Votre équipe est déjà engagée sur cette question."))
    form = ClaimForm(teams=_own_teams())
    if form.submitted() and form.attempt(
        lambda ok: claims.join(
            question, form.promise(), team=form.chosen_team, by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(_("Votre équipe a rejoint cette question."), "success")
        return web.back_to("thread.show", ref=ref)
    return _claim_page(form, question, joining=True)


@bp.route(f"/claims/{NUMBER}/update", methods=["GET", "POST"])
@access()
def update_claim(number: int) -> ResponseReturnValue:
    """One line of news, and the next step."""
    opened = queries.visible_claim(number, to=me())
    if request.method == "GET":
        claims.require_living(opened, me())
    question = opened.question
    late = opened.next_step_on is not None and opened.next_step_on < local_today()
    form = NewsForm()
    if request.method == "GET":  # a line sent from the question's page changes no promise
        form.next_step.data = opened.next_step
        form.next_step_on.data = None if late else opened.next_step_on
    promised = (
        _(
            "Prochaine étape promise : %(step)s (%(day)s).",
            step=opened.next_step,
            day=show_date(opened.next_step_on),
        )
        if opened.next_step_on
        else ""
    )
    return web.form_page(
        form,
        lambda ok: claims.update(
            opened,
            text=str(form.text.data).strip(),
            next_step=" ".join(str(form.next_step.data or "").split()),
            next_step_on=form.next_step_on.data,
            by=me(),
            confirmed=ok,
        ),
        done=_("Vos nouvelles sont sur la page de la question."),
        title=_("Donner des nouvelles"),
        submit=_("Publier ces nouvelles"),
        back=thread(question),
        heading=f"{question.ref} · {question.title}",
        intro=promised,
    )


@bp.route(f"/claims/{NUMBER}/release", methods=["GET", "POST"])
@access()
def release(number: int) -> ResponseReturnValue:
    """Give the question back, or leave the team that leads it."""
    opened = queries.visible_claim(number, to=me())
    if request.method == "GET":
        claims.require_releasable(opened, me())
    question, lead = opened.question, opened.lead
    form = WhyForm()
    return web.form_page(
        form,
        lambda ok: claims.release(opened, reason=str(form.reason.data), by=me(), confirmed=ok),
        done=_("La question est rendue : elle est de nouveau ouverte.")
        if lead
        else _("Votre équipe n’est plus engagée sur cette question."),
        title=_("Rendre la question") if lead else _("Se désengager"),
        submit=_("Rendre la question") if lead else _("Désengager notre équipe"),
        back=thread(question),
        heading=f"{question.ref} · {question.title}",
        intro=_("La question redevient ouverte à toutes les équipes, avec votre raison.")
        if lead
        else _("L’équipe meneuse continue sans vous ; votre raison est lisible sur la page."),
        danger=True,
    )


@bp.route(f"/claims/{NUMBER}/defer", methods=["GET", "POST"])
@access()
def defer_claim(number: int) -> ResponseReturnValue:
    """Ask nobody for news before a day."""
    opened = queries.visible_claim(number, to=me())
    if request.method == "GET":
        ageing.require_deferrable(opened, me())
    question = opened.question
    form = DeferForm()
    return web.form_page(
        form,
        lambda ok: ageing.defer(
            opened,
            until=form.until.data or local_today(),
            reason=str(form.reason.data),
            patience=ageing.Patience.of(web.settings()),
            by=me(),
            confirmed=ok,
        ),
        done=_("Personne ne sera relancé avant ce jour."),
        title=_("Reporter les relances"),
        submit=_("Reporter"),
        back=thread(question),
        heading=f"{question.ref} · {question.title}",
        intro=_(
            "Sans nouvelles, l’équipe est relancée, puis prévenue, puis la question redevient"
            " ouverte. Si vous savez que rien ne bougera avant une date, dites-le."
        ),
    )


@bp.route(f"/claims/{NUMBER}/hand-over", methods=["GET", "POST"])
@access()
def hand_over(number: int) -> ResponseReturnValue:
    """Let a joining team lead."""
    opened = queries.visible_claim(number, to=me())
    if request.method == "GET":
        claims.require_transferable(opened, me())
    question = opened.question
    joined = {one.id: one for one in queries.joined_claims(question)}
    if not joined:
        raise Conflict(_("Aucune autre équipe n’a rejoint cette question."))
    form = HandOverForm(joined=[(one.id, one.team.name) for one in joined.values()])
    if form.submitted() and form.attempt(
        lambda _ok: claims.hand_over(opened, joined[form.claim.data], by=me())
    ):
        db.session.commit()
        flash(
            _("L’équipe %(team)s mène maintenant cette question.",
              team=joined[form.claim.data].team.name),
            "success",
        )  # fmt: skip
        return web.back_to("thread.show", ref=question.ref)
    return web.form_page(
        form,
        title=_("Passer la main"),
        submit=_("Passer la main"),
        back=thread(question),
        heading=f"{question.ref} · {question.title}",
        intro=_("Votre équipe reste engagée, à côté de celle qui mène."),
    )


@bp.route(f"/claims/{NUMBER}/requests/new", methods=["GET", "POST"])
@access()
def ask_clinician(number: int) -> ResponseReturnValue:
    """One thing that the team needs from the clinician."""
    opened = queries.visible_claim(number, to=me())
    if request.method == "GET":
        claims.require_living(opened, me())
    question = opened.question
    form = RequestForm()
    return web.form_page(
        form,
        lambda ok: needs.ask(
            opened,
            kind=form.kind.data,
            text=str(form.text.data).strip(),
            by=me(),
            confirmed=ok,
        ),
        done=_("Votre demande est partie."),
        title=_("Demander quelque chose au clinicien"),
        submit=_("Demander"),
        back=thread(question),
        then=url_for("thread.show", ref=question.ref, _anchor="claims"),
        heading=f"{question.ref} · {question.title}",
        intro=_("Une chose par demande : chacune reçoit sa réponse."),
    )


@bp.route(f"/requests/{NUMBER}/answer", methods=["GET", "POST"])
@access()
def answer_request(number: int) -> ResponseReturnValue:
    """The asker says yes, in part or no."""
    asked = queries.visible_request(number, to=me())
    if request.method == "GET":
        needs.require_answerable(asked, me())
    question = asked.claim.question
    form = ReplyForm()
    return web.form_page(
        form,
        lambda ok: needs.answer(
            asked, reply=form.reply.data, note=str(form.reason.data or ""), by=me(), confirmed=ok
        ),
        done=_("Votre réponse est partie."),
        title=_("Répondre à l’équipe %(team)s", team=asked.claim.team.name),
        submit=_("Répondre"),
        back=thread(question),
        then=url_for("thread.show", ref=question.ref, _anchor="claims"),
        heading=f"{question.ref} · {question.title}",
        intro=_("%(what)s : %(words)s", what=_(REQUEST_LABELS[asked.kind]), words=asked.text),
    )


def _own_teams() -> Sequence[Team]:
    if not me().teams:
        raise NotAllowed(
            _(
                "Il faut faire partie d’une équipe : demandez à un administrateur de vous y inscrire."
            )
        )
    return me().teams


def _claim_page(form: ClaimForm, question: Question, *, joining: bool) -> ResponseReturnValue:
    return web.page(
        "research/claim.html",
        form=form,
        question=question,
        joining=joining,
        overtaken=isinstance(form.refusal, claims.AlreadyLed),
        extract=extract(question.problem),
    )
