"""The gate every text passes before anything is stored."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import islice

from exchange.guard.finder import find
from exchange.guard.finding import Finding
from exchange.guard.patterns import FilePattern

AROUND = 40
"""Characters shown on each side of a finding in a long text."""
MOST_SHOWN = 10
"""Findings shown of a long text."""

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
    around: Collection[str] = (),
) -> list[tuple[str, Finding]]:
    """Let texts pass, or raise IdentityFound.

    `members` are the handles of people of the site that a text mentions (@claire.martel): they
    name a colleague, not a patient, and are not looked at. Of the fields in `around`, which may be
    long, a refusal shows what stands around the findings only. A sure finding never passes; a probable
    one passes when the author confirmed it. Returns the probable findings that were confirmed, by
    field, for the moderator.
    """
    found = {
        field: findings
        for field, text in texts.items()
        if (findings := look(without(text, members)))
    }
    sure = any(finding.sure for findings in found.values() for finding in findings)
    if sure or (found and not confirmed):
        shown = {
            field: passages(texts[field], findings) if field in around else (texts[field], findings)
            for field, findings in found.items()
        }
        raise IdentityFound(
            {field: moved for field, (_text, moved) in shown.items()},
            {field: text for field, (text, _moved) in shown.items()},
        )
    return [(field, finding) for field, findings in found.items() for finding in findings]


def without(text: str, members: Collection[str]) -> str:
    """The text with mentions of `members` blanked, every other character in its place."""
    for handle in members:
        mention = re.compile(rf"@{re.escape(handle)}(?![\w-])", re.IGNORECASE)
        text = mention.sub(lambda found: " " * len(found[0]), text)
    return text


def passages(text: str, findings: Iterable[Finding]) -> tuple[str, list[Finding]]:
    """What stands around the first findings of a long text, and the findings at their places in
    it."""
    shown = ""
    moved: list[Finding] = []
    for finding in islice(findings, MOST_SHOWN):
        start = max(0, finding.start - AROUND)
        shift = len(shown) - start
        moved.append(replace(finding, start=finding.start + shift, end=finding.end + shift))
        shown += text[start : finding.end + AROUND].replace("\n", " ") + " … "
    return shown, moved


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
