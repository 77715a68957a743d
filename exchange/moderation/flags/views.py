"""Reports over HTTP: raising one, what became of mine, and the moderator's decision."""

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.i18n import gettext as _
from exchange.moderation.flags import actions, queries, targets
from exchange.moderation.flags.forms import DecideForm, FlagForm, RewriteForm
from exchange.moderation.flags.models import VERDICT_LABELS, Kind
from exchange.moderation.flags.targets import Target
from exchange.moderation.grounds import GROUND_LABELS, Ground
from exchange.people.models import Role
from exchange.questions.policy import may_edit
from exchange.research.forms.hypotheses import IdeaForm
from exchange.research.policy import may_revise

bp = Blueprint("flags", __name__)


@bp.route("/questions/<ref>/flag", methods=["GET", "POST"])
@access()
def question(ref: str) -> ResponseReturnValue:
    """Report a question."""
    return _flag(targets.of_question(ref, to=me()))


@bp.route("/hypotheses/<ref>/flag", methods=["GET", "POST"])
@access()
def hypothesis(ref: str) -> ResponseReturnValue:
    """Report a hypothesis."""
    return _flag(targets.of_hypothesis(ref, to=me()))


@bp.route("/comments/<int(max=2147483647):number>/flag", methods=["GET", "POST"])
@access()
def comment(number: int) -> ResponseReturnValue:
    """Report a message."""
    return _flag(targets.of_comment(number, to=me()))


@bp.route("/questions/<ref>/rewrite", methods=["GET", "POST"])
@access()
def rewrite(ref: str) -> ResponseReturnValue:
    """Why one's own question is out of sight, and a form to write it anew."""
    hidden = targets.hidden_question(ref, of=me())
    form = RewriteForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.rewrite(hidden, form.texts(), by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(
            _("C’est écrit. Un modérateur la relit avant qu’elle soit de nouveau visible."),
            "success",
        )
        return redirect("/", 303)
    return web.page(
        "moderation/hidden.html",
        ref=ref,
        form=form if may_edit(me(), hidden) else None,
    )


@bp.route("/hypotheses/<ref>/hidden", methods=["GET", "POST"])
@access()
def hidden_hypothesis(ref: str) -> ResponseReturnValue:
    """Why one's own hypothesis is out of sight, and a form to write it anew."""
    hidden = targets.hidden_hypothesis(ref, of=me())
    form = IdeaForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.rewrite_hypothesis(hidden, form.idea(), by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(
            _("C’est écrit. Un modérateur la relit avant qu’elle soit de nouveau visible."),
            "success",
        )
        return redirect("/", 303)
    return web.page(
        "moderation/hidden.html",
        ref=ref,
        form=form if may_revise(me(), hidden) else None,
        idea=True,
    )


@bp.route("/questions/<ref>/attachments/<int(max=2147483647):number>/flag", methods=["GET", "POST"])
@access()
def attachment(ref: str, number: int) -> ResponseReturnValue:
    """Report a file."""
    return _flag(targets.of_attachment(ref, number, to=me()))


@bp.get("/flags")
@access()
def mine() -> ResponseReturnValue:
    """What I reported, and what became of it."""
    return web.page(
        "moderation/flags_mine.html",
        flags=queries.mine(me()),
        ground_labels=GROUND_LABELS,
        verdict_labels=VERDICT_LABELS,
        titles=_reported(),
    )


@bp.route("/triage/flags/<int(max=2147483647):number>", methods=["GET", "POST"])
@access(Role.MODERATOR)
def decide(number: int) -> ResponseReturnValue:
    """One text that was reported: read it again, and decide."""
    flag_ = queries.one(number)
    target = targets.of_flag(flag_)
    form = DecideForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.decide(
            flag_, verdict=form.verdict.data, answer=form.answer.data or "", by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(_("C’est décidé ; qui l’a signalé reçoit votre réponse."), "success")
        return web.back_to("moderation.desk")
    return web.page(
        "moderation/flag.html",
        flag=flag_,
        reports=queries.of_same_text(flag_),
        target=target,
        form=form,
        ground_labels=GROUND_LABELS,
        verdict_labels=VERDICT_LABELS,
        heading=_reported()[flag_.kind],
        anew=targets.is_anew(target, since=flag_.at),
    )


def _flag(target: Target) -> ResponseReturnValue:
    form = FlagForm()
    if form.submitted() and form.attempt(
        lambda ok: actions.flag(
            target, ground=form.ground.data, text=form.text.data or "", by=me(), confirmed=ok
        )
    ):
        db.session.commit()
        flash(_thanks(form.ground.data), "success")
        return redirect("/flags", 303)
    return web.form_page(
        form,
        title=_titles()[target.kind],
        submit=_("Signaler"),
        back=target.address,
        heading=target.heading,
        intro=_(
            "Un modérateur relit et vous répond. Ce qui pourrait faire reconnaître un patient est"
            " masqué aussitôt."
        ),
    )


def _thanks(ground: Ground) -> str:
    if ground is Ground.IDENTITY:
        return _("Merci. Le texte est masqué ; un modérateur le relit et vous répondra.")
    return _("Merci. Un modérateur relit ce texte et vous répondra.")


def _titles() -> dict[Kind, str]:
    return {
        Kind.QUESTION: _("Signaler une question"),
        Kind.COMMENT: _("Signaler un message"),
        Kind.HYPOTHESIS: _("Signaler une hypothèse"),
        Kind.ATTACHMENT: _("Signaler une pièce jointe"),
    }


def _reported() -> dict[Kind, str]:
    return {
        Kind.QUESTION: _("Une question signalée"),
        Kind.COMMENT: _("Un message signalé"),
        Kind.HYPOTHESIS: _("Une hypothèse signalée"),
        Kind.ATTACHMENT: _("Une pièce jointe signalée"),
    }
