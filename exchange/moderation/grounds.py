"""Why a text is reported, or taken out: a closed list, so that the reason never repeats the words."""

import enum

from exchange.i18n import mark as _m


class Ground(enum.StrEnum):
    IDENTITY = "identity"
    CONFIDENTIAL = "confidential"
    RUDE = "rude"
    WRONG_PLACE = "wrong_place"
    OTHER = "other"


GROUND_LABELS = {
    Ground.IDENTITY: _m("Un patient pourrait être reconnu"),
    Ground.CONFIDENTIAL: _m("C’est confidentiel"),
    Ground.RUDE: _m("C’est blessant"),
    Ground.WRONG_PLACE: _m("Ce n’est pas le bon endroit"),
    Ground.OTHER: _m("Autre raison"),
}
