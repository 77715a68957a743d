"""HTTP of questions: asking, drafts, rewording, the asker's moves, support, and the list."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, current_app, flash, make_response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from exchange import db, i18n, web
from exchange.access import access, me, only_looks
from exchange.errors import Conflict, NotAllowed
from exchange.forms import BareForm
from exchange.i18n import gettext as _
from exchange.i18n import ngettext
from exchange.people.models import AREA_LABELS
from exchange.questions import actions as asking
from exchange.questions import policy, queries, tags, wording, workflow
from exchange.questions.content import TEXT_LIMIT, Content
from exchange.questions.differences import differences
from exchange.questions.forms import (
    FILTER_LABELS,
    LANGUAGE_LABELS,
    SORT_LABELS,
    SWITCHES,
    AskForm,
    Filters,
    Language,
    ReasonForm,
    ResubmitForm,
    Sort,
    SupportForm,
)
from exchange.questions.guidance import GUIDES
from exchange.questions.models import (
    KIND_LABELS,
    STAGE_LABELS,
    TEXT_LABELS,
    Question,
    Revision,
    RevisionKind,
    Stage,
)
from exchange.text import render
from exchange.vocabulary import current

bp = Blueprint("questions", __name__)

TAGS_SHOWN = 4
"""Tags on a card; the page of the question shows them all."""

Similar = Callable[[Content], Sequence[Any]]

REVISION_LABELS = {
    RevisionKind.ORIGINAL: i18n.mark("Les mots d’origine"),
    RevisionKind.EDIT: i18n.mark("Modifiée par la personne qui l’a posée"),
    RevisionKind.REPHRASE: i18n.mark("Reformulée par un modérateur"),
    RevisionKind.RESTORE: i18n.mark("Les mots de l’auteur, rendus par un modérateur"),
}


# -- the list --------------------------------------------------------------------------------


@bp.get("/questions")
@access()
@only_looks
def index() -> ResponseReturnValue:
    """The list; its filters live in the address. Six queries at most, whatever the size."""
    user = me()
    # What one's own lists show (drafts, the level of a follow) is not all in the version.
    if not {"mine", "following"} & set(request.args):
        version = queries.version_of_list(user)
        if same := web.unchanged("questions", request.query_string, current.stamp(), *version):
            return same
    path = url_for("questions.index")
    places = queries.places()
    filters = Filters.read(request.args.to_dict(flat=False), places.words)
    cursor, lost = _cursor(filters)
    listed = queries.listed(user, filters, places.ids, cursor)
    return web.page(
        "questions/list.html",
        filters=filters,
        labels=FILTER_LABELS,
        sorts=SORT_LABELS,
        switches=SWITCHES,
        cards=[_card(row, filters.sort) for row in listed.rows],
        chips=filters.chips(path),
        drafts=queries.drafts_of(user) if filters.on("mine") else [],
        newer=filters.address(path, before=listed.newer) if listed.newer else None,
        older=filters.address(path, after=listed.older) if listed.older else None,
        lost=lost,
        first=cursor is None,
        may_ask=policy.may_ask(user),
    )


def _cursor(filters: Filters) -> tuple[queries.Cursor | None, bool]:
    """Where in the list to read from, and whether the address named a place that is none."""
    for name, back in (("after", False), ("before", True)):
        if text := request.args.get(name):
            cursor = queries.Cursor.decode(text, filters.sort, back=back)
            return cursor, cursor is None
    return None, False


class Card(NamedTuple):
    """A question as `macros/question.html` shows it in a list: all that is shown, so that two
    equal cards look alike to any reader and one drawing serves both."""

    ref: str
    title: str
    href: str
    area: str
    area_label: str
    stage: str
    stage_label: str
    asker: str
    since: str
    supports: int
    comments: int
    extract: str
    team: str | None
    unread: bool
    lang: str
    lang_label: str | None
    tags: tuple[tuple[str, str], ...]


def _card(row: Row[Any], sort: Sort) -> Card:
    department = f"{row.team} ({row.institution})" if row.institution else row.team
    asker = [row.asker, department] if row.asker else [department or _("Un service clinique")]
    foreign = row.language != i18n.get_locale() and row.language in list(Language)
    return Card(
        ref=row.ref,
        title=row.title,
        href=f"/questions/{row.ref}",
        area=row.area.value,
        area_label=_(AREA_LABELS[row.area]),
        stage=row.stage.value,
        stage_label=_(STAGE_LABELS[row.stage]),
        asker=", ".join(filter(None, asker)),
        since=_since(row, sort),
        supports=row.support_count,
        comments=row.comment_count,
        extract=queries.extract(row.problem),
        team=row.lead_team,
        unread=row.unread,
        lang=row.language,
        lang_label=_("en %(language)s", language=_(LANGUAGE_LABELS[Language(row.language)]))
        if foreign
        else None,
        tags=tags.labelled(tags.of_column(row.tags), i18n.get_locale())[:TAGS_SHOWN],
    )


def _since(row: Row[Any], sort: Sort) -> str:
    """When, in days: a page kept for the day stays true."""
    if sort is Sort.WAITING:
        here = i18n.local_day(row.stage_since)
        days = (i18n.local_today() - here).days
        return ngettext("attend depuis %(num)s jour", "attend depuis %(num)s jours", days)
    if row.published_at:
        return _("publiée le %(date)s", date=i18n.show_date(row.published_at))
    return _("envoyée le %(date)s", date=i18n.show_date(row.submitted_at))


# -- asking and drafts -------------------------------------------------------------------------


@bp.route("/questions/new", methods=["GET", "POST"])
@access()
def new() -> ResponseReturnValue:
    """A blank form. A page whose first words were kept meanwhile posts its draft's number."""
    _require_asker()
    number = request.form.get("draft")
    return _compose(queries.own_draft(number, of=me()) if number else None)


@bp.route("/questions/drafts/<int(max=2147483647):number>", methods=["GET", "POST"])
@access()
def draft(number: int) -> ResponseReturnValue:
    """A draft, found again on any PC."""
    _require_asker()
    found = queries.own_draft(number, of=me())
    if request.method == "GET" and found.stage is not Stage.DRAFT:
        return web.back_to("thread.show", ref=found.ref)
    return _compose(found)


@bp.post("/questions/drafts/save")
@access()
def save_draft() -> ResponseReturnValue:
    """Keep what is being typed, for the page's script: answers the draft's address, what the
    form must send next time, and the fields held back because they identify somebody."""
    _require_asker()
    number = request.form.get("draft")
    kept = queries.own_draft(number, of=me()) if number else None
    form = _form(kept, sending=False)
    if not form.validate():
        return {"error": _("Un champ est trop long ou illisible."), "fields": {}}, 422
    if kept is None and form.is_blank():
        return "", 204
    if kept is not None:
        wording.require_fresh(kept, seen=form.seen)
    saved = wording.keep(form.content(), by=me(), draft=kept)
    db.session.commit()
    answer = {
        "address": url_for("questions.draft", number=saved.draft.id),
        "fields": {"draft": saved.draft.id, "version": saved.draft.version},
        "saved_at": saved.draft.edited_at.isoformat(),
        "held": [str(form[name].label.text) for name in saved.held],
    }
    return make_response(answer)


@bp.route("/questions/drafts/<int(max=2147483647):number>/delete", methods=["GET", "POST"])
@access()
def delete_draft(number: int) -> ResponseReturnValue:
    found = queries.own_draft(number, of=me())
    form = BareForm()
    if form.submitted() and form.attempt(lambda _ok: asking.delete_draft(found, by=me())):
        db.session.commit()
        flash(_("Le brouillon est supprimé."), "success")
        return web.back_to("questions.index", mine=1)
    return web.form_page(
        form,
        title=_("Supprimer ce brouillon ?"),
        submit=_("Supprimer le brouillon"),
        back=url_for("questions.draft", number=number),
        heading=found.title or _("Brouillon sans titre"),
        intro=_("Personne d’autre ne l’a lu. Son texte ne pourra pas être retrouvé."),
        danger=True,
    )


@bp.get("/questions/<ref>/sent")
@access()
def sent(ref: str) -> ResponseReturnValue:
    """After sending: the reference, the place in the queue, the usual delay, what comes next."""
    question = queries.visible_question(ref, to=me())
    if question.stage is not Stage.SUBMITTED or question.asker_id != me().id:
        return web.back_to("thread.show", ref=ref)
    return web.page(
        "questions/sent.html",
        question=question,
        place=queries.place_in_queue(question),
        tags=tags.labelled(question.tags, i18n.get_locale()),
    )


def _require_asker() -> None:
    if not policy.may_ask(me()):
        raise NotAllowed(
            _(
                "Les questions sont posées par les cliniciens. Si vous soignez aussi des patients,"
                " demandez ce rôle à un administrateur."
            )
        )


def _form(question: Question | None, *, sending: bool) -> AskForm:
    form = AskForm(obj=question, teams=queries.team_choices())
    form.sending = sending
    if form.is_submitted():
        return form
    if question is None:
        form.language.data = Language(me().locale)
    elif question.stage is Stage.DRAFT:
        form.draft.data = str(question.id)
        # In a draft, "other" may mean that nothing was chosen yet: ask again.
        form.area.data = form.area.data if form.area.data != "other" else None
        form.kind.data = form.kind.data if form.kind.data != "other" else None
    return form


def _compose(draft: Question | None) -> ResponseReturnValue:
    wanted = request.form.get("do", "send")
    form = _form(draft, sending=wanted == "send")
    if not form.is_submitted():
        return _ask_page(form)
    if wanted == "preview":
        form.tags.propose(tags.proposed(form.content()))
        return _ask_page(form, preview=_preview(form))
    if not form.validate():
        return _ask_page(form)
    return _keep(form, draft) if wanted == "draft" else _send(form, draft)


def _keep(form: AskForm, draft: Question | None) -> ResponseReturnValue:
    saved = _saved(form, draft)
    if saved is None:
        return _ask_page(form, draft)
    flash(
        _(
            "Brouillon enregistré : vous le retrouverez parmi vos questions, sur n’importe quel"
            " poste."
        ),
        "success",
    )
    return web.back_to("questions.draft", number=saved.id)


def _send(form: AskForm, draft: Question | None) -> ResponseReturnValue:
    content = form.content()
    twin = queries.same_words(content, by=me())
    if twin is not None:
        return web.back_to("questions.sent", ref=twin.ref)
    if not form.seen_similar.data and (similar := _similar(content)):
        saved = _saved(form, draft)
        if saved is None:
            return _ask_page(form, draft)
        form.draft.data, form.version.data = str(saved.id), str(saved.version)
        form.seen_similar.data = "1"
        form.tags.propose(tags.proposed(content))
        return _ask_page(form, similar=similar)
    made: list[Question] = []

    def send(confirmed: bool) -> None:
        if draft is not None:
            _require_unsent(draft)
            wording.require_fresh(draft, seen=form.seen)
        made.append(asking.submit(content, by=me(), question=draft, confirmed=confirmed))

    if not form.attempt(send):
        return _ask_page(form, draft)
    db.session.commit()
    return web.back_to("questions.sent", ref=made[0].ref)


def _saved(form: AskForm, draft: Question | None) -> Question | None:
    """The form as a committed draft, or None with the refusal in the form."""
    made: list[Question] = []

    def save(_confirmed: bool) -> None:
        if draft is not None:
            _require_unsent(draft)
            wording.require_fresh(draft, seen=form.seen)
        made.append(asking.save_draft(form.content(), by=me(), question=draft))

    if not form.attempt(save):
        return None
    db.session.commit()
    return made[0]


def _require_unsent(draft: Question) -> None:
    if draft.stage is not Stage.DRAFT:
        raise Conflict(
            _(
                "Ce brouillon a déjà été envoyé : c’est la question %(ref)s. L’envoyer d’ici en fera"
                " une autre question.",
                ref=draft.ref,
            )
        )


def _similar(content: Content) -> Sequence[Any]:
    """What looks like this question. The search room stands above this one: it is lent by
    `create_app`, and its rows go to its own template."""
    look: Similar | None = current_app.extensions.get("similar")
    return look(content) if look else ()


def _ask_page(
    form: AskForm,
    question: Question | None = None,
    *,
    editing: bool = False,
    preview: dict[str, str] | None = None,
    similar: Sequence[Any] = (),
) -> ResponseReturnValue:
    """The form. After a refusal for lateness, what `question` holds is shown where it differs,
    and the next post is told to come after it."""
    theirs: list[tuple[str, str]] = []
    if isinstance(form.refusal, wording.Overtaken) and question is not None:
        theirs = _differing(form, question)
        form.version.data = str(question.version)
    elif isinstance(form.refusal, Conflict):
        form.draft.data = form.version.data = ""
    returned = editing and question is not None and question.stage is Stage.RETURNED
    return web.page(
        "questions/ask.html",
        status=form.status if form.errors or form.refusal or form.sentence else 200,
        form=form,
        guides={kind.value: (_(g.title), _(g.tell)) for kind, g in GUIDES.items()},
        kinds={kind.value: _(label) for kind, label in KIND_LABELS.items()},
        preview=preview,
        similar=similar,
        theirs=theirs,
        action=request.path if editing else _asking_address(form),
        editing=question if editing else None,
        note=queries.moderators_note(question) if returned and question else None,
    )


def _asking_address(form: AskForm) -> str:
    number = str(form.draft.data or "")
    return url_for("questions.draft", number=int(number)) if number else url_for("questions.new")


def _differing(form: AskForm, question: Question) -> list[tuple[str, str]]:
    """Where the stored words are not those of the form: (label, stored words)."""
    typed, stored = form.content().words(), wording.as_typed(question).words()
    return [
        (str(form[name].label.text), text) for name, text in stored.items() if text != typed[name]
    ]


def _preview(form: AskForm) -> dict[str, str]:
    """The texts as they will be shown, as far as they may be long."""
    texts = form.content().texts()
    return {_(TEXT_LABELS[name]): render(text[:TEXT_LIMIT]) for name, text in texts.items() if text}


# -- rewording and its history -----------------------------------------------------------------


@bp.route("/questions/<ref>/edit", methods=["GET", "POST"])
@access()
def edit(ref: str) -> ResponseReturnValue:
    """The asker rewords. Nothing changed: nothing recorded."""
    question = queries.visible_question(ref, to=me())
    wording.require_editable(question, by=me())
    form = _form(question, sending=True)
    if request.form.get("do") == "preview":
        return _ask_page(form, question, editing=True, preview=_preview(form))
    if not form.submitted():
        return _ask_page(form, question, editing=True)
    content = form.content()
    if content == wording.as_typed(question):
        flash(_("Rien n’a changé."), "info")
        return web.back_to("thread.show", ref=ref)

    def reword(confirmed: bool) -> None:
        wording.require_fresh(question, seen=form.seen)
        asking.edit(question, content, by=me(), confirmed=confirmed)

    if not form.attempt(reword):
        return _ask_page(form, question, editing=True)
    db.session.commit()
    flash(_("La nouvelle version est enregistrée ; la première reste lisible."), "success")
    if question.stage is Stage.RETURNED:
        return web.back_to("questions.resubmit", ref=ref)
    return web.back_to("thread.show", ref=ref)


@bp.get("/questions/<ref>/revisions")
@access()
def revisions(ref: str) -> ResponseReturnValue:
    """Every wording, newest first, each with what it changed."""
    question = queries.visible_question(ref, to=me())
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before <= queries.LARGEST_ID:
        before = None
    found = queries.revisions(question, before=before)
    shown = found[: queries.REVISIONS]
    previous: list[Revision | None] = [*found[1:], None]
    return web.page(
        "questions/revisions.html",
        question=question,
        revisions=[_told(one, than, question) for one, than in zip(shown, previous, strict=False)],
        older=shown[-1].number if len(found) > queries.REVISIONS else None,
    )


def _told(revision: Revision, than: Revision | None, question: Question) -> dict[str, Any]:
    hidden = revision.author_id == question.asker_id and not policy.sees_asker(me(), question)
    department = question.team.name if question.team else _("Un service clinique")
    before = {"title": than.title, **than.texts} if than else {}
    after = {"title": revision.title, **revision.texts}
    labels = {"title": _("Titre"), **{name: _(label) for name, label in TEXT_LABELS.items()}}
    return {
        "number": revision.number,
        "kind": _(REVISION_LABELS[revision.kind]),
        "author": department if hidden else revision.author.name,
        "at": revision.at,
        "changes": [
            (label, differences(before.get(name, ""), after.get(name, "")))
            for name, label in labels.items()
            if than is not None and before.get(name, "") != after.get(name, "")
        ],
        "words": None
        if than is not None
        else [(labels[name], revision.html[name]) for name in TEXT_LABELS if name in revision.html],
        "title": revision.title,
    }


# -- the asker's moves -------------------------------------------------------------------------


@bp.route("/questions/<ref>/resubmit", methods=["GET", "POST"])
@access()
def resubmit(ref: str) -> ResponseReturnValue:
    """Answer the moderator, and send the same question back to the desk."""
    question = queries.visible_question(ref, to=me())
    workflow.require(question, "resubmit", by=me())
    form = ResubmitForm()
    if form.submitted() and form.attempt(
        lambda ok: asking.resubmit(question, answer=form.reason.data or "", by=me(), confirmed=ok)
    ):
        db.session.commit()
        return web.back_to("questions.sent", ref=ref)
    return web.page(
        "questions/resubmit.html",
        status=form.status if form.is_submitted() else 200,
        form=form,
        question=question,
        note=queries.moderators_note(question),
    )


@bp.route("/questions/<ref>/withdraw", methods=["GET", "POST"])
@access()
def withdraw(ref: str) -> ResponseReturnValue:
    question = queries.visible_question(ref, to=me())
    workflow.require(question, "withdraw", by=me())
    form = ReasonForm()
    if form.submitted() and form.attempt(
        lambda ok: asking.withdraw(question, reason=form.reason.data or "", by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(_("Votre question est retirée."), "success")
        return web.back_to("thread.show", ref=ref)
    return web.form_page(
        form,
        title=_("Retirer cette question ?"),
        submit=_("Retirer ma question"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Elle ne sera plus proposée aux équipes. Ce qui a été écrit reste lisible."),
        danger=True,
    )


@bp.route("/questions/<ref>/wake", methods=["GET", "POST"])
@access()
def wake(ref: str) -> ResponseReturnValue:
    question = queries.visible_question(ref, to=me())
    workflow.require(question, "wake", by=me())
    form = ReasonForm()
    if form.submitted() and form.attempt(
        lambda ok: asking.wake(question, reason=form.reason.data or "", by=me(), confirmed=ok)
    ):
        db.session.commit()
        flash(_("La question est de nouveau ouverte."), "success")
        return web.back_to("thread.show", ref=ref)
    return web.form_page(
        form,
        title=_("Réveiller cette question ?"),
        submit=_("Réveiller la question"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Elle sera de nouveau ouverte, et une équipe pourra la prendre en charge."),
    )


# -- «we see this too» ---------------------------------------------------------------------------


@bp.route("/questions/<ref>/support", methods=["GET", "POST"])
@access()
def support(ref: str) -> ResponseReturnValue:
    """One click from the thread; a page of its own for the band and a remark."""
    question = queries.visible_question(ref, to=me())
    asking.require_support(question, by=me())
    form = SupportForm()
    if form.submitted() and form.attempt(
        lambda ok: asking.support(
            question,
            band=form.band.data,
            note=(form.note.data or "").strip(),
            by=me(),
            confirmed=ok,
        )
    ):
        db.session.commit()
        flash(_("C’est compté. Vous suivez maintenant cette question."), "success")
        return web.back_to("thread.show", ref=ref)
    return web.form_page(
        form,
        title=_("Nous voyons cela aussi"),
        submit=_("Nous voyons cela aussi"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_(
            "Votre établissement s’ajoute à ceux qui ont ce besoin : une question partagée est"
            " plus vite prise en charge. Vous serez prévenu de la suite."
        ),
    )


@bp.route("/questions/<ref>/unsupport", methods=["GET", "POST"])
@access()
def unsupport(ref: str) -> ResponseReturnValue:
    question = queries.visible_question(ref, to=me())
    form = BareForm()
    if form.submitted() and form.attempt(lambda _ok: asking.unsupport(question, by=me())):
        db.session.commit()
        flash(_("Votre établissement n’est plus compté pour cette question."), "success")
        return web.back_to("thread.show", ref=ref)
    return web.form_page(
        form,
        title=_("Ne plus compter notre service ?"),
        submit=_("Ne plus nous compter"),
        back=url_for("thread.show", ref=ref),
        heading=question.title,
        intro=_("Vous continuez à suivre la question."),
    )
