"""What happened, in a few words that name nobody: for notices and digests, where the reader may
read that it happened but not always who did it to what."""

from exchange.discussion import facts as discussion
from exchange.i18n import mark as _m
from exchange.moderation.flags import facts as flags
from exchange.questions import facts as moves
from exchange.research import facts as research

PHRASES: dict[str, str] = {
    moves.Submitted.kind: _m("Nous avons bien reçu votre question"),
    moves.Resubmitted.kind: _m("Nous avons bien reçu votre réponse"),
    moves.Published.kind: _m("La question est publiée"),
    moves.Returned.kind: _m("Un modérateur demande une précision"),
    moves.Declined.kind: _m("La question n’a pas été retenue"),
    moves.Merged.kind: _m("La question a été réunie à une autre"),
    moves.TwinReceived.kind: _m("Une autre question a été réunie à celle-ci"),
    moves.Withdrawn.kind: _m("La question a été retirée"),
    moves.Parked.kind: _m("La question est en sommeil"),
    moves.Woken.kind: _m("La question est réveillée"),
    moves.Reopened.kind: _m("La question est rouverte"),
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
    moves.Redacted.kind: _m("Un modérateur a retiré des mots d’un de vos textes"),
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
    research.ProjectAdded.kind: _m("Un autre projet est lancé"),
    research.ProjectEnded.kind: _m("Un projet est terminé"),
    research.MilestoneReached.kind: _m("Un jalon du projet est atteint"),
    research.MilestoneAdded.kind: _m("Un jalon du projet est prévu"),
    research.FundingAdded.kind: _m("Un financement du projet est noté"),
    research.OutcomeRecorded.kind: _m("Un résultat du projet est noté"),
    flags.Flagged.kind: _m("Un de vos textes est masqué le temps d’une relecture"),
    flags.FlagDecided.kind: _m("Un signalement a reçu sa réponse"),
    discussion.Commented.kind: _m("Un nouveau commentaire"),
}
