"""Words that the help adds to the table of moves."""

from exchange.i18n import mark as _m
from exchange.questions.models import Stage

STAGE_MEANINGS = {
    Stage.DRAFT: _m("Vous écrivez ; personne d’autre ne lit."),
    Stage.SUBMITTED: _m("Un modérateur la lit et décide dans le délai promis."),
    Stage.RETURNED: _m("Le modérateur a une question ; votre réponse renvoie la même question."),
    Stage.OPEN: _m("Elle est publiée et attend une équipe."),
    Stage.CLAIMED: _m("Une équipe s’est engagée, avec une prochaine étape et sa date."),
    Stage.HYPOTHESIS: _m("Une réponse possible est posée, avec ce qui la réfuterait."),
    Stage.PROJECT: _m("Une hypothèse soutenue est mise à l’épreuve."),
    Stage.CONCLUDED: _m("Il y a une réponse, même négative, et elle est revenue à qui a demandé."),
    Stage.PARKED: _m("Elle dort ; on peut la réveiller."),
    Stage.MERGED: _m("La même question vivait déjà ailleurs ; la suite se lit là."),
    Stage.DECLINED: _m("Elle n’a pas été retenue, et la raison est écrite."),
    Stage.WITHDRAWN: _m("La personne qui l’a posée l’a retirée."),
}

REQUIRED_LABELS = {
    "title": _m("un titre"),
    "problem": _m("ce qui ne va pas pour les patients"),
    "reason": _m("une raison"),
    "question": _m("la question qui reste"),
    "team": _m("une équipe"),
    "why": _m("pourquoi elle"),
    "needs": _m("ce qu’elle attend du clinicien"),
    "next_step": _m("une prochaine étape"),
    "hypothesis": _m("une hypothèse"),
    "verdict": _m("un verdict"),
    "endorsed_hypothesis": _m("une hypothèse soutenue par le clinicien"),
    "lead_team": _m("une équipe meneuse"),
    "principal_investigator": _m("un investigateur principal"),
    "clinical_colead": _m("un co-responsable clinique"),
    "outcome": _m("un résultat"),
    "answer": _m("une réponse en langage clair"),
}
