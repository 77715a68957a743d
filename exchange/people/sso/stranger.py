"""Somebody whom another door knows, before we know who they are here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from exchange import federation
from exchange.errors import Refusal
from exchange.federation import Admission
from exchange.i18n import gettext as _
from exchange.people.models import Door
from exchange.settings import Settings

LONGEST = 255
"""Characters of a subject (OpenID Connect Core, section 2)."""


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """What the other side says. `email` is in lower case and verified, or empty; `admission` is
    what the rules of this site say of them."""

    door: Door
    issuer: str
    subject: str
    name: str
    email: str = ""
    rpps: str = ""
    admission: Admission | None = None

    @property
    def is_admitted(self) -> bool:
        """Whether a rule lets them in at once."""
        return self.admission is not None and not self.admission.pending

    @property
    def shown(self) -> str:
        """How they recognise themselves: a name, and an address or a number."""
        detail = self.email or (f"RPPS {self.rpps}" if self.rpps else "")
        name = self.name or self.subject
        return f"{name} ({detail})" if detail and detail != name else name


def met(
    door: Door,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    paths: Mapping[str, str],
    settings: Settings,
    trust_email: bool,
) -> Stranger:
    """Read the claims by their paths. Raises `Refusal` when they name nobody."""
    subject = federation.text(claims, paths["subject"])
    if not subject or len(subject) > LONGEST:
        raise Refusal(_("La réponse reçue ne nomme personne."))
    verified = trust_email or _says_yes(federation.text(claims, paths["verified"]))
    told = {
        "rpps": federation.rpps(claims, paths["rpps"]) if paths["rpps"] else "",
        "profession": federation.texts(claims, paths["profession"]) if paths["profession"] else [],
    }
    stranger = Stranger(
        door=door,
        issuer=issuer,
        subject=subject,
        name=" ".join(federation.text(claims, paths["name"]).split())[:120],
        email=federation.text(claims, paths["email"]).lower()[:255] if verified else "",
        rpps=str(told["rpps"]),
    )
    return replace(stranger, admission=_admission(stranger.email, {**claims, **told}, settings))


def _says_yes(text: str) -> bool:
    return text.lower() in {"true", "1"}


def _admission(email: str, claims: Mapping[str, Any], settings: Settings) -> Admission | None:
    """What the first rule that speaks of them says."""
    domain = email.rpartition("@")[2]
    for rule in federation.rules(settings.sso_rules):
        if rule.fits(domain, claims):
            return rule.admission
    return None
