"""What administrators change of the vocabulary. The files of the site stay as they are."""

import re
import unicodedata
from dataclasses import replace

from exchange import clock, db
from exchange.errors import Conflict, NotAllowed, Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.log.record import record
from exchange.people.models import User
from exchange.people.policy import may_administer
from exchange.vocabulary import queries
from exchange.vocabulary.concepts import Concept, curated
from exchange.vocabulary.facts import ConceptChanged
from exchange.vocabulary.models import ChangedConcept

KEY_LIMIT = 64


def add(concept: Concept, *, by: User, confirmed: bool = False) -> str:
    """Add a concept; its key is made of its English label. Returns the key."""
    key = _key(concept.en)
    if key in curated().concepts or db.session.get(ChangedConcept, key) is not None:
        raise Conflict(
            _("Il y a déjà un concept « %(key)s » : modifiez-le.", key=key), field="english"
        )
    change(replace(concept, key=key), by=by, confirmed=confirmed)
    return key


def change(concept: Concept, *, by: User, confirmed: bool = False) -> None:
    """Put these names in the place of those the concept had. What stays the same leaves no
    trace."""
    _require_administrator(by)
    gate.check(
        {"french": "\n".join(concept.french), "english": "\n".join(concept.english)},
        confirmed=confirmed,
    )
    known = queries.in_database()
    if known.concepts.get(concept.key) == concept:
        return
    _require_broader(concept)
    _write(concept, retired=False, by=by)


def retire(key: str, *, by: User) -> None:
    """The concept no longer counts; the tags that name it are no longer shown."""
    _require_administrator(by)
    kept = queries.kept(key)
    if not kept.retired:
        _write(kept.concept, retired=True, by=by)


def bring_back(key: str, *, by: User) -> None:
    """A retired concept counts again."""
    _require_administrator(by)
    kept = queries.kept(key)
    if kept.retired:
        _write(kept.concept, retired=False, by=by)


def _write(concept: Concept, *, retired: bool, by: User) -> None:
    row = db.session.get(ChangedConcept, concept.key)
    if row is None:
        row = ChangedConcept(key=concept.key)
        db.session.add(row)
    row.category = concept.category
    row.french, row.english = list(concept.french), list(concept.english)
    row.broader = list(concept.broader)
    row.retired, row.at, row.by_id = retired, clock.now(), by.id
    db.session.flush()
    record(ConceptChanged(concept=concept.key), by=by)


def _require_administrator(user: User) -> None:
    if not may_administer(user):
        raise NotAllowed(_("Le vocabulaire est tenu par les administrateurs."))


def _require_broader(concept: Concept) -> None:
    """What is said to be broader exists, and is not what it is broader than."""
    known = queries.in_database()
    for broader in concept.broader:
        if broader not in known.concepts:
            raise Refusal(
                _("Aucun concept « %(key)s » dans le vocabulaire.", key=broader), field="broader"
            )
        if concept.key in known.with_broader(broader):
            raise Refusal(
                _("« %(key)s » est plus précis que ce concept.", key=broader), field="broader"
            )


def _key(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:KEY_LIMIT]
    if not key:
        raise Refusal(_("Donnez un nom anglais en lettres latines."), field="english")
    return key
