"""Importing questions: every row is checked, all are written or none, and a second run of the
same file adds nothing (`id` is kept as `source_id`)."""

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from exchange import db
from exchange.errors import Refusal
from exchange.guard import KINDS, gate
from exchange.i18n import gettext as _
from exchange.i18n import ngettext
from exchange.moderation import actions as moderation
from exchange.people.models import Area, Role, User
from exchange.questions import actions, tags
from exchange.questions.content import TEXT_LIMIT, TITLE_LIMIT, Content
from exchange.questions.forms import TAGS_LIMIT
from exchange.questions.models import TEXT_FIELDS, Band, Kind, Question, Severity
from exchange.sheets import reading
from exchange.vocabulary.concepts import MOST_TAGS

SOURCE_LIMIT = 128
"""Characters of a row's own identifier."""

# Column names as people write them, in both languages; the first is ours.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "source_id": ("source_id", "id", "identifiant", "numero", "numéro"),
    "title": ("title", "titre", "intitulé", "intitule", "question"),
    "problem": ("problem", "body", "problème", "probleme", "texte", "text", "description"),
    "area": ("area", "areas", "domaine", "domaines", "champ"),
    "kind": ("kind", "type", "genre", "nature"),
    "practice": ("practice", "pratique", "pratique actuelle", "current practice"),
    "shortfall": ("shortfall", "limites", "insuffisance", "why it falls short"),
    "population": ("population", "patients concernés", "patients concernes"),
    "intervention": ("intervention", "exposition", "exposure", "intervention ou exposition"),
    "comparison": ("comparison", "comparaison", "comparateur", "comparator"),
    "outcome": ("outcome", "critère de jugement", "critere de jugement", "endpoint"),
    "known": ("known", "connu", "état de l’art", "etat de l'art", "what is known"),
    "resources": ("resources", "ressources", "échantillons", "echantillons", "samples", "cohort"),
    "known_searched_on": ("known_searched_on", "searched", "recherché le", "recherche le"),
    "patients": ("patients", "patients par an", "patients per year"),
    "severity": ("severity", "gravité", "gravite"),
    "partner": ("partner", "partenaire"),
    "language": ("language", "langue", "lang"),
    "tags": ("tags", "étiquettes", "etiquettes", "mots-clés", "mots-cles", "keywords"),
}

AREA_WORDS = {
    "cancer": Area.CANCER,
    "oncologie": Area.CANCER,
    "infectious": Area.INFECTIOUS,
    "infectieux": Area.INFECTIOUS,
    "infections": Area.INFECTIOUS,
    "inflammatory": Area.INFLAMMATORY,
    "inflammatoire": Area.INFLAMMATORY,
    "inflammation": Area.INFLAMMATORY,
    "autoimmune": Area.AUTOIMMUNE,
    "auto-immun": Area.AUTOIMMUNE,
    "auto-immunité": Area.AUTOIMMUNE,
    "other": Area.OTHER,
    "autre": Area.OTHER,
}

E = TypeVar("E", bound=enum.StrEnum)


class CannotImport(Exception):
    """Nothing can be imported; the message says why."""


class _BadRow(Exception):
    """This row is refused; the message says why."""


@dataclass
class Report:
    """What happened to each row."""

    read: int = 0
    added: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def lines(self, *, dry_run: bool) -> Iterator[str]:
        """For people: each refused row with its line and reason, then the sum."""
        for line, reason in self.refused:
            yield _("ligne %(line)s : %(reason)s", line=line, reason=reason)
        yield ngettext("%(num)s ligne lue", "%(num)s lignes lues", self.read)
        yield ngettext("%(num)s déjà importée", "%(num)s déjà importées", self.known)
        yield ngettext("%(num)s refusée", "%(num)s refusées", len(self.refused))
        if self.refused:
            yield _("Rien n’a été importé : corrigez ces lignes, puis recommencez.")
        elif dry_run:
            yield ngettext(
                "%(num)s question serait importée (essai : rien n’a été écrit)",
                "%(num)s questions seraient importées (essai : rien n’a été écrit)",
                self.added,
            )
        else:
            yield ngettext("%(num)s question importée", "%(num)s questions importées", self.added)


def run(
    path: Path,
    *,
    stage: str = "submitted",
    email: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Report:
    """Import the file in the transaction under way (the caller commits, or rolls back when a
    row was refused). Raises `CannotImport`."""
    db.begin_write()
    asker = _asker(email)
    publisher = asker if asker.is_moderator else _a_moderator()
    report = Report()
    try:
        rows = list(reading.rows(path))
    except reading.CannotRead as wrong:
        raise CannotImport(str(wrong)) from None
    known = _known_sources()
    for row in rows:
        report.read += 1
        try:
            _import(row, known, report, asker=asker, publisher=publisher, stage=stage)
        except _BadRow as bad:
            report.refused.append((row.line, str(bad)))
        progress(report.read, len(rows))
    return report


def _import(
    row: reading.Row,
    known: set[str],
    report: Report,
    *,
    asker: User,
    publisher: User | None,
    stage: str,
) -> None:
    if row.error:
        raise _BadRow(row.error)
    values = _named(row.values)
    source = str(values.get("source_id") or "").strip()
    if not source:
        raise _BadRow(_("il manque l’identifiant (colonne « id »)"))
    if len(source) > SOURCE_LIMIT:
        raise _BadRow(_("l’identifiant dépasse 128 caractères"))
    if source in known:
        report.known += 1
        return
    content = _content(values)
    try:
        question = actions.submit(
            content, by=asker, confirmed=True, source_id=source, imported=True
        )
        if stage == "open":
            if publisher is None:
                raise CannotImport(_("Aucun modérateur pour publier : ajoutez-en un d’abord."))
            moderation.publish(question, by=publisher)
    except gate.IdentityFound as found:
        kinds = {f.kind for findings in found.findings.values() for f in findings if f.sure}
        told = ", ".join(sorted(_(KINDS[kind]) for kind in kinds))
        raise _BadRow(_("peut identifier un patient (%(kinds)s)", kinds=told)) from None
    except Refusal as refused:
        raise _BadRow(refused.sentence) from None
    known.add(source)
    report.added += 1


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values under our own column names."""
    folded = {
        str(name).strip().lower(): value.replace("\x00", "") if isinstance(value, str) else value
        for name, value in values.items()
        if name
    }
    return {
        ours: next(folded[name] for name in names if name in folded)
        for ours, names in COLUMNS.items()
        if any(name in folded for name in names)
    }


def _content(values: Mapping[str, Any]) -> Content:
    title = " ".join(str(values.get("title") or "").split())
    problem = str(values.get("problem") or "").strip()
    if not problem:
        raise _BadRow(_("il manque le texte du problème"))
    if not title:  # the first sentence says what it is about
        title = re.split(r"(?<=[.?!])\s", " ".join(problem.split()), maxsplit=1)[0]
    elif len(title) > TITLE_LIMIT:  # shortened at a word; the whole of it stands in the text
        problem = f"{title}\n\n{problem}"
    if len(title) > TITLE_LIMIT:
        title = title[: TITLE_LIMIT - 1].rsplit(" ", 1)[0] + "…"
    texts: dict[str, Any] = {name: str(values.get(name) or "").strip() for name in TEXT_FIELDS}
    texts["problem"] = problem
    for name, text in texts.items():
        if len(text) > TEXT_LIMIT:
            raise _BadRow(
                _("« %(name)s » dépasse %(limit)s caractères", name=name, limit=TEXT_LIMIT)
            )
    return Content(
        title=title,
        area=_area(values.get("area")),
        kind=_choice(Kind, values.get("kind"), "kind") or Kind.OTHER,
        patients=_choice(Band, values.get("patients"), "patients"),
        severity=_choice(Severity, values.get("severity"), "severity"),
        known_searched_on=_day(values.get("known_searched_on")),
        partner=str(values.get("partner") or "").strip().lower()
        in {"1", "true", "oui", "yes", "x"},
        language="en" if str(values.get("language") or "fr").lower().startswith("en") else "fr",
        tags=_tags(values.get("tags")),
        **texts,
    )


def _tags(value: Any) -> tuple[str, ...]:
    """The concepts among the words given: other people's keywords need not be ours."""
    given = value if isinstance(value, list) else [value or ""]
    known, _unknown = tags.read("; ".join(map(str, given))[:TAGS_LIMIT])
    return tuple(known[:MOST_TAGS])


def _area(value: Any) -> Area:
    """The first area known among those given (a list, or words between commas)."""
    if value in (None, "", []):
        return Area.OTHER
    given = value if isinstance(value, list) else str(value).replace(";", ",").split(",")
    for word in given:
        area = AREA_WORDS.get(str(word).strip().lower())
        if area is not None:
            return area
    raise _BadRow(_("domaine inconnu : %(value)s", value=str(value)[:80]))


def _choice(kind: type[E], value: Any, column: str) -> E | None:
    word = str(value or "").strip().lower()
    if not word:
        return None
    try:
        return kind(word)
    except ValueError:
        raise _BadRow(
            _(
                "« %(value)s » n’est pas une valeur de « %(column)s »",
                value=word[:80],
                column=column,
            )
        ) from None


def _day(value: Any) -> date | None:
    word = str(value or "").strip()
    if not word:
        return None
    try:
        return date.fromisoformat(word[:10])
    except ValueError:
        raise _BadRow(_("date illisible : %(value)s", value=word[:40])) from None


def _known_sources() -> set[str]:
    return set(
        db.session.scalars(select(Question.source_id).where(Question.source_id.is_not(None)))
    ) - {None}  # type: ignore[return-value]


def _asker(email: str | None) -> User:
    if email is None:
        found = _a_moderator()
        if found is None:
            raise CannotImport(_("Aucun modérateur : dites qui pose les questions avec --as."))
        return found
    person = db.session.scalar(
        select(User).where(User.email == email.strip().lower(), User.active.is_(True))
    )
    if person is None:
        raise CannotImport(_("Personne n’a l’adresse %(email)s.", email=email))
    return person


def _a_moderator() -> User | None:
    return db.session.scalar(
        select(User)
        .where(User.active.is_(True), User.role_bits.op("&")(int(Role.MODERATOR)) != 0)
        .order_by(User.id)
        .limit(1)
    )
