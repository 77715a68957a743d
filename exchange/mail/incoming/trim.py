"""What the author of a reply wrote, apart from what the mail client put around it.

Two errors are possible. Cutting an author's words is the worse, so a cut needs a proof: a quote
without marks is cut only under something only a client writes, and never when nothing stands
above it. Keeping a quote is the other, so what is proved to be one goes wherever it stands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from exchange.mail.incoming.endings import banner_length, ending_of
from exchange.mail.incoming.lines import Line, read_lines
from exchange.mail.incoming.openings import (
    DELIMITER,
    Opening,
    ends_like_an_attribution,
    is_delimiter,
    opening_at,
)

__all__ = ["DELIMITER", "Rule", "Trimmed", "trim"]

_LONGEST_ANSWERED_QUOTE = 12
_LONGEST_RUN = 50
_GAP = read_lines("")
_ANSWERS_BELOW = re.compile(
    r"\b(?:mes|nos|my|our) (?:\w+ )?(?:r[ée]ponses?|commentaires?|remarques?|annotations?|answers?|comments?|replies)\b"
    r".{0,60}\b(?:ci-dessous|plus bas|dans (?:le|votre|ton) (?:texte|corps|mail|message|courriel)|en (?:rouge|bleu|vert"
    r"|gras|majuscules)|au fil du|below|in-?line|in the (?:text|body)|in (?:red|blue|green|bold|capitals))\b"
    r"|\b(?:je (?:vous |te )?r[ée]ponds|i (?:have )?(?:answer|repl)\w*) (?:dans le (?:texte|corps)|en (?:rouge|bleu|vert)"
    r"|in-?line|in (?:red|blue|green))\b",
    re.IGNORECASE | re.DOTALL,
)


class Rule(StrEnum):
    """What made the cut, for whoever asks why."""

    NOTHING = "nothing"
    NOTHING_ABOVE = "nothing-above"
    ANSWERS_BELOW = "answers-below"
    INLINE = "inline"
    BOTTOM = "bottom"
    DELIMITER = "delimiter"
    HEADERS = "headers"
    SEPARATOR = "separator"
    ATTRIBUTION = "attribution"
    MARKS = "marks"
    SIGNATURE = "signature"
    TAG = "tag"
    FOOTER = "footer"


@dataclass(frozen=True)
class Trimmed:
    """The author's words (`kept`), the rest (`cut`), and the `rule` that told them apart."""

    kept: str
    cut: str
    rule: str


@dataclass
class _Block:
    """Successive lines of one voice: the author's, or a quote with what opens it."""

    quoted: bool
    lines: list[Line]
    opened_by: str = ""


def trim(text: str) -> Trimmed:
    """Returns what the author of `text` wrote.

    Top answers keep what stands above the quote, bottom answers what stands below, inline
    answers the quoted lines they answer as well.
    """
    lines = read_lines(text)
    banner = banner_length(lines)
    openings, unmarked = _openings(lines)
    if unmarked is None:
        return _voices(
            lines[banner:], _shifted(openings, banner), cut=lines[:banner], tail=[], rule=""
        )
    if not _written(lines[banner : unmarked.start], _shifted(openings, banner)):
        return _voices(lines[banner:], [], cut=lines[:banner], tail=[], rule=Rule.NOTHING_ABOVE)
    above = "\n".join(line.bare for line in lines[banner : unmarked.start] if not line.depth)
    if unmarked.rule != Rule.DELIMITER and len(above) < 500 and _ANSWERS_BELOW.search(above):
        return _voices(lines[banner:], [], cut=lines[:banner], tail=[], rule=Rule.ANSWERS_BELOW)
    return _voices(
        lines[banner : unmarked.start],
        _shifted(openings, banner),
        cut=lines[:banner],
        tail=lines[unmarked.start :],
        rule=unmarked.rule,
    )


def _shifted(openings: Sequence[Opening], by: int) -> list[Opening]:
    return [
        Opening(o.start - by, o.end - by, o.rule, certain=o.certain, closing=o.closing)
        for o in openings
        if o.start >= by
    ]


def _openings(lines: Sequence[Line]) -> tuple[list[Opening], Opening | None]:
    """Returns the openings of marked quotes, and the first that opens a quote without marks."""
    marked: list[Opening] = []
    at = 0
    while at < len(lines):
        opening = None if lines[at].blank or lines[at].depth else opening_at(lines, at)
        if opening is None:
            at += 1
            continue
        opening = _chained(lines, opening)
        following = _next_written(lines, opening.end)
        if following is not None and lines[following].depth:
            marked.append(opening)
        elif opening.certain or (following is None and opening.closing):
            return marked, _with_attribution_above(lines, opening)
        at = opening.end
    return marked, None


def _chained(lines: Sequence[Line], opening: Opening) -> Opening:
    """A separator above an attribution, an attribution above our delimiter: one opening."""
    following = _next_written(lines, opening.end)
    if following is None or lines[following].depth:
        return opening
    other = opening_at(lines, following)
    if other is None:
        return opening
    both = Opening(
        opening.start,
        other.end,
        opening.rule,
        certain=opening.certain or other.certain,
        closing=opening.closing or other.closing,
    )
    return _chained(lines, both)


def _with_attribution_above(lines: Sequence[Line], opening: Opening) -> Opening:
    """Under our delimiter the paragraph above may be an attribution in any language."""
    if opening.rule != Rule.DELIMITER:
        return opening
    end = opening.start
    while end and lines[end - 1].blank:
        end -= 1
    start = end
    while start and not lines[start - 1].blank and not lines[start - 1].depth and end - start < 4:
        start -= 1
        if ends_like_an_attribution(lines[start:end]):
            return Opening(start, opening.end, opening.rule, certain=True)
    return opening


def _next_written(lines: Sequence[Line], at: int) -> int | None:
    return next((index for index in range(at, len(lines)) if not lines[index].blank), None)


def _written(lines: Sequence[Line], openings: Sequence[Opening]) -> bool:
    opened = {index for opening in openings for index in range(opening.start, opening.end)}
    return any(
        not line.blank and not line.depth and index not in opened
        for index, line in enumerate(lines)
    )


def _voices(
    lines: Sequence[Line],
    openings: Sequence[Opening],
    *,
    cut: Sequence[Line],
    tail: Sequence[Line],
    rule: str,
) -> Trimmed:
    """Tells the author's blocks from the marked quotes, and keeps what an answer needs."""
    away = list(cut)
    blocks = _blocks(lines, openings)
    for block in blocks:
        if block.quoted:
            continue
        ending = ending_of(block.lines)
        rule = rule or ending.rule
        if ending.rule:
            away += block.lines[ending.start :]
            block.lines = [*block.lines[: ending.start], *_GAP]
    answers = [
        index
        for index, block in enumerate(blocks)
        if not block.quoted and any(not line.blank for line in block.lines)
    ]
    kept, dropped, how = _answered(blocks, answers)
    for block in dropped:
        away += block.lines
    away += tail
    return Trimmed(
        _joined(kept), _as_text(away), str(rule if rule and not how else how or Rule.NOTHING)
    )


def _blocks(lines: Sequence[Line], openings: Sequence[Opening]) -> list[_Block]:
    opened = {index: opening for opening in openings for index in range(opening.start, opening.end)}
    quoted = _quoted_lines(lines, opened)
    blocks: list[_Block] = []
    for index, line in enumerate(lines):
        voice = quoted[index]
        if blocks and (line.blank and not line.depth and index not in opened):
            blocks[-1].lines.append(line)
            continue
        if not blocks or blocks[-1].quoted != voice:
            blocks.append(_Block(voice, []))
        if index in opened:
            blocks[-1].opened_by = blocks[-1].opened_by or opened[index].rule
        blocks[-1].lines.append(line)
    return blocks


def _quoted_lines(lines: Sequence[Line], opened: dict[int, Opening]) -> list[bool]:
    """Which lines are quoted: the marked ones but for thresholds, openings, and broken wraps."""
    quoted = [line.depth > 0 or index in opened for index, line in enumerate(lines)]
    for index, line in enumerate(lines):
        if line.threshold and not _within_quote(lines, quoted, opened, index):
            quoted[index] = False
    first = next((index for index, one in enumerate(quoted) if one), 0)
    for index in range(first, _end_of_attached(lines, opened, first)):
        quoted[index] = False
    for index in range(1, len(lines) - 1):
        quoted[index] = quoted[index] or _broken_wrap(lines, quoted, index)
    return quoted


def _end_of_attached(lines: Sequence[Line], opened: dict[int, Opening], first: int) -> int:
    """One or two marked lines right under the author's, with nothing that opens a quote: an arrow
    in a list, a citation. Clients leave a blank line, or write an attribution."""
    if not first or first in opened or lines[first - 1].blank or lines[first - 1].depth:
        return first
    end = first
    while end < len(lines) and lines[end].depth and not lines[end].blank and end - first <= 2:
        end += 1
    alone = end == len(lines) or (lines[end].blank and not lines[end].depth)
    if end - first > 2 or not alone or any(opening_at(lines, at) for at in range(first, end)):
        return first
    return end


def _within_quote(
    lines: Sequence[Line], quoted: Sequence[bool], opened: dict[int, Opening], index: int
) -> bool:
    """A threshold belongs to a quote when a quoted line or an opening touches its run."""
    before, furthest = index - 1, max(0, index - _LONGEST_RUN)
    while (
        before >= furthest
        and (not lines[before].bare or lines[before].threshold)
        and not _firm(lines, before)
    ):
        before -= 1
    if before >= 0 and (before in opened or (quoted[before] and lines[before].depth > 0)):
        return True
    after = index + 1
    while after < min(len(lines), index + _LONGEST_RUN) and lines[after].threshold:
        after += 1
    return after < len(lines) and lines[after].depth > 0


def _firm(lines: Sequence[Line], index: int) -> bool:
    """An empty quoted line is nobody's threshold."""
    return lines[index].depth > 0 and lines[index].blank


def _broken_wrap(lines: Sequence[Line], quoted: Sequence[bool], index: int) -> bool:
    """The end of a long quoted line that a client pushed to the next one without its mark."""
    line, before, after = lines[index], lines[index - 1], lines[index + 1]
    return (
        not line.blank
        and before.depth > 0
        and after.depth == before.depth
        and quoted[index - 1]
        and len(before.raw) >= 60
        and len(line.raw) <= 40
        and before.bare[-1:] not in {"", ".", "?", "!", ":", ";", "»"}
        and line.bare[:1].islower()
    )


def _answered(
    blocks: list[_Block], answers: list[int]
) -> tuple[list[list[Line]], list[_Block], str]:
    """Returns what is kept, what is not, and how the answers stand among the quotes."""
    if not answers:
        quoted = [block for block in blocks if block.quoted]
        return [], quoted, (quoted[0].opened_by or Rule.MARKS) if quoted else ""
    first, last = answers[0], answers[-1]
    kept: list[list[Line]] = []
    dropped: list[_Block] = []
    how = ""
    for index, block in enumerate(blocks):
        if not block.quoted:
            kept.append(block.lines)
        elif index > last and not _introduced(blocks, index):
            dropped.append(block)
            how = how or block.opened_by or Rule.MARKS
        elif index < first and _is_bottom(blocks, answers, block):
            dropped.append(block)
            how = Rule.BOTTOM
        elif index > last:
            kept.append(block.lines)
        else:
            answered = _worth_keeping(block.lines)
            kept.append(answered)
            kept_lines = {id(line) for line in answered}
            dropped.append(_Block(True, [one for one in block.lines if id(one) not in kept_lines]))
            how = Rule.INLINE
    return kept, dropped, how


def _is_bottom(blocks: list[_Block], answers: list[int], block: _Block) -> bool:
    """One answer under the entire quote; a short quote without attribution was chosen to be answered."""
    if len(answers) > 1 or any(later.quoted for later in blocks[answers[-1] + 1 :]):
        return False
    opened = block.opened_by or any(opening_at(block.lines, at) for at in range(len(block.lines)))
    return bool(opened) or sum(not line.blank for line in block.lines) > 5


def _introduced(blocks: list[_Block], index: int) -> bool:
    """The author's own citation: they wrote "… :" above it, and no client opened it."""
    block, above = blocks[index], blocks[index - 1] if index else None
    if block.opened_by or above is None or above.quoted or not above.lines:
        return False
    length = sum(not line.blank for line in block.lines)
    nested = any(line.depth > 1 for line in block.lines)
    if nested or length > _LONGEST_ANSWERED_QUOTE:
        return False
    if any(not line.blank and opening_at(block.lines, at) for at, line in enumerate(block.lines)):
        return False
    last = next((line.bare for line in reversed(above.lines) if not line.blank), "")
    return last.endswith(":")


def _worth_keeping(lines: list[Line]) -> list[Line]:
    """The quoted lines an answer stands under, without what the client put above them."""
    start, spoken = 0, False
    for at, line in enumerate(lines):
        if line.blank or at < start:
            continue
        opening = opening_at(lines, at)
        if opening is not None and (not line.depth or is_delimiter(line) or not spoken):
            start = opening.end
        else:
            spoken = True
    written = [at for at in range(start, len(lines)) if not lines[at].blank]
    if not written:
        return []
    begin, end = written[0], written[-1] + 1
    if len(written) > _LONGEST_ANSWERED_QUOTE:
        begin = end - _LONGEST_ANSWERED_QUOTE
        begin = next((at + 1 for at in range(end - 1, begin, -1) if lines[at].blank), begin)
    return [*lines[begin:end], *(_GAP if end < len(lines) else [])]


def _joined(parts: Sequence[Sequence[Line]]) -> str:
    """The kept parts as one text; a part that was cut leaves one blank line."""
    text = "\n".join(_as_text(part, trimmed=False) for part in parts if part)
    text = re.sub(r"\n[ \t]*>?[ \t]*\n(?:[ \t]*\n)+", "\n\n", text)
    return re.sub(r"^(?:[ \t\u200b\ufeff]*\n)+", "", text).rstrip(" \t\n\u00a0\u200b\ufeff")


def _as_text(lines: Sequence[Line], *, trimmed: bool = True) -> str:
    text = "\n".join("-- " if line.raw == "-- " else line.raw.rstrip() for line in lines)
    return text.strip("\n") if trimmed else text
