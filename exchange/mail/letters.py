"""What each kind of letter says, written at the moment it leaves.

A question kept to a circle, a confidential hypothesis or project never travels by mail: the
letter holds a reference and a link. What the reader may no longer read, muted, or has read on the
site meanwhile does not leave at all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row, select

from exchange import db, i18n, workdays
from exchange.errors import NotFound
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.log.models import Event
from exchange.mail.compose import Said
from exchange.mail.incoming.markup import plain_text
from exchange.mail.models import SavedSearch
from exchange.mail.phrases import PHRASES, weight
from exchange.moderation.flags import targets
from exchange.moderation.flags.models import Flag, Verdict
from exchange.outbox.letters import Due
from exchange.outbox.models import Letter, LetterState
from exchange.people.models import User
from exchange.questions import facts as moves
from exchange.questions.models import Audience, FollowLevel, Note, Question, Stage
from exchange.questions.policy import may_read
from exchange.questions.queries import place_in_queue
from exchange.research import facts as research
from exchange.research import quarters
from exchange.research.models import Claim, Hypothesis, Project
from exchange.research.policy import may_read_project
from exchange.settings import Settings
from exchange.thread import queries
from exchange.thread.queries import Head
from exchange.thread.timeline import Entry, Teller

WHY = {
    "asker": _m("Vous recevez ce courriel parce que vous avez posé cette question."),
    "follow": _m("Vous recevez ce courriel parce que vous suivez cette question."),
    "project": _m("Vous recevez ce courriel parce que vous menez ce projet."),
    "work": _m("Vous recevez ce courriel parce que vous êtes de ce projet."),
    "team": _m("Vous recevez ce courriel parce que votre équipe est engagée sur cette question."),
    "mention": _m("Vous recevez ce courriel parce que votre nom y est cité."),
    "author": _m("Vous recevez ce courriel parce que vous avez écrit ce texte."),
    "reporter": _m("Vous recevez ce courriel parce que vous avez signalé un texte."),
    "search": _m("Vous recevez ce courriel parce que vous gardez la recherche « %(words)s »."),
    "support": _m("Vous recevez ce courriel parce que vous voyez aussi ce problème."),
}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How a decision is told to the asker: what it means, how to answer it. `reply`: what becomes of
    an answer to the mail, when that is not the discussion."""

    means: str
    answer: str
    button: str
    reply: str = ""


_DISCUSS = _m("Vous pouvez répondre dans la discussion : un modérateur vous lira.")
DECISIONS: dict[str, Decision] = {
    moves.Published.kind: Decision(
        means=_m(
            "Les laboratoires la découvriront dans leur prochain point par courriel. Vous serez"
            " prévenu dès qu’une équipe s’en empare."
        ),
        answer=_m("Vous pouvez la compléter à tout moment : vos mots d’origine restent lisibles."),
        button=_m("Voir ma question"),
    ),
    moves.Returned.kind: Decision(
        means=_m("Il manque quelque chose pour qu’elle soit publiée :"),
        answer=_m("Répondez ou complétez votre question, puis renvoyez-la : rien n’est perdu."),
        button=_m("Répondre et renvoyer"),
        reply=_m(
            "Répondez à ce courriel : votre réponse part chez le modérateur, avec la question."
        ),
    ),
    moves.Postponed.kind: Decision(
        means=_m("Un modérateur l’a lue et y revient au plus tard le %(until)s. Il vous dit :"),
        answer=_m("Rien à faire de votre côté ; vous pouvez la compléter en attendant."),
        button=_m("Voir ma question"),
    ),
    moves.Declined.kind: Decision(
        means=_m("Voici pourquoi :"), answer=_DISCUSS, button=_m("Répondre au modérateur")
    ),
    moves.Merged.kind: Decision(
        means=_m(
            "Le même besoin est déjà suivi ailleurs. Votre question y compte, elle reste lisible,"
            " et vous suivez désormais la question commune."
        ),
        answer=_m("Si ce n’est pas le même besoin, dites-le dans la discussion commune."),
        button=_m("Voir la question commune"),
    ),
    moves.Separated.kind: Decision(
        means=_m("Elle est de nouveau ouverte, pour elle-même. Voici pourquoi :"),
        answer=_DISCUSS,
        button=_m("Voir ma question"),
    ),
    moves.SeparatedUnread.kind: Decision(
        means=_m("Un modérateur va la relire pour elle-même. Voici pourquoi :"),
        answer=_m("Vous pouvez la compléter à tout moment."),
        button=_m("Voir ma question"),
    ),
    moves.Restored.kind: Decision(
        means=_m("Le modérateur vous a lu et vous rend vos mots. Il vous dit :"),
        answer=_m("Toutes les formulations restent lisibles."),
        button=_m("Voir ma question"),
    ),
    moves.ObjectionAnswered.kind: Decision(
        means=_m("Le modérateur vous a lu et garde la reformulation. Voici pourquoi :"),
        answer=_m("Vos mots d’origine restent lisibles à côté ; vous pouvez encore les modifier."),
        button=_m("Voir ma question"),
    ),
    moves.MergeProposed.kind: Decision(
        means=_m("Une autre question semble dire le même besoin. Rien ne bouge sans vous :"),
        answer=_m("Lisez-la, puis acceptez, ou dites ce qui est différent, depuis votre question."),
        button=_m("Voir la question commune"),
    ),
    moves.StillUnclaimed.kind: Decision(
        means=_m(
            "Aucune équipe ne l’a encore prise en charge. Elle reste ouverte, et les équipes du"
            " domaine la retrouvent dans leurs points par courriel."
        ),
        answer=_m(
            "Un chiffre, des échantillons disponibles, un exemple : ce que vous ajoutez aide une"
            " équipe à se décider. Vous pouvez aussi demander à un modérateur, dans la discussion."
        ),
        button=_m("Compléter ma question"),
    ),
    moves.Parked.kind: Decision(
        means=_m("Elle n’est pas oubliée, elle attend. Voici pourquoi :"),
        answer=_m("Vous pouvez la réveiller quand vous voulez, depuis sa page."),
        button=_m("Voir ma question"),
    ),
    moves.Woken.kind: Decision(
        means=_m("Elle est de nouveau proposée aux équipes de recherche."),
        answer=_DISCUSS,
        button=_m("Voir ma question"),
    ),
    moves.Reconsidered.kind: Decision(
        means=_m("Un modérateur la reprend et va la relire. Voici pourquoi :"),
        answer=_m("Vous pouvez la compléter à tout moment."),
        button=_m("Voir ma question"),
    ),
    moves.Reopened.kind: Decision(
        means=_m("Elle est de nouveau proposée aux équipes de recherche. Voici pourquoi :"),
        answer=_DISCUSS,
        button=_m("Voir ma question"),
    ),
}


@dataclass(frozen=True)
class Piece:
    """One thing that happened, ready for both parts of a mail: a line, and what was written."""

    href: str
    when: str
    html: Markup
    text: str
    author: str = ""
    prose_html: str = ""
    prose_text: str = ""


def receipt(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To the asker: the reference, the place in the queue, what happens next."""
    head = _head(due, reader)
    if head is None:
        return LetterState.DROPPED
    question = head.question
    event = db.session.get_one(Event, due.data["event_id"])
    waiting = question.stage is Stage.SUBMITTED
    submitted_on = event.at.astimezone(i18n.zone()).date()
    return _about(
        head,
        "receipt",
        settings,
        heading=_(PHRASES[event.kind]),
        place=place_in_queue(question) if waiting else 0,
        by=i18n.show_date(workdays.after(submitted_on, settings.decision_days)),
    )


def decision(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To the asker: what was decided, why, and how to answer."""
    head = _head(due, reader)
    if head is None:
        return LetterState.DROPPED
    event = db.session.get_one(Event, due.data["event_id"])
    told = DECISIONS[event.kind]
    return _about(
        head,
        "decision",
        settings,
        heading=_(PHRASES[event.kind]),
        means=_(told.means, until=_until(event)),
        told=told,
        reason=_note(event),
        target=_target(event, reader),
    )


def answer(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """The question is concluded: the answer in plain language, to whoever waited for it."""
    head = _head(due, reader)
    if head is None:
        return LetterState.DROPPED
    event = db.session.get_one(Event, due.data["event_id"])
    project = db.session.get_one(Project, event.data["project_id"])
    return _about(
        head,
        "answer",
        settings,
        may_stop=True,
        heading=_(PHRASES[event.kind]),
        why=_(WHY[due.data["why"]]),
        own=head.question.asker_id == reader.id,
        project=project if may_read_project(reader, project) else None,
        reason=None if project.confidential else _note(event),
    )


def news(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """What happened in one thread since the first event of the letter."""
    head = _head(due, reader)
    if head is None or head.level is FollowLevel.MUTE or not _still_concerned(due, head, reader):
        return LetterState.DROPPED
    search = _search(due)
    entries = list(_entries_to_tell(due, head, reader))
    if not entries:
        return LetterState.DROPPED
    if not reader.instant_mail and search is None:
        return LetterState.SITE
    events = _events(entries)
    secret = _confidential(events)
    promises = _promises(entries)
    pieces = {
        entry.number: _piece(entry, head.question, settings, promises.get(entry.number, ""))
        for entry in entries
        if entry.number not in secret
    }
    weights = {event.id: weight(event.kind) for event in events}
    return _about(
        head,
        "news",
        settings,
        may_stop=True,
        last_event_id=entries[-1].number,
        why=_(WHY[due.data["why"]], words=search.words if search else ""),
        pieces=list(pieces.values()),
        weightiest=[pieces[number] for number in sorted(pieces, key=lambda n: -weights[n])],
        secret=bool(secret),
    )


FLAG_WORDS = {
    ("author", ""): _m(
        "Quelqu’un craint qu’un patient y soit reconnu. Le texte est masqué pour tous, vous compris,"
        " le temps qu’un modérateur le relise. La page dit ce que vous pouvez faire d’ici là."
    ),
    ("author", Verdict.DISMISSED): _m("Un modérateur l’a relu : il est de nouveau visible."),
    ("author", Verdict.CORRECTED): _m(
        "Un modérateur en a retiré des mots ou l’a fait corriger : il est de nouveau visible."
    ),
    ("author", Verdict.REMOVED): _m("Un modérateur l’a relu : il n’est plus visible."),
    ("reporter", Verdict.DISMISSED): _m("Un modérateur l’a relu : le texte reste tel qu’il est."),
    ("reporter", Verdict.CORRECTED): _m("Un modérateur l’a relu : le texte a été corrigé."),
    ("reporter", Verdict.REMOVED): _m("Un modérateur l’a relu : le texte n’est plus visible."),
}
"""What a report led to, by whom it is told to and the decision; before it: that it is hidden."""


def flag(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """About a text that was reported: to its author, or to who reported it. The text itself is not
    told, nor the title of its question, which may be out of sight."""
    event = db.session.get_one(Event, due.data["event_id"])
    question = db.session.get_one(Question, due.question_id)
    report = db.session.get_one(Flag, event.data["flag_id"])
    why = due.data["why"]
    mine = why == "author"
    target = targets.of_flag(report)
    own = target.anew if target.thing.hidden_at else target.address
    return Said(
        template="flag",
        subject=f"[{question.ref}] {_('Un de vos textes') if mine else _('Votre signalement')}",
        topic=f"[{question.ref}]",
        ref=question.ref or "",
        begun_at=question.submitted_at,
        takes_replies=False,  # it would be read in the discussion, by all
        words={
            "why": _(WHY[why]),
            "heading": _("Un de vos textes a été signalé") if mine else _("Votre signalement"),
            "told": _(FLAG_WORDS[why, event.data.get("verdict", "")]),
            "answer": "" if mine else report.answer,
            "href": settings.address + (own if mine else "/flags"),
        },
    )


def silence(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To a team without news: how to give some, put it off or give the question back; to the
    asker: what was done. Not sent when news came meanwhile."""
    head = _head(due, reader)
    event = db.session.get_one(Event, due.data["event_id"])
    claim = db.session.get_one(Claim, event.data["claim_id"])
    ended = event.kind == moves.Lapsed.kind
    heard = claim.heard_at > event.at or claim.ended_at is not None
    if head is None or (heard and not ended):
        return LetterState.DROPPED
    return _about(
        head,
        "silence",
        settings,
        heading=_(PHRASES[event.kind]),
        why=_(WHY[due.data["why"]]),
        ours=due.data["why"] == "team",
        ended=ended,
        team=claim.team.name,
        next_step=claim.next_step.rstrip(" ."),
        heard_on=i18n.show_date(claim.updated_at),
        lapses_on=i18n.show_date(date.fromisoformat(event.data["lapses_on"]))
        if "lapses_on" in event.data
        else "",
        claim_href=f"{settings.address}/claims/{claim.id}",
    )


def quarter(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To the people of a silent project: a line is enough, in answer. Not sent when news came
    meanwhile."""
    head = _head(due, reader)
    event = db.session.get_one(Event, due.data["event_id"])
    project = db.session.get_one(Project, event.data["project_id"])
    if head is None or not may_read_project(reader, project):
        return LetterState.DROPPED
    if quarters.is_heard_since(project, event):
        return LetterState.DROPPED
    return _about(
        head,
        "quarter",
        settings,
        heading=_(PHRASES[event.kind]),
        why=_(WHY[due.data["why"]]),
        project=project.ref
        if project.confidential
        else _("%(ref)s « %(title)s »", ref=project.ref, title=project.title),
        heard_on=i18n.show_date(quarters.last_heard(project)),
        project_href=f"{settings.address}/projects/{project.ref}",
    )


def unsealed(due: Due, reader: User, settings: Settings) -> Said | LetterState:
    """To the people of a project that an administrator opened to themselves: who, and until when.
    The reason is on the site: it may speak of what the project keeps. Nothing of the question, which
    a partner may not read."""
    event = db.session.get_one(Event, due.data["event_id"])
    project = db.session.get_one(Project, event.data["project_id"])
    if not may_read_project(reader, project):
        return LetterState.DROPPED
    heading = _(PHRASES[event.kind])
    return Said(
        template="unsealed",
        subject=f"[{project.ref}] {heading}",
        takes_replies=False,
        words={
            "heading": heading,
            "why": _(WHY["work"]),
            "project": project.ref,
            "who": db.session.get_one(User, event.actor_id).name,
            "until": _until(event),
            "href": f"{settings.address}/projects/{project.ref}#opened",
        },
    )


WRITERS: dict[str, Callable[[Due, User, Settings], Said | LetterState]] = {
    "receipt": receipt,
    "decision": decision,
    "answer": answer,
    "news": news,
    "flag": flag,
    "silence": silence,
    "quarter": quarter,
    "unsealed": unsealed,
}


def _head(due: Due, reader: User) -> Head | None:
    """The question as this reader may see it now; None when they may not, or when nobody has
    moderated it and it is not theirs."""
    question = db.session.get_one(Question, due.question_id)
    try:
        head = queries.head(question.ref or "", to=reader)
    except NotFound:
        return None
    if question.published_at is None and question.asker_id != reader.id:
        return None
    return head


def _about(
    head: Head,
    template: str,
    settings: Settings,
    *,
    may_stop: bool = False,
    last_event_id: int | None = None,
    **words: Any,
) -> Said:
    """A letter about a question; of one kept to a circle it says that there is something, and
    where."""
    question = head.question
    sealed = question.audience is Audience.CIRCLE
    title = _("Question réservée à un cercle") if sealed else question.title
    words.setdefault("why", _(WHY["asker"]))
    if sealed:
        words = {"why": words["why"]}
    return Said(
        template="sealed" if sealed else template,
        subject=f"[{question.ref}] {title}",
        topic=f"[{question.ref}] {title}",
        ref=question.ref or "",
        begun_at=question.submitted_at,
        may_stop=may_stop,
        takes_replies=not sealed and not words.get("secret"),
        last_event_id=last_event_id,
        words={
            "ref": question.ref,
            "title": title,
            "stage": question.stage,
            "href": f"{settings.address}/questions/{question.ref}",
            **words,
        },
    )


def _until(event: Event) -> str:
    """The day that the event names, when it names one."""
    day = event.data.get("until")
    return i18n.show_date(date.fromisoformat(day)) if day else ""


def _note(event: Event) -> Note | None:
    """The reason that a moderator or a team gave."""
    number = event.data.get("note_id")
    return db.session.get(Note, number) if number else None


def _target(event: Event, reader: User) -> Question | None:
    """The question that this one was merged into, if the reader may know of it; one that is kept
    to a circle is not named in a mail."""
    number = event.data.get("into_id")
    into = db.session.get(Question, number) if number else None
    if into is None or into.audience is Audience.CIRCLE or not may_read(reader, into):
        return None
    return into


def _search(due: Due) -> SavedSearch | None:
    """The search that brought the question, if it is still kept and heard of at once."""
    number = due.data.get("search_id")
    search = db.session.get(SavedSearch, number) if number else None
    return search if search is not None and search.at_once else None


def _still_concerned(due: Due, head: Head, reader: User) -> bool:
    """Whoever left a thread, or the team that works on it, between the event and the mail does
    not hear of it; who follows it does, for whatever reason the letter was written."""
    if head.level is FollowLevel.FOLLOW or due.data["why"] in {"asker", "mention"}:
        return True
    if due.data["why"] == "search":
        return _search(due) is not None
    return due.data["why"] == "team" and bool(
        db.session.scalar(
            select(Claim.id)
            .where(
                Claim.question_id == head.question.id,
                Claim.ended_at.is_(None),
                Claim.team_id.in_(reader.team_ids),
            )
            .limit(1)
        )
    )


def _entries_to_tell(due: Due, head: Head, reader: User) -> Iterator[Entry]:
    """The lines of the timeline that this reader may read, did not write, has not read on the
    site and was not told by another letter."""
    told = _told(due)
    first = max(due.data["event_id"], head.read_event_id + 1)
    story = queries.story(head.question, to=reader)
    story = replace(story, twins=_open(story.twins))
    by = {event.id: event.actor_id for event in story.events}
    for entry in Teller(head, story, reader).entries():
        if (
            entry.number >= first
            and by[entry.number] != reader.id
            and not any(start <= entry.number <= end for start, end in told)
        ):
            yield entry


def _open(twins: dict[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
    """Those of the merged questions that are not kept to a circle: one query, none for none."""
    if not twins:
        return {}
    members = select(Question.id).where(
        Question.id.in_(twins), Question.audience == Audience.MEMBERS
    )
    return {number: twins[number] for number in db.session.scalars(members)}


def _told(due: Due) -> list[tuple[int, int]]:
    """From where to where letters that left have told this reader of the question."""
    data = db.session.scalars(
        select(Letter.data).where(
            Letter.user_id == due.user_id,
            Letter.question_id == due.question_id,
            Letter.state == LetterState.SENT,
            Letter.id != due.id,
        )
    )
    return [(one["event_id"], one.get("last_event_id") or one["event_id"]) for one in data]


def _events(entries: list[Entry]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What the lines tell of: one query."""
    return db.session.execute(
        select(Event.id, Event.kind, Event.data).where(
            Event.id.in_([entry.number for entry in entries])
        )
    ).all()


def _confidential(events: Sequence[Row[*tuple[Any, ...]]]) -> set[int]:
    """The lines that concern a confidential hypothesis or project: two queries at most."""
    hypotheses = _sealed(Hypothesis, {row.data.get("hypothesis_id") for row in events} - {None})
    projects = _sealed(Project, {row.data.get("project_id") for row in events} - {None})
    return {
        row.id
        for row in events
        if row.data.get("hypothesis_id") in hypotheses or row.data.get("project_id") in projects
    }


def _sealed(kind: type[Hypothesis] | type[Project], ids: set[int]) -> set[int]:
    if not ids:
        return set()
    return set(db.session.scalars(select(kind.id).where(kind.id.in_(ids), kind.confidential)))


def _promises(entries: list[Entry]) -> dict[int, str]:
    """What a team says when it commits itself, which the page shows beside the story and a mail has
    to tell: two queries at most."""
    events = db.session.execute(
        select(Event.id, Event.data).where(
            Event.id.in_([entry.number for entry in entries]),
            Event.kind.in_([moves.Claimed.kind, research.ClaimJoined.kind]),
        )
    ).all()
    numbers = {row.data["claim_id"]: row.id for row in events}
    if not numbers:
        return {}
    claims = db.session.scalars(select(Claim).where(Claim.id.in_(numbers)))
    return {numbers[claim.id]: _promise(claim) for claim in claims}


def _promise(claim: Claim) -> str:
    """Prose as it is stored: cleaned when it was written."""
    said = [(_("Pourquoi nous"), claim.why_html), (_("Ce qu’il nous faut"), claim.needs_html)]
    told = [f"<p><b>{label}</b></p>{html}" for label, html in said if html]
    if claim.next_step and claim.next_step_on:
        step, day = claim.next_step.rstrip(" ."), i18n.show_date(claim.next_step_on)
        line = _("Prochaine étape : %(step)s, le %(day)s", step=step, day=day)
        told.append(str(Markup("<p>{}</p>").format(line)))
    return "".join(told)


def _piece(entry: Entry, question: Question, settings: Settings, promise: str) -> Piece:
    here = Markup('href="{}/').format(settings.address)
    prose = entry.prose or promise
    return Piece(
        href=f"{settings.address}/questions/{question.ref}#e{entry.number}",
        when=entry.exact,
        html=entry.html.replace('href="/', here),
        text=entry.html.striptags(),
        author=entry.author + (f", {entry.title}" if entry.title else ""),
        prose_html=prose.replace('href="/', here),
        prose_text=plain_text(prose),
    )
