"""Commands on the first lines of a reply: `!suivre`, `!claim Q-2026-0042`. What follows them is
what the person wrote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchange.mail.incoming.lines import fold


class Verb(StrEnum):
    FOLLOW = "follow"
    MUTE = "mute"
    CLAIM = "claim"
    SUPPORT = "support"
    STOP = "stop"
    YES = "yes"
    PERHAPS = "perhaps"
    NO = "no"


WORDS = {
    "follow": Verb.FOLLOW,
    "suivre": Verb.FOLLOW,
    "mute": Verb.MUTE,
    "muet": Verb.MUTE,
    "claim": Verb.CLAIM,
    "prendre": Verb.CLAIM,
    "support": Verb.SUPPORT,
    "aussi": Verb.SUPPORT,
    "stop": Verb.STOP,
    "stopper": Verb.STOP,
    "oui": Verb.YES,
    "yes": Verb.YES,
    "peutetre": Verb.PERHAPS,
    "perhaps": Verb.PERHAPS,
    "maybe": Verb.PERHAPS,
    "non": Verb.NO,
    "no": Verb.NO,
}
MOST = 20
"""Commands in one mail."""

_LINE = re.compile(
    r"^! ?(?P<word>[^\W\d_]{2,20})(?: +(?P<ref>Q-\d{4}-\d{4,8}))?(?: +(?P<number>\d{1,2}))?[ .!]*$",
    re.I,
)

LABELS: Mapping[str, str] = {
    "pourquoi": "why",
    "why": "why",
    "attentes": "needs",
    "attente": "needs",
    "besoins": "needs",
    "besoin": "needs",
    "needs": "needs",
    "need": "needs",
    "étape": "next_step",
    "etape": "next_step",
    "prochaine étape": "next_step",
    "prochaine etape": "next_step",
    "step": "next_step",
    "next step": "next_step",
    "date": "next_step_on",
    "pour le": "next_step_on",
    "by": "next_step_on",
    "équipe": "team",
    "equipe": "team",
    "team": "team",
}
_LABEL = re.compile(
    rf"^\W{{0,3}}({'|'.join(sorted(LABELS, key=len, reverse=True))})\W{{0,2}} ?: ?(.*)$", re.I
)
_DAYS = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"),
)


@dataclass(frozen=True)
class Command:
    """`verb` is None for a word that is no command; `ref` names a question, or none; `number` one of
    the dates of a meeting, or 0."""

    word: str
    verb: Verb | None
    ref: str
    number: int = 0


def split(text: str) -> tuple[list[Command], str]:
    """The commands on the first lines, and the rest. A line that only begins with a mark, such as
    "!! Attention aux dates", is the person's own."""
    commands: list[Command] = []
    lines = text.split("\n")
    while lines and len(commands) < MOST:
        bare = fold(lines[0])
        found = _LINE.match(bare)
        if found is None and bare:
            break
        lines.pop(0)
        if found is not None:
            word = found["word"].lower()
            ref, number = (found["ref"] or "").upper(), int(found["number"] or 0)
            commands.append(Command(word, WORDS.get(word), ref, number))
    return (commands, "\n".join(lines).strip("\n")) if commands else ([], text)


def promise(text: str) -> dict[str, str]:
    """The answers to a claim's questions, by field, from labelled lines: `Étape : une réunion`.
    What has no label is why the team is the right one."""
    said: dict[str, list[str]] = {"why": []}
    field = "why"
    for line in text.split("\n"):
        labelled = _LABEL.match(line.replace("\u00a0", " ").replace("\u202f", " ").strip())
        if labelled is not None:
            field = LABELS[labelled[1].lower()]
            line = labelled[2]
        said.setdefault(field, []).append(line)
    told = {name: "\n".join(lines).strip() for name, lines in said.items()}
    return {**told, "next_step_on": _iso(told.get("next_step_on", ""))}


def _iso(day: str) -> str:
    """A day as forms want it: French and English mails write 12/01/2027 or 2027-01-12."""
    for pattern in _DAYS:
        found = pattern.search(day)
        if found is not None:
            return f"{found['year']}-{int(found['month']):02d}-{int(found['day']):02d}"
    return day.split("\n")[0][:40]
