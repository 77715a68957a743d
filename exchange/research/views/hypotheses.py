"""HTTP of hypotheses."""

import re
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.errors import Conflict, NotAllowed, OutOfSight
from exchange.forms import Form
from exchange.i18n import gettext as _
from exchange.people.models import AREA_LABELS, Role
from exchange.questions import policy as asking
from exchange.questions.differences import differences
from exchange.questions.forms import Sort
from exchange.questions.models import Question
from exchange.questions.queries import Cursor, extract, places, visible_question
from exchange.research import facts, frozen, hypotheses, policy
from exchange.research.forms.filters import Filters
from exchange.research.forms.hypotheses import (
    EvidenceForm,
    HypothesisForm,
    OpinionForm,
    RevisionForm,
    VerdictForm,
)
from exchange.research.forms.shared import CONFIDENTIAL
from exchange.research.models import (
    DIRECTION_LABELS,
    ENDORSEMENT_LABELS,
    LIVING,
    PROJECT_STATE_LABELS,
    STANCE_LABELS,
    STRENGTH_LABELS,
    TEXT_LABELS,
    VERDICT_LABELS,
    Endorsement,
    Hypothesis,
    Verdict,
    Wording,
)
from exchange.research.queries import hypotheses as queries
from exchange.research.queries.claims import engaged_teams
from exchange.research.views.shared import bp, list_frame, person

HEADLINE = 200
"""Characters of a statement shown as a headline."""


@bp.route("/questions/<ref>/hypotheses/new", methods=["GET", "POST"])
@access(Role.RESEARCHER)
def propose(ref: str) -> ResponseReturnValue:
    """A testable answer, from a team at work on the question."""
    question = visible_question(ref, to=me())
    if request.method == "GET":
        hypotheses.require_proposable(question, me())
    teams = engaged_teams(question, among=me().team_ids)
    if not teams:
        raise NotAllowed(
            _("Une hypothèse vient d’une équipe engagée : rejoignez d’abord %(ref)s.", ref=ref)
        )
    form = HypothesisForm(teams=teams)
    if form.submitted():
        made: list[Hypothesis] = []
        if form.attempt(
            lambda ok: made.append(
                hypotheses.propose(
                    question,
                    form.idea(),
                    team=form.chosen_team,
                    by=me(),
                    confidential=form.confidential.data,
                    confirmed=ok,
                )
            )
        ):
            db.session.commit()
            flash(
                _(
                    "%(ref)s est proposée : le clinicien est invité à dire ce qu’il en pense.",
                    ref=made[0].ref,
                ),
                "success",
            )
            return web.back_to("research.hypothesis", ref=made[0].ref)
    return web.page(
        "research/propose.html",
        form=form,
        question=question,
        extract=extract(question.problem),
        confidential_help=CONFIDENTIAL,
    )


@bp.get("/hypotheses", endpoint="hypotheses")
@access()
def hypotheses_list() -> ResponseReturnValue:
    """The hypotheses the reader may read; the filters live in the address. Four queries."""
    everywhere = places()
    names = ("area", "verdict", "endorsement", "team")
    filters = Filters.read(request.args.to_dict(flat=False), names, everywhere.words["team"])
    cursor, lost = Cursor.asked(request.args, Sort.NEWEST)
    listed = queries.listed_hypotheses(me(), filters, everywhere.ids["team"], cursor)
    return web.page(
        "research/hypotheses.html",
        rows=listed.rows,
        extract=extract,
        area_labels=AREA_LABELS,
        verdict_labels=VERDICT_LABELS,
        endorsement_labels=ENDORSEMENT_LABELS,
        **list_frame("/hypotheses", filters, listed, lost),
    )


@bp.get("/hypotheses/<ref>")
@access()
def hypothesis(ref: str) -> ResponseReturnValue:
    """A hypothesis and what speaks for and against it. Eleven queries."""
    try:
        found = queries.hypothesis_looked_into(ref, by=me())
    except OutOfSight:
        return redirect(url_for("flags.hidden_hypothesis", ref=ref))
    return _hypothesis_page(found)


@bp.route("/hypotheses/<ref>/revise", methods=["GET", "POST"])
@access()
def revise(ref: str) -> ResponseReturnValue:
    """Change what it says; every wording stays readable."""
    found = queries.visible_hypothesis(ref, to=me())
    if request.method == "GET":
        hypotheses.require_revisable(found, me())
    form = RevisionForm(obj=found, since=hypotheses.last_number(found))
    if form.submitted() and form.attempt(
        lambda ok: hypotheses.revise(found, form.idea(), since=form.seen, by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(
            _("La nouvelle version est enregistrée ; les précédentes restent lisibles."), "success"
        )
        return web.back_to("research.hypothesis", ref=ref)
    overtaken = isinstance(form.refusal, Conflict)
    if overtaken:
        form.since.data = str(hypotheses.last_number(found))
    return web.page(
        "research/revise.html",
        form=form,
        hypothesis=found,
        question=found.question,
        extract=extract(found.question.problem),
        frozen=bool(frozen.seals_of(found)),
        overtaken=overtaken,
    )


@bp.get("/hypotheses/<ref>/wordings")
@access()
def wordings(ref: str) -> ResponseReturnValue:
    """Every wording, newest first, each with what it changed."""
    found = queries.hypothesis_looked_into(ref, by=me())
    listed = queries.wordings(found)
    previous: list[Wording | None] = [*listed[1:], None]
    return web.page(
        "research/wordings.html",
        hypothesis=found,
        question=found.question,
        wordings=[
            _told(one, than, found.question) for one, than in zip(listed, previous, strict=True)
        ],
        seals={seal.number: seal for seal in frozen.seals_of(found)},
    )


def _told(wording: Wording, than: Wording | None, question: Question) -> dict[str, Any]:
    labels = {name: _(label) for name, label in TEXT_LABELS.items()}
    before, after = (
        {**one.texts, "direction": _(DIRECTION_LABELS[one.direction])} if one else {}
        for one in (than, wording)
    )
    return {
        "number": wording.number,
        "author": person(wording.author_id, wording.author.name, question),
        "at": wording.at,
        "changes": [
            (label, differences(before[name], after[name]))
            for name, label in {**labels, "direction": _("Dans quel sens")}.items()
            if than is not None and before[name] != after[name]
        ],
        "words": None
        if than is not None
        else [(label, wording.html[name]) for name, label in labels.items()],
    }


@bp.route("/hypotheses/<ref>/endorse", methods=["GET", "POST"])
@access()
def endorse(ref: str) -> ResponseReturnValue:
    """The asker supports it, or says what is missing for the patients."""
    found = queries.visible_hypothesis(ref, to=me())
    if request.method == "GET":
        hypotheses.require_judge(found, me())
    form = OpinionForm()
    missing = request.form.get("opinion") == "missing"

    def say(ok: bool) -> None:
        decide = hypotheses.say_missing if missing else hypotheses.endorse
        decide(found, note=str(form.reason.data or ""), by=me(), confirmed=ok)

    if form.submitted() and form.attempt(say):
        db.session.commit()
        flash(
            _("L’équipe saura ce qui manque.")
            if missing
            else _("Vous soutenez cette hypothèse : un projet peut maintenant en naître."),
            "success",
        )
        return web.back_to("research.hypothesis", ref=ref)
    return web.page(
        "research/opinion.html",
        form=form,
        hypothesis=found,
        own=asking.is_asker(me(), found.question),
        Endorsement=Endorsement,
    )


@bp.route("/hypotheses/<ref>/evidence", methods=["GET", "POST"])
@access()
def add_evidence(ref: str) -> ResponseReturnValue:
    """Anyone who reads it may bring evidence."""
    found = queries.visible_hypothesis(ref, to=me())
    form = EvidenceForm()
    return web.form_page(
        form,
        lambda ok: hypotheses.add_evidence(
            found,
            stance=form.stance.data,
            note=str(form.note.data).strip(),
            identifier=str(form.identifier.data or "").strip(),
            searched_on=form.searched_on.data,
            strength=form.strength.data,
            by=me(),
            confirmed=ok,
        ),
        done=_("L’indice est ajouté."),
        title=_("Ajouter un indice"),
        submit=_("Ajouter cet indice"),
        back=url_for("research.hypothesis", ref=ref),
        then=url_for("research.hypothesis", ref=ref, _anchor="evidence"),
        heading=ref,
    )


@bp.route("/hypotheses/<ref>/freeze", methods=["GET", "POST"])
@access()
def freeze(ref: str) -> ResponseReturnValue:
    """Keep the digest of what it says, for proof of priority."""
    found = queries.visible_hypothesis(ref, to=me())
    if request.method == "GET":
        frozen.require_freezable(found, me())
    form = Form()
    return web.form_page(
        form,
        lambda _ok: frozen.freeze(found, by=me()),
        done=_("L’hypothèse est figée : gardez son fichier."),
        title=_("Figer cette hypothèse"),
        submit=_("Figer"),
        back=url_for("research.hypothesis", ref=ref),
        then=url_for("research.hypothesis", ref=ref, _anchor="frozen"),
        heading=ref,
        intro=_(
            "Une empreinte de son texte (SHA-256) et la date entrent dans un journal que personne"
            " ne peut modifier. Le fichier à télécharger se vérifie sans ce site."
        ),
    )


@bp.get("/hypotheses/<ref>/frozen.json")
@access()
def frozen_file(ref: str) -> ResponseReturnValue:
    """The file with which anyone checks the digest: of the wording that `version` names, or of
    the last one frozen."""
    number = request.args.get("version", type=int)
    text = frozen.file_of(queries.hypothesis_looked_into(ref, by=me()), number)
    name = f"{ref}-v{number}" if number else ref
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(text, mimetype="application/json", headers=headers)


@bp.route("/hypotheses/<ref>/verdict", methods=["GET", "POST"])
@access()
def verdict(ref: str) -> ResponseReturnValue:
    """Where the hypothesis stands, and why."""
    found = queries.visible_hypothesis(ref, to=me())
    if request.method == "GET":
        hypotheses.require_worker(found, me())
    others = {row.id: row for row in queries.others(found, to=me()) if row.verdict in LIVING}
    form = VerdictForm()
    form.offer(
        evidence=[
            (item.id, f"{_(STANCE_LABELS[item.stance])} · {extract(item.note)}")
            for item in found.evidence
        ],
        successors=[(row.id, f"{row.ref} · {extract(row.statement)}") for row in others.values()],
    )
    if form.submitted() and form.attempt(
        lambda ok: hypotheses.judge(
            found,
            verdict=form.verdict.data,
            reason=str(form.reason.data),
            evidence=[item for item in found.evidence if item.id in form.named],
            successor=db.session.get(Hypothesis, form.replaced_by) if form.replaced_by else None,
            by=me(),
            confirmed=ok,
        )
    ):
        db.session.commit()
        flash(
            _(
                "Le verdict est rendu : %(verdict)s.",
                verdict=_(VERDICT_LABELS[Verdict(form.verdict.data)]),
            ),
            "success",
        )
        return web.back_to("research.hypothesis", ref=ref)
    return web.form_page(
        form,
        title=_("Rendre un verdict"),
        submit=_("Rendre ce verdict"),
        back=url_for("research.hypothesis", ref=ref),
        heading=ref,
        intro=_("Une hypothèse réfutée est un résultat : dites-le sans détour."),
    )


def _hypothesis_page(found: Hypothesis) -> ResponseReturnValue:
    reader, question = me(), found.question
    takes_part = policy.may_read_hypothesis(reader, found)
    around = queries.around(found, to=reader)
    living = found.verdict in LIVING
    worker = policy.may_work_on(reader, found)
    judge = policy.may_endorse(reader, found) and living
    engaged = around.engaged or reader.is_moderator
    ready = living and found.endorsement is Endorsement.ENDORSED
    startable = ready and engaged and asking.may_claim(reader, question)
    closed = []
    if not judge:
        closed.append(
            (
                _("Soutenir, ou dire ce qui manque"),
                _("Cet avis revient à la personne qui a posé la question.")
                if living
                else _("Son verdict est rendu."),
            )
        )
    if not worker:
        closed.append(
            (_("Rendre un verdict"), _("Il revient à l’équipe %(team)s.", team=found.team.name))
        )
    if not startable:
        closed.append((_("Lancer un projet"), _why_no_project(living, ready)))
    return web.page(
        "research/hypothesis.html",
        hypothesis=found,
        headline=_headline(found.statement),
        question=question,
        around=around,
        living=living,
        seals=frozen.seals_of(found)[::-1],
        successor=around.others.get(found.superseded_by_id or 0),
        replaced=[row for row in around.others.values() if row.superseded_by_id == found.id],
        judge=judge,
        own=asking.is_asker(reader, question),
        worker=worker,
        startable=startable,
        closed=closed,
        takes_part=takes_part,
        may_discuss=takes_part and asking.may_discuss(reader, question),
        opinion_form=OpinionForm(formdata=None) if judge else None,
        evidence_form=EvidenceForm(formdata=None),
        stances=[
            (stance, _(label), [e for e in around.evidence if e.stance is stance])
            for stance, label in STANCE_LABELS.items()
        ],
        ranks={item.id: rank for rank, item in enumerate(around.evidence, start=1)},
        text_labels=TEXT_LABELS,
        person=person,
        opinion_kinds={
            facts.HypothesisEndorsed.kind: _("la soutient"),
            facts.HypothesisMissing.kind: _("dit ce qui manque"),
        },
        verdict_labels=VERDICT_LABELS,
        strength_labels=STRENGTH_LABELS,
        direction_labels=DIRECTION_LABELS,
        endorsement_labels=ENDORSEMENT_LABELS,
        state_labels=PROJECT_STATE_LABELS,
        area_labels=AREA_LABELS,
        Endorsement=Endorsement,
    )


def _headline(statement: str) -> str:
    """The statement when it is short, else its first sentence, else its first words."""
    if len(statement) <= HEADLINE:
        return statement
    first = re.split(r"(?<=[.!?])\s", statement, maxsplit=1)[0]
    return first if len(first) <= HEADLINE else extract(statement)


def _why_no_project(living: bool, ready: bool) -> str:
    if not living:
        return _("Son verdict est rendu.")
    if not ready:
        return _("Il faut d’abord le soutien de la personne qui a posé la question.")
    return _("Cela revient à une équipe engagée sur la question.")
