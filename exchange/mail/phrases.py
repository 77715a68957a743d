"""What happened, in a few words that name nobody: for notices and digests, where the reader may
read that it happened but not always who did it to what."""

from exchange.attachments import facts as attachments
from exchange.discussion import facts as discussion
from exchange.i18n import mark as _m
from exchange.meetings import facts as meetings
from exchange.moderation.flags import facts as flags
from exchange.questions import facts as moves
from exchange.questions.workflow import MOVE_OF_FACT
from exchange.research import facts as research
from exchange.research.candidates import facts as candidates
from exchange.research.dossier import facts as dossier

PHRASES: dict[str, str] = {
    moves.Submitted.kind: _m("Nous avons bien reçu votre question"),
    moves.Resubmitted.kind: _m("Nous avons bien reçu votre réponse"),
    moves.Published.kind: _m("La question est publiée"),
    moves.Returned.kind: _m("Un modérateur demande une précision"),
    moves.Postponed.kind: _m("La relecture de votre question est remise à plus tard"),
    moves.Declined.kind: _m("La question n’a pas été retenue"),
    moves.Merged.kind: _m("La question a été réunie à une autre"),
    moves.TwinReceived.kind: _m("Une autre question a été réunie à celle-ci"),
    moves.Separated.kind: _m("La question est de nouveau à part"),
    moves.SeparatedUnread.kind: _m("La question est de nouveau à part"),
    moves.TwinLeft.kind: _m("Une question qui y était réunie est de nouveau à part"),
    moves.Withdrawn.kind: _m("La question a été retirée"),
    moves.Parked.kind: _m("La question est en sommeil"),
    moves.Woken.kind: _m("La question est réveillée"),
    moves.Reopened.kind: _m("La question est rouverte"),
    moves.Reconsidered.kind: _m("La question va être relue"),
    moves.Claimed.kind: _m("Une équipe prend la question en charge"),
    moves.Released.kind: _m("L’équipe a rendu la question"),
    moves.Lapsed.kind: _m("La prise en charge a pris fin, sans nouvelles de l’équipe"),
    moves.HypothesisOpened.kind: _m("Une hypothèse est proposée"),
    moves.HypothesesExhausted.kind: _m("Plus aucune hypothèse ne tient"),
    moves.ProjectStarted.kind: _m("Un projet est lancé"),
    moves.ProjectStopped.kind: _m("Le projet est arrêté"),
    moves.Concluded.kind: _m("La question est conclue"),
    moves.Revised.kind: _m("La question a été modifiée"),
    moves.Rephrased.kind: _m("Un modérateur a reformulé la question"),
    moves.StillUnclaimed.kind: _m("La question attend encore une équipe"),
    moves.Redacted.kind: _m("Un modérateur a retiré des mots d’un de vos textes"),
    moves.Contested.kind: _m("L’auteur s’oppose à une reformulation"),
    moves.Restored.kind: _m("Vos mots sont de nouveau en vigueur"),
    moves.ObjectionAnswered.kind: _m("Un modérateur répond à votre opposition"),
    moves.MergeProposed.kind: _m("Un modérateur propose de réunir votre question à une autre"),
    moves.MergeRefused.kind: _m("L’auteur préfère garder la question à part"),
    moves.Supported.kind: _m("Un autre service voit aussi ce problème"),
    research.ClaimJoined.kind: _m("Une équipe de plus s’engage"),
    research.ClaimUpdated.kind: _m("L’équipe donne des nouvelles"),
    research.ClaimLeft.kind: _m("Une équipe se désengage"),
    research.ClaimNudged.kind: _m("Des nouvelles ont été demandées à l’équipe"),
    research.ClaimWarned.kind: _m("Toujours sans nouvelles de l’équipe"),
    research.ClaimDeferred.kind: _m("Les relances faites à l’équipe sont reportées"),
    research.LeadHandedOver.kind: _m("Une autre équipe mène la question"),
    research.RequestMade.kind: _m("L’équipe demande quelque chose au clinicien"),
    research.RequestAnswered.kind: _m("Le clinicien a répondu à une demande de l’équipe"),
    research.HypothesisProposed.kind: _m("Une hypothèse est proposée"),
    research.HypothesisRevised.kind: _m("Une hypothèse est précisée"),
    research.EvidenceAdded.kind: _m("Un indice est ajouté à une hypothèse"),
    research.HypothesisEndorsed.kind: _m("Une hypothèse est soutenue par le clinicien"),
    research.HypothesisMissing.kind: _m("Il manque quelque chose à une hypothèse"),
    research.VerdictGiven.kind: _m("Une hypothèse a son verdict"),
    research.HypothesisFrozen.kind: _m("Une hypothèse est figée"),
    research.OpinionAskedAgain.kind: _m("Une hypothèse attend votre avis"),
    research.ProjectAdded.kind: _m("Un autre projet est lancé"),
    dossier.DecisionLogged.kind: _m("Une décision est prise dans le projet"),
    candidates.CandidateEntered.kind: _m("Un candidat-médicament du projet est inscrit"),
    research.ProjectEnded.kind: _m("Un projet est terminé"),
    research.MilestoneReached.kind: _m("Un jalon du projet est atteint"),
    research.MilestoneAdded.kind: _m("Un jalon du projet est prévu"),
    research.PeopleChanged.kind: _m("Les responsables du projet changent"),
    research.FundingAdded.kind: _m("Un financement du projet est noté"),
    research.ProjectNewsAsked.kind: _m("Des nouvelles de votre projet ?"),
    research.ProjectUnsealed.kind: _m("L’administration lit votre projet"),
    research.OutcomeRecorded.kind: _m("Un résultat du projet est noté"),
    research.OutcomeLinked.kind: _m("Un résultat est rattaché au projet"),
    research.OutcomeChanged.kind: _m("Un résultat du projet est mis à jour"),
    flags.Flagged.kind: _m("Un de vos textes est masqué le temps d’une relecture"),
    flags.FlagDecided.kind: _m("Un signalement a reçu sa réponse"),
    attachments.OutcomeProved.kind: _m("Un résultat du projet a son document"),
    attachments.Attached.kind: _m("Une pièce jointe"),
    meetings.MeetingProposed.kind: _m("Une rencontre est proposée"),
    meetings.MeetingAnswered.kind: _m("Chacun a répondu : il reste à fixer la date"),
    meetings.MeetingFixed.kind: _m("La rencontre est fixée"),
    meetings.MeetingMoved.kind: _m("La rencontre est déplacée"),
    meetings.MeetingCancelled.kind: _m("La rencontre est annulée"),
    discussion.Commented.kind: _m("Un nouveau commentaire"),
}


WEIGHTY = {
    research.HypothesisProposed.kind,
    research.HypothesisEndorsed.kind,
    research.VerdictGiven.kind,
    research.ProjectAdded.kind,
    research.ProjectEnded.kind,
    research.OutcomeRecorded.kind,
}
"""What counts more than a comment, without moving the question."""


def weight(kind: str) -> int:
    """Which event names several that are told together: a move of the question, then a result, then
    a comment, then the rest."""
    if kind in MOVE_OF_FACT:
        return 3
    if kind in WEIGHTY:
        return 2
    return int(kind == discussion.Commented.kind)
