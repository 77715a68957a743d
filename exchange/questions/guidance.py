"""Guidance by example, for each kind of question: a title that works, and what to tell with it."""

from typing import NamedTuple

from exchange.i18n import mark as _m
from exchange.questions.models import Kind


class Guide(NamedTuple):
    title: str
    tell: str


GUIDES: dict[Kind, Guide] = {
    Kind.MECHANISM: Guide(
        _m("Pourquoi nos lupus stables poussent-ils juste après l’accouchement ?"),
        _m("Ce que vous observez, chez qui, à quel moment, et ce qui ne colle pas avec l’admis."),
    ),
    Kind.DIAGNOSIS: Guide(
        _m("Comment distinguer une pneumopathie sous anti-PD-1 d’une infection débutante ?"),
        _m(
            "Les diagnostics que vous confondez, ce que l’erreur coûte, le délai dont vous disposez."
        ),
    ),
    Kind.NON_RESPONSE: Guide(
        _m("Qui, parmi nos maladies de Crohn, ne répondra jamais à un anti-TNF ?"),
        _m("Le traitement, la part de patients en échec, quand vous le savez, ce que vous tentez."),
    ),
    Kind.TOXICITY: Guide(
        _m("Quels patients feront une neurotoxicité sévère après des cellules CAR-T ?"),
        _m("Le traitement, l’effet, sa fréquence et sa gravité, le moment où il survient."),
    ),
    Kind.PROGNOSIS: Guide(
        _m("Quels patients sortis de choc septique restent immunodéprimés six mois plus tard ?"),
        _m("Ce que vous voudriez prévoir, à quelle échéance, et la décision qui en dépend."),
    ),
    Kind.PREVENTION: Guide(
        _m("Comment vacciner efficacement nos greffés sous anti-CD20 ?"),
        _m(
            "Ce que vous voulez éviter, chez qui, ce qui est fait aujourd’hui et pour quel résultat."
        ),
    ),
    Kind.OTHER: Guide(
        _m(
            "Que devient la réponse immunitaire de nos patients de plus de 85 ans sous corticoïdes ?"
        ),
        _m("Ce que vous voyez, ce que vous ne comprenez pas, ce que la réponse changerait."),
    ),
}
