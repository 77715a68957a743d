"""What the guard says about a text: one place, its kind, the rule that saw it, a way to rephrase."""

from collections.abc import Mapping
from dataclasses import dataclass


def N_(text: str) -> str:  # noqa: N802 - the name babel looks for
    """Mark a French label for translation without translating it here: the guard knows no request."""
    return text


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in a text that may tell who a patient is.

    `start` and `end` are indexes of code points in the text that was read. A `sure` finding is
    never stored; any other is a question to the author. `rewording` replaces the place in the
    author's language; an empty one drops it, and None means that only a person can rephrase.
    """

    kind: str
    sure: bool
    start: int
    end: int
    rule: str
    rewording: str | None = None


KINDS: Mapping[str, str] = {
    "nir": N_("numéro de sécurité sociale"),
    "phone": N_("numéro de téléphone"),
    "email": N_("adresse électronique"),
    "file_number": N_("numéro de dossier"),
    "rpps": N_("numéro de professionnel de santé"),
    "iban": N_("coordonnées bancaires"),
    "name": N_("nom de personne"),
    "initials": N_("initiales"),
    "birth_date": N_("date de naissance"),
    "date": N_("date précise"),
    "address": N_("adresse postale"),
    "age": N_("âge supérieur à 89 ans"),
    "place": N_("lieu, âge et maladie réunis"),
    "serial": N_("numéro de série ou d’échantillon"),
}

_NIR = "INSEE, numéro d’inscription au répertoire ; CSP art. L1111-8-1 (INS), R1111-8-1"
_PHONE = "ARCEP, plan national de numérotation ; ITU-T E.164"
_FILE = "HIPAA 45 CFR 164.514(b)(2)(i)(H), medical record numbers ; IHE PAM France (IPP, NDA)"
_NAME = "HIPAA 45 CFR 164.514(b)(2)(i)(A), names"
_DATE = "HIPAA 45 CFR 164.514(b)(2)(i)(C), all elements of dates except year"
_PLACE = "HIPAA 45 CFR 164.514(b)(2)(i)(B), subdivisions smaller than a State"
_SERIAL = "HIPAA 45 CFR 164.514(b)(2)(i)(M), device identifiers and serial numbers"

SOURCES: Mapping[str, str] = {
    "nir-key": _NIR,
    "nir-shape": _NIR,
    "nir-label": _NIR,
    "phone-fr": _PHONE,
    "phone-international": _PHONE,
    "phone-national": _PHONE,
    "phone-label": _PHONE,
    "email-address": "RFC 5322 section 3.4.1, addr-spec",
    "email-disguised": "RFC 5322 section 3.4.1, addr-spec, written to hide from robots",
    "file-label": _FILE,
    "file-long-number": _FILE,
    "file-pattern": "EXCHANGE_FILE_PATTERNS, the hospital's own numbering",
    "rpps-label": "ANS, répertoire partagé RPPS ; ADELI",
    "rpps-key": "ANS, répertoire partagé RPPS : 11 chiffres, clé de Luhn (ISO/IEC 7812-1)",
    "iban-key": "ISO 13616-1, ISO/IEC 7064 MOD 97-10",
    "iban-shape": "ISO 13616-1, French structure",
    "name-title": _NAME,
    "name-cue": _NAME,
    "name-first": _NAME,
    "name-first-alone": _NAME,
    "name-initial": _NAME,
    "name-pair": _NAME,
    "name-identity-line": _NAME,
    "initials-title": _NAME,
    "initials-birth": _NAME,
    "birth-date": _DATE,
    "full-date": _DATE,
    "compact-date": _DATE,
    "age-over-89": "HIPAA 45 CFR 164.514(b)(2)(i)(C), all ages over 89",
    "address-street": _PLACE,
    "address-postcode": _PLACE,
    "place-age-disease": "Sweeney L., Int J Uncertain Fuzz 2002;10:557 (k-anonymity) ; " + _PLACE,
    "serial-label": _SERIAL,
    "serial-dicom": "DICOM PS3.15 annex E, unique identifiers",
}
