"""What the reader can do on a question now, and why not the rest.

The table of moves decides; research adds what it asks for beyond the stage (a claim of one's own
team, an endorsed hypothesis).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.meetings import policy as meetings
from exchange.meetings.models import LIVING as MEETING_LIVING
from exchange.people.models import User
from exchange.questions import policy
from exchange.questions.models import MAIN_LINE, Question, Stage
from exchange.questions.workflow import MOVE, legal_moves
from exchange.research.ageing import AGEING
from exchange.research.claims import JOINABLE
from exchange.research.models import LIVING, Endorsement, ProjectState, Silence
from exchange.thread.course import STANDS_AT
from exchange.thread.queries import Head, Story

AT_DESK = ("publish", "return", "decline", "merge", "park", "reopen", "reconsider")
"""Moves made at the triage desk."""

MISSING = {
    "claim": _m("La question doit d’abord être publiée."),
    "propose": _m("Une équipe doit d’abord prendre la question en charge."),
    "start": _m("Il faut d’abord une hypothèse soutenue par la personne qui a posé la question."),
    "conclude": _m("Il faut d’abord un projet, et au moins un résultat, même négatif."),
    "withdraw": _m("Une équipe y travaille : demandez-lui d’abord de rendre la question."),
}
"""What a move of the main line lacks when the question is not there yet."""


@dataclass(frozen=True)
class Offer:
    label: str
    href: str
    icon: str
    kind: str = "quiet"
    key: str = ""


@dataclass(frozen=True)
class Closed:
    label: str
    why_not: str


def offers(head: Head, story: Story, reader: User) -> list[Offer]:
    """What the reader can do, the most expected first."""
    found = [
        *_asker(head, story, reader),
        *_team(head, story, reader),
        *_meeting(head, story, reader),
        *_others(head, reader),
    ]
    return sorted(found, key=lambda offer: offer.kind != "primary")


def closed(head: Head, open_: list[Offer], story: Story, reader: User) -> list[Closed]:
    """Why the moves still ahead are not the reader's, in a sentence each."""
    return list(_closed(head.question, {offer.label for offer in open_}, story, reader))


def _asker(head: Head, story: Story, reader: User) -> Iterator[Offer]:
    question = head.question
    here = f"/questions/{question.ref}"
    legal = {move.name for move in legal_moves(question, reader)}
    if "resubmit" in legal:
        yield Offer(_(MOVE["resubmit"].label), f"{here}/resubmit", "reply", "primary")
    if policy.is_asker(reader, question):
        for hypothesis, _team_name in story.hypotheses:
            if hypothesis.endorsement is Endorsement.AWAITED and hypothesis.verdict in LIVING:
                ref = hypothesis.ref
                label = _("Donner mon avis sur %(ref)s", ref=ref)
                yield Offer(label, f"/hypotheses/{ref}#endorse", "hypothesis", "primary")
    if policy.is_asker(reader, question):
        for claim in story.claims:
            for need in story.requests.get(claim.id, ()):
                if need.reply is None and claim.ended_at is None:
                    label = _("Répondre à l’équipe %(team)s", team=claim.team)
                    href = f"/requests/{need.request_id}/answer"
                    yield Offer(label, href, "reply", "primary")
            if claim.ended_at is None and claim.silence is not Silence.NONE:
                yield Offer(_("Reporter les relances"), f"/claims/{claim.id}/defer", "calendar")
    if "merge" in legal and policy.is_asker(reader, question) and question.proposed_into_id:
        label = _("Répondre : est-ce le même besoin ?")
        yield Offer(label, f"{here}/merge-answer", "merge", "primary")
    if policy.is_asker(reader, question) and head.contestable:
        yield Offer(_("M’opposer à cette reformulation"), f"{here}/object", "flag")
    if policy.may_edit(reader, question):
        yield Offer(_("Modifier ma question"), f"{here}/edit", "edit")
    if "wake" in legal:
        yield Offer(_(MOVE["wake"].label), f"{here}/wake", "sun")
    if "withdraw" in legal:
        yield Offer(_(MOVE["withdraw"].label), f"{here}/withdraw", "trash", "danger")


def _team(head: Head, story: Story, reader: User) -> Iterator[Offer]:
    question = head.question
    here = f"/questions/{question.ref}"
    own = [c for c in story.claims if c.ended_at is None and c.team_id in reader.team_ids]
    claiming = policy.may_claim(reader, question)
    if question.stage is Stage.OPEN and claiming:
        yield Offer(_(MOVE["claim"].label), f"{here}/claim", "claim", "primary", "c")
    if question.stage in JOINABLE:
        if claiming and not own:
            yield Offer(_("Rejoindre avec mon équipe"), f"{here}/join", "team", "primary", "c")
        if own and claiming:
            yield Offer(_(MOVE["propose"].label), f"{here}/hypotheses/new", "hypothesis", key="h")
        yield from _start(story, own=bool(own) or reader.is_moderator)
    for claim in own:
        yield Offer(_("Donner des nouvelles"), f"/claims/{claim.id}/update", "calendar", key="n")
        label = _("Demander quelque chose au clinicien")
        yield Offer(label, f"/claims/{claim.id}/requests/new", "question")
        if claim.lead and question.stage in AGEING:
            yield Offer(_("Reporter les relances"), f"/claims/{claim.id}/defer", "calendar")
        if claim.lead and any(c.ended_at is None and not c.lead for c in story.claims):
            yield Offer(_("Passer la main"), f"/claims/{claim.id}/hand-over", "team")
        yield Offer(_(MOVE["release"].label), f"/claims/{claim.id}/release", "flag", "danger")
    for project in story.projects:
        runs = project.lead_team_id in reader.team_ids or reader.id in {
            project.investigator_id,
            project.colead_id,
        }
        if runs and project.state is ProjectState.RUNNING:
            label = _("Tenir à jour ou conclure %(ref)s", ref=project.ref)
            yield Offer(label, f"/projects/{project.ref}", "project", "primary")


def _meeting(head: Head, story: Story, reader: User) -> Iterator[Offer]:
    """The one that is awaited, else a new one."""
    living = [number for number, state in story.meetings.items() if state in MEETING_LIVING]
    teams = [claim.team_id for claim in story.claims if claim.ended_at is None]
    for number in living:
        yield Offer(_("Voir la rencontre"), f"/meetings/{number}", "calendar")
    if not living and meetings.may_propose(reader, head.question, teams):
        href = f"/questions/{head.question.ref}/meetings/new"
        yield Offer(_("Proposer une rencontre"), href, "calendar")


def _start(story: Story, *, own: bool) -> Iterator[Offer]:
    for hypothesis, _team_name in story.hypotheses:
        ready = hypothesis.endorsement is Endorsement.ENDORSED and hypothesis.verdict in LIVING
        if own and ready:
            label = _("Lancer un projet sur %(ref)s", ref=hypothesis.ref)
            yield Offer(label, f"/projects/new?hypothesis={hypothesis.ref}", "project")


def _others(head: Head, reader: User) -> Iterator[Offer]:
    question = head.question
    if reader.is_moderator:
        desk = [move.name for move in legal_moves(question, reader) if move.name in AT_DESK]
        if question.stage is Stage.SUBMITTED:
            yield Offer(_("Décider au triage"), f"/triage/{question.ref}", "inbox", "primary", "t")
        elif desk:
            yield Offer(_("Reprendre au triage"), f"/triage/{question.ref}", "inbox", key="t")
        if question.contested_at:
            label = _("Répondre à l’opposition")
            yield Offer(label, f"/triage/objections/{question.ref}", "scale", "primary")
        if "merge" in desk and not question.proposed_into_id:
            yield Offer(
                _("Proposer de réunir"), f"/questions/{question.ref}/propose-merge", "merge"
            )
        if question.stage is Stage.MERGED:
            label = _(MOVE["separate"].label)
            yield Offer(label, f"/questions/{question.ref}/separate", "reply")
        yield Offer(_("Retirer des mots"), f"/questions/{question.ref}/redact", "shield")
    if policy.may_support(reader, question):
        here = f"/questions/{question.ref}"
        if head.supported:
            yield Offer(_("Nous ne voyons plus cela"), f"{here}/unsupport", "support", key="s")
        else:
            yield Offer(_("Nous voyons cela aussi"), f"{here}/support", "support", key="s")


def _closed(question: Question, offered: set[str], story: Story, reader: User) -> Iterator[Closed]:
    here = STANDS_AT.get(question.stage, question.stage)
    if here not in MAIN_LINE:
        return
    for name in ("claim", "propose", "start", "conclude"):
        move = MOVE[name]
        if MAIN_LINE.index(move.to) <= MAIN_LINE.index(here) or _(move.label) in offered:
            continue
        if question.stage not in move.from_:
            yield Closed(_(move.label), _(MISSING[name]))
        elif not reader.is_researcher:
            yield Closed(_(move.label), _("Cela revient à %(who)s.", who=_(move.who)))
        elif not reader.team_ids:
            yield Closed(_(move.label), _("Il faut d’abord faire partie d’une équipe."))
        elif name == "start" and not any(
            h.endorsement is Endorsement.ENDORSED for h, _team_name in story.hypotheses
        ):
            yield Closed(_(move.label), _(MISSING[name]))
        elif name != "start":
            yield Closed(_(move.label), _("Cela revient à %(who)s.", who=_(move.who)))
    if policy.is_asker(reader, question) and question.stage in JOINABLE:
        yield Closed(_(MOVE["withdraw"].label), _(MISSING["withdraw"]))
