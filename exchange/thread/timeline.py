"""One line per kind of fact: the sentence that tells it, and its icon.

A guard test proves that every fact that can stand on a question has its line here. A sentence
names nothing of a hypothesis or project that the reader may not read: `secret` is what is said
then, and without it the line is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from markupsafe import Markup, escape

from exchange import i18n
from exchange.attachments import facts as attachments
from exchange.discussion import facts as discussion
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.meetings import facts as meetings
from exchange.moderation.deferrals import facts as deferrals
from exchange.moderation.flags import facts as flags
from exchange.moderation.grounds import GROUND_LABELS, Ground
from exchange.people.models import AREA_LABELS, Area, User
from exchange.questions import facts, policy
from exchange.questions.models import Audience
from exchange.questions.tags import labelled
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.research import facts as research
from exchange.research.candidates import facts as candidates
from exchange.research.dossier import facts as dossier
from exchange.research.models import (
    OUTCOME_LABELS,
    VERDICT_LABELS,
    OutcomeKind,
    Reply,
    Verdict,
)
from exchange.thread.queries import AnyRow, Head, Story

AUDIENCE_LABELS = {
    Audience.MEMBERS: _m("tous les membres"),
    Audience.CIRCLE: _m("un cercle d’équipes nommées"),
}


PART_WORDS = {
    "frame": _m("son cadre"),
    "regulation": _m("sa réglementation"),
    "rights": _m("son volet réservé"),
}

REPLY_WORDS = {Reply.YES: _m("oui"), Reply.PARTLY: _m("en partie"), Reply.NO: _m("non")}


@dataclass(frozen=True)
class Line:
    icon: str
    text: str
    secret: str = ""


LINES: dict[str, Line] = {
    facts.Submitted.kind: Line("inbox", _m("%(who)s a déposé la question.")),
    facts.Resubmitted.kind: Line("reply", _m("%(who)s a répondu et renvoyé la question.")),
    facts.Published.kind: Line("check", _m("%(who)s a publié la question.")),
    facts.Returned.kind: Line("question", _m("%(who)s a demandé une précision.")),
    facts.Postponed.kind: Line(
        "calendar", _m("%(who)s a remis la relecture au plus tard au %(until)s.")
    ),
    facts.Declined.kind: Line("cross", _m("%(who)s n’a pas retenu la question.")),
    facts.Merged.kind: Line("merge", _m("%(who)s a réuni cette question à %(question)s.")),
    facts.TwinReceived.kind: Line("merge", _m("%(who)s a réuni %(question)s à cette question.")),
    facts.Separated.kind: Line("reply", _m("%(who)s a séparé cette question de l’autre.")),
    facts.SeparatedUnread.kind: Line("reply", _m("%(who)s a séparé cette question de l’autre.")),
    facts.TwinLeft.kind: Line("minus", _m("%(who)s a séparé %(question)s de cette question.")),
    facts.Withdrawn.kind: Line("cross", _m("%(who)s a retiré la question.")),
    facts.Parked.kind: Line("moon", _m("%(who)s a mis la question en sommeil.")),
    facts.Woken.kind: Line("sun", _m("%(who)s a réveillé la question.")),
    facts.Reopened.kind: Line("reply", _m("%(who)s a rouvert la question.")),
    facts.Reconsidered.kind: Line("reply", _m("%(who)s a repris la question pour la relire.")),
    facts.Claimed.kind: Line(
        "claim", _m("%(who)s a pris la question en charge avec l’équipe %(team)s.")
    ),
    facts.Released.kind: Line(
        "flag", _m("%(who)s a rendu la question au nom de l’équipe %(team)s.")
    ),
    facts.Lapsed.kind: Line(
        "clock", _m("Sans nouvelles de l’équipe %(team)s, sa prise en charge a pris fin.")
    ),
    facts.HypothesisOpened.kind: Line(
        "hypothesis",
        _m("La question passe à l’étape « Hypothèse »."),
        _m("La question passe à l’étape « Hypothèse »."),
    ),
    facts.HypothesesExhausted.kind: Line(
        "hypothesis",
        _m("Plus aucune hypothèse ne tient : la question revient à l’équipe."),
        _m("Plus aucune hypothèse ne tient : la question revient à l’équipe."),
    ),
    facts.ProjectStarted.kind: Line(
        "project",
        _m("%(who)s a lancé le projet %(project)s."),
        _m("Un projet confidentiel a été lancé."),
    ),
    facts.ProjectStopped.kind: Line(
        "project",
        _m("%(who)s a arrêté le projet %(project)s."),
        _m("Un projet confidentiel a été arrêté."),
    ),
    facts.Concluded.kind: Line(
        "check",
        _m("%(who)s a conclu la question avec le projet %(project)s."),
        _m("La question est conclue."),
    ),
    facts.Revised.kind: Line("edit", _m("%(who)s a modifié sa question.")),
    facts.Rephrased.kind: Line(
        "edit", _m("%(who)s a reformulé la question ; les mots d’origine restent lisibles.")
    ),
    facts.Tagged.kind: Line("edit", _m("%(who)s a changé les étiquettes : %(tags)s.")),
    facts.AreaChanged.kind: Line("edit", _m("%(who)s a changé le domaine : %(area)s.")),
    facts.Contested.kind: Line("flag", _m("%(who)s s’oppose à la reformulation.")),
    facts.Restored.kind: Line("reply", _m("%(who)s a rendu ses mots à l’auteur.")),
    facts.ObjectionAnswered.kind: Line("scale", _m("%(who)s garde la reformulation.")),
    facts.MergeProposed.kind: Line("merge", _m("%(who)s propose de réunir à une autre question.")),
    facts.MergeRefused.kind: Line("cross", _m("%(who)s préfère garder la question à part.")),
    facts.Supported.kind: Line("support", _m("%(who)s voit aussi ce problème (%(institution)s).")),
    facts.SupportRemoved.kind: Line("minus", _m("%(who)s ne voit plus ce problème.")),
    facts.AudienceChanged.kind: Line(
        "eye", _m("%(who)s a changé qui peut lire la question : %(audience)s.")
    ),
    facts.StillUnclaimed.kind: Line("clock", _m("Ouverte depuis %(months)s, sans équipe encore.")),
    facts.Redacted.kind: Line("shield", _m("%(who)s a retiré des mots (« %(ground)s »).")),
    meetings.MeetingProposed.kind: Line(
        "calendar",
        _m("%(who)s a proposé %(meeting)s."),
        _m("Une rencontre a été proposée."),
    ),
    meetings.MeetingFixed.kind: Line(
        "calendar",
        _m("%(who)s a fixé la date d’%(meeting)s."),
        _m("La date d’une rencontre a été fixée."),
    ),
    meetings.MeetingMoved.kind: Line(
        "calendar",
        _m("%(who)s a déplacé %(meeting)s."),
        _m("Une rencontre a été déplacée."),
    ),
    meetings.MeetingCancelled.kind: Line(
        "cross", _m("%(who)s a annulé %(meeting)s."), _m("Une rencontre a été annulée.")
    ),
    attachments.Attached.kind: Line("document", _m("%(who)s a joint %(attachment)s.")),
    attachments.AttachmentRemoved.kind: Line("minus", _m("%(who)s a retiré une pièce jointe.")),
    research.ClaimJoined.kind: Line(
        "team", _m("%(who)s a rejoint la question avec l’équipe %(team)s.")
    ),
    research.ClaimUpdated.kind: Line(
        "calendar", _m("%(who)s a donné des nouvelles de l’équipe %(team)s.")
    ),
    research.ClaimLeft.kind: Line("flag", _m("%(who)s a désengagé l’équipe %(team)s.")),
    research.ClaimNudged.kind: Line(
        "clock", _m("Des nouvelles ont été demandées à l’équipe %(team)s.")
    ),
    research.ClaimWarned.kind: Line(
        "alert",
        _m(
            "Toujours sans nouvelles de l’équipe %(team)s : la question redeviendra ouverte le"
            " %(lapses_on)s."
        ),
    ),
    research.ClaimDeferred.kind: Line(
        "calendar",
        _m("%(who)s a reporté au %(until)s les relances faites à l’équipe %(team)s."),
    ),
    research.LeadHandedOver.kind: Line(
        "team", _m("%(who)s a passé la main : l’équipe %(team)s mène maintenant la question.")
    ),
    research.RequestMade.kind: Line(
        "question", _m("%(who)s a demandé quelque chose au clinicien pour l’équipe %(team)s.")
    ),
    research.RequestAnswered.kind: Line(
        "reply", _m("%(who)s a répondu à une demande de l’équipe %(team)s : %(reply)s.")
    ),
    research.HypothesisProposed.kind: Line(
        "hypothesis",
        _m("%(who)s a proposé l’hypothèse %(hypothesis)s."),
        _m("Une hypothèse confidentielle a été proposée."),
    ),
    research.HypothesisRevised.kind: Line(
        "edit", _m("%(who)s a précisé l’hypothèse %(hypothesis)s.")
    ),
    research.EvidenceAdded.kind: Line(
        "document", _m("%(who)s a ajouté un indice à l’hypothèse %(hypothesis)s.")
    ),
    research.HypothesisEndorsed.kind: Line(
        "check", _m("%(who)s soutient l’hypothèse %(hypothesis)s.")
    ),
    research.HypothesisMissing.kind: Line(
        "question", _m("%(who)s dit ce qui manque à l’hypothèse %(hypothesis)s.")
    ),
    research.VerdictGiven.kind: Line(
        "scale", _m("%(who)s a rendu un verdict sur l’hypothèse %(hypothesis)s : %(verdict)s.")
    ),
    research.HypothesisFrozen.kind: Line("lock", _m("%(who)s a figé l’hypothèse %(hypothesis)s.")),
    research.OpinionAskedAgain.kind: Line(
        "clock", _m("L’avis du clinicien sur l’hypothèse %(hypothesis)s est de nouveau demandé.")
    ),
    research.ProjectAdded.kind: Line(
        "project",
        _m("%(who)s a lancé aussi le projet %(project)s."),
        _m("Un autre projet confidentiel a été lancé."),
    ),
    research.ProjectEnded.kind: Line(
        "project",
        _m("Le projet %(project)s est terminé ; la question garde son étape."),
        _m("Un projet confidentiel est terminé ; la question garde son étape."),
    ),
    research.MilestoneReached.kind: Line(
        "check", _m("%(who)s a atteint un jalon du projet %(project)s : %(milestone)s.")
    ),
    research.MilestoneAdded.kind: Line(
        "calendar", _m("%(who)s a prévu un jalon du projet %(project)s : %(milestone)s.")
    ),
    research.PeopleChanged.kind: Line(
        "user", _m("%(who)s a changé les responsables du projet %(project)s.")
    ),
    research.FundingAdded.kind: Line(
        "plus", _m("%(who)s a noté un financement du projet %(project)s.")
    ),
    dossier.DossierChanged.kind: Line(
        "edit", _m("%(who)s a mis à jour la fiche du projet %(project)s : %(part)s.")
    ),
    dossier.RiskNoted.kind: Line("alert", _m("%(who)s a noté un risque du projet %(project)s.")),
    dossier.RiskChanged.kind: Line("alert", _m("%(who)s a revu un risque du projet %(project)s.")),
    dossier.DecisionLogged.kind: Line(
        "scale", _m("%(who)s a noté une décision du projet %(project)s.")
    ),
    candidates.CandidateEntered.kind: Line(
        "plus", _m("%(who)s a inscrit un candidat-médicament du projet %(project)s.")
    ),
    candidates.CandidateChanged.kind: Line(
        "edit", _m("%(who)s a mis à jour un candidat-médicament du projet %(project)s.")
    ),
    research.ProjectNewsAsked.kind: Line(
        "clock", _m("Des nouvelles du projet %(project)s ont été demandées.")
    ),
    research.ProjectUnsealed.kind: Line(
        "eye",
        _m(
            "%(who)s, de l’administration, s’est ouvert le projet %(project)s pour le lire,"
            " jusqu’au %(until)s."
        ),
    ),
    research.ProjectSealedAgain.kind: Line(
        "lock", _m("%(who)s a refermé le projet %(project)s à l’administration.")
    ),
    research.OutcomeRecorded.kind: Line(
        "document", _m("%(who)s a noté un résultat du projet %(project)s : %(outcome)s.")
    ),
    research.OutcomeLinked.kind: Line(
        "document", _m("%(who)s a rattaché un résultat au projet %(project)s : %(outcome)s.")
    ),
    attachments.OutcomeProved.kind: Line(
        "document",
        _m("%(who)s a joint la preuve d’un résultat du projet %(project)s : %(outcome)s."),
    ),
    attachments.ProofRemoved.kind: Line(
        "minus",
        _m("%(who)s a retiré la preuve d’un résultat du projet %(project)s : %(outcome)s."),
    ),
    research.OutcomeChanged.kind: Line(
        "edit", _m("%(who)s a mis à jour un résultat du projet %(project)s : %(outcome)s.")
    ),
}

FOLDED = {
    discussion.CommentEdited.kind,
    meetings.MeetingAnswered.kind,
    flags.Flagged.kind,
    flags.FlagDecided.kind,
    facts.Recalled.kind,
    deferrals.Deferred.kind,
    deferrals.Resumed.kind,
}
"""Told elsewhere: a comment says itself that it was edited; who comes when, on the page of the
meeting; reports, to those concerned only; what
the desk put aside, at the desk."""

BETWEEN_TWO = {
    facts.Returned.kind,
    facts.Resubmitted.kind,
    facts.SeparatedUnread.kind,
    facts.Reconsidered.kind,
}
"""What was said about a question that nobody else could read yet stays between its asker and the
moderators; that it was said is told."""

COMMENT = discussion.Commented.kind


@dataclass(slots=True)
class Entry:
    """One line, or one comment when `author` is set, ready to show."""

    number: int
    when: str
    exact: str
    iso: str
    icon: str = ""
    html: Markup = Markup()
    prose: str = ""
    move: bool = False
    fresh: bool = False
    author: str = ""
    title: str = ""
    asked: bool = False
    own: bool = False
    comment_id: int = 0
    edited: bool = False
    hidden: bool = False
    place: str = ""
    place_href: str = ""
    by_mail: bool = False
    mail_href: str = ""

    def __iter__(self) -> Iterator[Any]:
        """The template takes an entry apart instead of asking for each of fifty times twelve
        attributes."""
        return iter(_PARTS(self))


_PARTS = attrgetter(*(part.name for part in fields(Entry)))


class Words:
    """What the placeholders of a sentence stand for, looked up only when the sentence asks."""

    def __init__(self, teller: "Teller", event: AnyRow) -> None:
        self.teller = teller
        self.event = event

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)()

    def who(self) -> Markup:
        return Markup("<b>{}</b>").format(self.teller.name_of(self.event))

    def team(self) -> Markup:
        name, slug = self.teller.teams.get(self.event.data["team_id"], ("", ""))
        return Markup('<a href="/teams/{}">{}</a>').format(slug, name)

    def hypothesis(self) -> Markup:
        ref = self.teller.hypotheses[self.event.data["hypothesis_id"]]
        return Markup('<a href="/hypotheses/{}">{}</a>').format(ref, ref)

    def project(self) -> Markup:
        ref = self.teller.projects[self.event.data["project_id"]]
        return Markup('<a href="/projects/{}">{}</a>').format(ref, ref)

    def question(self) -> Markup:
        data = self.event.data
        known = self.teller.story.twins.get(data.get("into_id") or data.get("from_id"))
        if known is None:
            return escape(_("une autre question"))
        return Markup('<a href="/questions/{}" title="{}">{}</a>').format(
            known[0], known[1], known[0]
        )

    def meeting(self) -> Markup:
        number = self.event.data["meeting_id"]
        return Markup('<a href="/meetings/{}">{}</a>').format(number, _("une rencontre"))

    def institution(self) -> str:
        number = self.event.data["institution_id"]
        return self.teller.institutions.get(number) or _("établissement non précisé")

    def audience(self) -> str:
        return _(AUDIENCE_LABELS[Audience(self.event.data["audience"])])

    def tags(self) -> str:
        labels = labelled(self.event.data["tags"], self.teller.locale)
        return ", ".join(label for _key, label in labels) or _("aucune")

    def area(self) -> str:
        return _(AREA_LABELS[Area(self.event.data["area"])])

    def months(self) -> str:
        count = 3 * self.event.data["quarters"]
        return i18n.ngettext("%(num)s mois", "%(num)s mois", count)

    def ground(self) -> str:
        return _(GROUND_LABELS[Ground(self.event.data["ground"])])

    def attachment(self) -> Markup:
        number = self.event.data["attachment_id"]
        name = self.teller.story.prose.get(("attachment", number))
        if name is None:
            return escape(_("une pièce qui n’est plus visible"))
        address = f"{self.teller.here}/attachments/{number}"
        return Markup('<a href="{}">{}</a>').format(address, name)

    def verdict(self) -> str:
        return _(VERDICT_LABELS[Verdict(self.event.data["verdict"])])

    def lapses_on(self) -> str:
        return i18n.show_date(date.fromisoformat(self.event.data["lapses_on"]))

    def until(self) -> str:
        return i18n.show_date(date.fromisoformat(self.event.data["until"]))

    def reply(self) -> str:
        return _(REPLY_WORDS[Reply(self.event.data["reply"])])

    def part(self) -> str:
        return _(PART_WORDS[self.event.data["part"]])

    def milestone(self) -> str:
        return self.teller.story.prose[("milestone", self.event.data["milestone_id"])]

    def outcome(self) -> str:
        kind = self.teller.story.prose[("outcome", self.event.data["outcome_id"])]
        return _(OUTCOME_LABELS[OutcomeKind(kind)])


class Teller:
    """Tells the events of one question to one reader, in the language in force."""

    def __init__(self, head: Head, story: Story, reader: User) -> None:
        self.story = story
        self.here = f"/questions/{head.question.ref}"
        self.reader_id = reader.id
        self.moderates = reader.is_moderator
        self.asker_id = head.question.asker_id
        self.is_between = reader.is_moderator or reader.id == self.asker_id
        self.asker = None if policy.sees_asker(reader, head.question) else department(head)
        acted = max((e.id for e in story.events if e.actor_id == reader.id), default=0)
        self.read = max(head.read_event_id, acted)
        self.teams = {claim.team_id: (claim.team, claim.slug) for claim in story.claims}
        self.hypotheses = {h.id: h.ref for h, _team in story.hypotheses}
        self.projects = {project.id: project.ref for project in story.projects}
        self.institutions = {number: short for number, short, _count in story.supports}
        self.zone = i18n.zone()
        self.locale = i18n.get_locale()
        self.days = self._near_days()
        self.exact = _("%(day)s à %(hour)s")

    def entries(self) -> list[Entry]:
        """The story, oldest first."""
        return list(self._tell())

    def name_of(self, event: AnyRow) -> str:
        """Who did it: the department when the asker is hidden, the site when nobody did."""
        if self.asker is not None and event.actor_id == self.asker_id:
            return self.asker
        return event.who or _("Le site")

    def _tell(self) -> Iterator[Entry]:
        for event in self.story.events:
            if event.kind == COMMENT:
                entry = self._comment(event)
            elif event.kind in FOLDED:
                entry = None
            else:
                entry = self._line(event)
            if entry is not None:
                entry.fresh = 0 < self.read < event.id and event.actor_id != self.reader_id
                yield entry

    def _line(self, event: AnyRow) -> Entry | None:
        line = LINES[event.kind]
        secret = not self._may_read(event.data)
        if secret and not line.secret:
            return None
        entry = self._at(event)
        entry.icon = line.icon
        entry.move = event.kind in MOVE_OF_FACT
        sentence = Markup(_(line.secret if secret else line.text))  # noqa: S704 - our own words
        entry.html = sentence % Words(self, event)
        if not secret and (self.is_between or event.kind not in BETWEEN_TWO):
            entry.prose = self._prose(event.data)
        return entry

    def _comment(self, event: AnyRow) -> Entry | None:
        data, actor = event.data, event.actor_id
        posted = self.story.comments.get(data["comment_id"])
        if posted is None or not self._may_read(data):
            return None
        entry = self._at(event)
        asked = actor == self.asker_id
        hidden = asked and self.asker is not None
        entry.author = self.name_of(event)
        entry.title = "" if hidden else posted.title
        entry.asked = asked
        entry.own = actor == self.reader_id
        entry.prose = posted.html
        if posted.hidden_at is not None and not self.moderates:
            entry.prose = _out_of_sight(posted.id)
        entry.comment_id = posted.id
        entry.edited = posted.edited_at is not None
        entry.hidden = posted.hidden_at is not None
        if data.get("by_mail"):
            entry.by_mail = True
            entry.mail_href = f"/comments/{posted.id}/mail" if self._may_see_mail(actor) else ""
        if ref := self.hypotheses.get(data["hypothesis_id"]):
            entry.place, entry.place_href = ref, f"/hypotheses/{ref}"
        elif ref := self.projects.get(data["project_id"]):
            entry.place, entry.place_href = ref, f"/projects/{ref}"
        return entry

    def _may_see_mail(self, author_id: int) -> bool:
        """What was cut from a reply is for its author and the moderators."""
        return self.moderates or author_id == self.reader_id

    def _may_read(self, data: dict[str, Any]) -> bool:
        hypothesis, project = data.get("hypothesis_id"), data.get("project_id")
        meeting = data.get("meeting_id")
        return (
            (hypothesis is None or hypothesis in self.hypotheses)
            and (project is None or project in self.projects)
            and (meeting is None or meeting in self.story.meetings)
        )

    def _prose(self, data: dict[str, Any]) -> str:
        if "reply" in data and not data["note_id"]:
            return ""
        for what in ("note", "update", "request"):
            if number := data.get(f"{what}_id"):
                return self.story.prose.get((what, number), "")
        return ""

    def _at(self, event: AnyRow) -> Entry:
        at = event.at
        local = at.astimezone(self.zone)
        day = local.date()
        full = _full(self.locale, day)
        words = {"day": full, "hour": f"{local.hour:02d}:{local.minute:02d}"}
        near = self.days.get(day)
        return Entry(
            event.id,
            near % words if near else full,
            self.exact % words,
            at.isoformat("T", "seconds"),
        )

    @staticmethod
    def _near_days() -> dict[date, str]:
        """True for the whole day, so that a page kept by the browser does not grow false."""
        today = i18n.local_today()
        return {
            today: _("aujourd’hui à %(hour)s"),
            today - timedelta(days=1): _("hier à %(hour)s"),
        }


def department(head: Head) -> str:
    """How an asker who asked in the department's name is called."""
    return head.department or head.institution or _("un service clinique")


def _out_of_sight(comment_id: int) -> Markup:
    """What its author reads in the place of a message that is hidden from them too."""
    told = _(
        "Quelqu’un craint qu’un patient y soit reconnu : votre message est masqué, pour vous aussi,"
        " le temps qu’un modérateur le relise."
    )
    again = Markup('<a href="/comments/{}/edit">{}</a>').format(comment_id, _("L’écrire autrement"))
    return Markup("<p>{} {}</p>").format(told, again)


@lru_cache(maxsize=4096)
def _full(_locale: str, day: date) -> str:
    return i18n.show_date(day)
