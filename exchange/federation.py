"""What the settings say of doors held by others: the words of `EXCHANGE_SSO_RULES` and of
`EXCHANGE_OIDC_CLAIMS`, and the profiles of providers that are known. Pure; imports nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROLES = ("clinician", "researcher")
"""Whom a rule may let in: nobody is a moderator or an administrator because another site says so."""

CLAIMS = {
    "subject": "sub",
    "email": "email",
    "verified": "email_verified",
    "name": "name|given_name+family_name|preferred_username",
    "rpps": "",
    "profession": "",
}
"""What is read of a person, and where a provider usually writes it (OpenID Connect Core, 5.1)."""


@dataclass(frozen=True)
class Profile:
    """What need not be set for a provider that is known."""

    label: str = ""
    issuer: str = ""
    discovery: str = ""
    scope: str = "openid email profile"
    acr: str = ""
    client_auth: str = "client_secret_basic"
    userinfo: bool = False
    claims: str = ""


_PSC = "https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet"
PROFILES = {
    "": Profile(),
    "psc": Profile(
        label="Pro Santé Connect",
        issuer=_PSC,
        discovery=f"{_PSC}/.well-known/wallet-openid-configuration",
        scope="openid scope_all",
        acr="eidas1",
        client_auth="client_secret_post",
        userinfo=True,
        claims=(
            "name = given_name+family_name|preferred_username;"
            " rpps = SubjectNameID|otherIds[origine=RPPS].identifiant;"
            " profession = SubjectRefPro.exercices.codeProfession"
        ),
    ),
}
"""Pro Santé Connect as the Agence du numérique en santé documents it; each line can be set."""


@dataclass(frozen=True)
class Admission:
    """As what somebody comes in whom a rule lets in."""

    role: str
    pending: bool = False
    team: str = ""


@dataclass(frozen=True)
class Rule:
    """`values` of a claim, or mail domains when `claim` is `@`."""

    claim: str
    values: frozenset[str]
    admission: Admission

    def fits(self, domain: str, claims: Mapping[str, Any]) -> bool:
        """Whether it speaks of who has a verified address in this domain, and these claims."""
        if self.claim == "@":
            return any(domain == one or domain.endswith(f".{one}") for one in self.values)
        return any(text.lower() in self.values for text in texts(claims, self.claim))


def rules(setting: str) -> tuple[Rule, ...]:
    """Read `EXCHANGE_SSO_RULES`: `@domain = role`, `claim:value,value = role`, separated by `;`,
    each role followed by `pending` or `team:its-slug`. Raises ValueError naming what it cannot
    read."""
    return tuple(_rule(part.strip()) for part in setting.split(";") if part.strip())


def _rule(text: str) -> Rule:
    when, equals, then = (piece.strip() for piece in text.rpartition("="))
    words = then.split()
    if not (equals and when and words and words[0] in ROLES):
        raise ValueError(f"expected “@domain = clinician” or “claim:value = researcher”: {text!r}")
    teams = [word[5:] for word in words[1:] if word.startswith("team:")]
    if len(teams) > 1 or set(words[1:]) - {"pending", *(f"team:{slug}" for slug in teams)}:
        raise ValueError(f"after the role only “pending” and “team:slug”: {text!r}")
    claim, _colon, values = ("@", "", when[1:]) if when[0] == "@" else when.rpartition(":")
    named = frozenset(value.strip().lower() for value in values.split(",") if value.strip())
    if not (claim and named):
        raise ValueError(f"expected “claim:value”: {text!r}")
    return Rule(claim, named, Admission(words[0], "pending" in words, "".join(teams)))


def claim_paths(setting: str, profile: Profile) -> dict[str, str]:
    """Read `EXCHANGE_OIDC_CLAIMS` over the profile's own and the usual ones. Raises ValueError."""
    return {**CLAIMS, **_pairs(profile.claims), **_pairs(setting)}


def _pairs(setting: str) -> dict[str, str]:
    found = {}
    for part in filter(None, (one.strip() for one in setting.split(";"))):
        name, _equals, path = (piece.strip() for piece in part.partition("="))
        if name not in CLAIMS or not path:
            raise ValueError(f"expected one of {', '.join(CLAIMS)} = path, got {part!r}")
        found[name] = path
    return found


# -- reading a claim -------------------------------------------------------------------------------

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\w+)=([^\]]*)\])?\.?")


def texts(claims: Mapping[str, Any], path: str) -> list[str]:
    """The texts at the end of a path such as `SubjectRefPro.exercices.codeProfession` (through
    lists), `otherIds[origine=RPPS].identifiant`, `given_name+family_name` (one text of two) or
    `mail|email` (the first that is there)."""
    for alternative in path.split("|"):
        parts = [_walk([claims], one) for one in alternative.split("+")]
        found = parts[0] if len(parts) == 1 else [" ".join(part[0] for part in parts if part)]
        if any(text.strip() for text in found):
            return [text.strip() for text in found]
    return []


def text(claims: Mapping[str, Any], path: str) -> str:
    """The first of `texts`, or nothing."""
    return next(iter(texts(claims, path)), "")


def _walk(values: Sequence[Any], path: str) -> list[str]:
    for name, key, wanted in _STEP.findall(path.strip()):
        found = [one[name] for one in values if isinstance(one, Mapping) and name in one]
        values = list(_flat(found))
        if key:
            values = [v for v in values if isinstance(v, Mapping) and str(v.get(key)) == wanted]
    return [str(one) for one in values if isinstance(one, str | int) and str(one)]


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from value
        else:
            yield value


def rpps(claims: Mapping[str, Any], path: str) -> str:
    """A physician's number in the national register: eleven digits, before which the national
    identifier (`SubjectNameID`) puts an 8. Nothing when it is none."""
    for alternative in path.split("|"):
        for found in texts(claims, alternative):
            digits = found[1:] if len(found) == 12 and found[0] == "8" else found
            if re.fullmatch(r"[0-9]{11}", digits):
                return digits
    return ""
