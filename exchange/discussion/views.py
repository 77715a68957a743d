"""HTTP of the discussion."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from exchange import db, web
from exchange.access import access, me
from exchange.discussion import actions, mentions, places, queries
from exchange.discussion.forms import CommentForm
from exchange.discussion.models import Comment, may_see
from exchange.discussion.places import Place
from exchange.errors import NotAllowed
from exchange.i18n import gettext as _
from exchange.people.models import User
from exchange.questions.actions import mark_read
from exchange.questions.policy import may_discuss, sees_asker
from exchange.text import mentioned

bp = Blueprint("discussion", __name__)

TYPED = 64
"""Characters of a name that are looked for."""


@bp.route("/questions/<ref>/comments", methods=["GET", "POST"])
@access()
def comment(ref: str) -> ResponseReturnValue:
    """Answer in the thread of a question."""
    return _comment(places.of_question(ref, to=me()))


@bp.route("/hypotheses/<ref>/comments", methods=["GET", "POST"])
@access()
def comment_hypothesis(ref: str) -> ResponseReturnValue:
    """Answer under a hypothesis."""
    return _comment(places.of_hypothesis(ref, to=me()))


@bp.route("/projects/<ref>/comments", methods=["GET", "POST"])
@access()
def comment_project(ref: str) -> ResponseReturnValue:
    """Answer under a project."""
    return _comment(places.of_project(ref, to=me()))


@bp.route("/comments/<int(max=2147483647):number>/edit", methods=["GET", "POST"])
@access()
def edit(number: int) -> ResponseReturnValue:
    """Reword one's own comment."""
    posted, place = places.of_comment(number, to=me())
    out_of_sight = not may_see(me(), posted)
    form = CommentForm(text="" if out_of_sight else posted.text)

    def change(confirmed: bool) -> Comment:
        actions.edit(posted, text=form.words(), by=me(), confirmed=confirmed)
        return posted

    return _write(
        form,
        place,
        change,
        title=_("Modifier mon message"),
        submit=_("Enregistrer"),
        out_of_sight=out_of_sight,
    )


@bp.get("/questions/<ref>/people")
@access()
def people(ref: str) -> ResponseReturnValue:
    """Whom a message here may call: for the script that completes names."""
    return _people(places.of_question(ref, to=me()))


@bp.get("/hypotheses/<ref>/people")
@access()
def people_of_hypothesis(ref: str) -> ResponseReturnValue:
    """The same, under a hypothesis."""
    return _people(places.of_hypothesis(ref, to=me()))


@bp.get("/projects/<ref>/people")
@access()
def people_of_project(ref: str) -> ResponseReturnValue:
    """The same, under a project."""
    return _people(places.of_project(ref, to=me()))


def _people(place: Place) -> ResponseReturnValue:
    return mentions.called(place, request.args.get("q", "")[:TYPED], by=me())


def _comment(place: Place) -> ResponseReturnValue:
    user = me()
    if not may_discuss(user, place.question):
        raise NotAllowed(_("Cette discussion est close."))
    form = CommentForm(text=_quoted(place, user))

    def post(confirmed: bool) -> Comment:
        return actions.comment(
            place.question,
            text=form.words(),
            by=user,
            hypothesis_id=place.hypothesis_id,
            project_id=place.project_id,
            confirmed=confirmed,
        )

    return _write(form, place, post, title=_("Répondre"), submit=_("Publier le message"))


def _write(
    form: CommentForm,
    place: Place,
    change: Callable[[bool], Comment],
    *,
    title: str,
    submit: str,
    out_of_sight: bool = False,
) -> ResponseReturnValue:
    """The form alone: with what it would look like when asked, with its errors when refused."""
    done: list[Comment] = []
    preview = ""
    if form.submitted():
        if "preview" in request.form:
            shown: list[str] = []
            form.attempt(lambda confirmed: shown.append(_preview(form, confirmed)))
            preview = "".join(shown)
        elif form.attempt(lambda confirmed: done.append(change(confirmed))):
            return _posted(done[0], place)
    return web.page(
        "discussion/write.html",
        status=form.status if form.is_submitted() and not preview else 200,
        form=form,
        title=title,
        submit=submit,
        place=place,
        preview=preview,
        out_of_sight=out_of_sight,
    )


def _preview(form: CommentForm, confirmed: bool) -> str:
    return actions.preview(form.words(), confirmed=confirmed)


def _posted(posted: Comment, place: Place) -> ResponseReturnValue:
    event = queries.event_of(posted)
    mark_read(place.question, me(), event_id=event)
    db.session.commit()
    unreached = mentions.unreached(place, mentioned(posted.text), by=me())
    if unreached:
        names = ", ".join(f"@{name}" for name in unreached)
        flash(
            _("%(names)s : aucun lecteur de cette page, personne n’est prévenu.", names=names),
            "warning",
        )
    on_thread = place.hypothesis_id is None and place.project_id is None
    anchor = f"e{event}" if on_thread else f"c{posted.id}"
    return redirect(f"{place.address}#{anchor}", code=303)


def _quoted(place: Place, user: User) -> str:
    """The comment answered to, as a Markdown quotation, and its author called."""
    number = request.args.get("quote", 0, web.row_number)
    posted = db.session.get(Comment, number) if number else None
    if posted is None or not place.holds(posted) or not may_see(user, posted):
        return ""
    lines = [f"> {line}".rstrip() for line in posted.text.splitlines()]
    author = db.session.get_one(User, posted.author_id)
    hidden = author.id == place.question.asker_id and not sees_asker(user, place.question)
    call = "" if hidden or author.id == user.id else f"@{author.handle} "
    return "\n".join([*lines, "", call])
