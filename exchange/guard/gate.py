"""The gate every text passes before anything is stored."""

import re
from collections.abc import Collection, Iterable, Mapping

from exchange.guard.finder import find
from exchange.guard.finding import Finding
from exchange.guard.patterns import FilePattern

_patterns: tuple[FilePattern, ...] = ()


def configure(patterns: Iterable[FilePattern]) -> None:
    """Give the file numbers of this site's hospitals (`EXCHANGE_FILE_PATTERNS`) to every check of
    this process. They are the same for every text, so no action has to carry them."""
    global _patterns
    _patterns = tuple(patterns)


def look(text: str, *, lang: str = "fr") -> list[Finding]:
    """What the gate sees in a text: `find` with the file numbers of this site's hospitals."""
    return find(text, lang=lang, patterns=_patterns)


class IdentityFound(Exception):
    """A text may not pass as it stands.

    `findings` and `texts` go by field. The message holds neither the text nor the identifier, so
    that a log of the exception tells nothing.
    """

    def __init__(self, findings: dict[str, list[Finding]], texts: dict[str, str]) -> None:
        self.findings = findings
        self.texts = texts
        kinds = sorted({finding.kind for found in findings.values() for finding in found})
        super().__init__(f"{', '.join(findings)}: {', '.join(kinds)}")

    @property
    def sure(self) -> bool:
        """Whether confirmation cannot help: something sure stands in a text."""
        return any(finding.sure for found in self.findings.values() for finding in found)


def check(
    texts: Mapping[str, str],
    *,
    confirmed: bool = False,
    members: Collection[str] = (),
) -> list[tuple[str, Finding]]:
    """Let texts pass, or raise IdentityFound.

    `members` are the handles of people of the site that a text mentions (@claire.martel): they
    name a colleague, not a patient, and are not looked at. A sure finding never passes; a probable
    one passes when the author confirmed it. Returns the probable findings that were confirmed, by
    field, for the moderator.
    """
    found = {
        field: findings
        for field, text in texts.items()
        if (findings := look(without(text, members)))
    }
    refusal = IdentityFound(found, {field: texts[field] for field in found})
    if found and (refusal.sure or not confirmed):
        raise refusal
    return [(field, finding) for field, findings in found.items() for finding in findings]


def without(text: str, members: Collection[str]) -> str:
    """The text with mentions of `members` blanked, every other character in its place."""
    for handle in members:
        mention = re.compile(rf"@{re.escape(handle)}(?![\w-])", re.IGNORECASE)
        text = mention.sub(lambda found: " " * len(found[0]), text)
    return text


def mark(text: str, findings: Iterable[Finding]) -> list[tuple[str, Finding | None]]:
    """Cut a text into segments, each with the finding it belongs to, for a template to draw."""
    segments: list[tuple[str, Finding | None]] = []
    position = 0
    for finding in sorted(findings, key=lambda f: f.start):
        if finding.start > position:
            segments.append((text[position : finding.start], None))
        segments.append((text[finding.start : finding.end], finding))
        position = finding.end
    if position < len(text):
        segments.append((text[position:], None))
    return segments
