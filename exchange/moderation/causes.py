"""Why a question is not taken: a closed list that all members read, beside the words that only its
asker and moderators do."""

import enum

from exchange.i18n import mark as _m


class Cause(enum.StrEnum):
    SCOPE = "scope"
    CARE = "care"
    UNCLEAR = "unclear"
    IDENTITY = "identity"
    DUPLICATE = "duplicate"
    ANSWERED = "answered"
    OTHER = "other"


CAUSE_LABELS = {
    Cause.SCOPE: _m("Hors de ce que la recherche peut faire ici"),
    Cause.CARE: _m("Demande un avis sur un patient"),
    Cause.UNCLEAR: _m("Trop imprécise pour une équipe"),
    Cause.IDENTITY: _m("Un patient y serait reconnaissable"),
    Cause.DUPLICATE: _m("Déjà posée"),
    Cause.ANSWERED: _m("La réponse existe déjà"),
    Cause.OTHER: _m("Autre raison"),
}
