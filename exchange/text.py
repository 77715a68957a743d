"""Markdown to safe HTML, with the identifiers of the field recognised and linked.

Rendered once, when something is posted; pages show the stored HTML.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from exchange.i18n import typeset

# What each identifier looks like and where it leads. Sources: DOI Handbook §2.2 (prefix 10.,
# suffix any), NLM (PMID up to 8 digits, PMCID "PMC"), ClinicalTrials.gov ("NCT" + 8 digits),
# EU CTR ("20NN-5NNNNN-NN", CTIS), DGS (ID-RCB "20NN-ANNNNN-NN", no public page).
IDENTIFIERS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "DOI",
        re.compile(r"\b(?:doi:\s*)?(10\.\d{4,9}/[^\s<>\"«»]*[^\s<>\"«».,;:)\]])", re.I),
        "https://doi.org/{}",
    ),
    ("PMID", re.compile(r"\bPMID\s?:?\s?(\d{1,8})\b"), "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    ("PMCID", re.compile(r"\b(PMC\d{4,9})\b"), "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
    ("NCT", re.compile(r"\b(NCT\d{8})\b"), "https://clinicaltrials.gov/study/{}"),
    (
        "EU CT",
        re.compile(r"\b(20\d{2}-5\d{5}-\d{2}(?:-\d{2})?)\b"),
        "https://euclinicaltrials.eu/ctis-public/view/{}",
    ),
)
MENTION = re.compile(r"(?<![\w@./])@([a-z][a-z0-9.-]*[a-z0-9])")

_TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "span",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title", "class"}, "span": {"class"}, "ol": {"start"}}


def identify(text: str) -> list[tuple[str, str, str, int, int]]:
    """The identifiers in a text: (kind, value, address, start, end), in order."""
    found: list[tuple[str, str, str, int, int]] = []
    taken: set[int] = set()
    for kind, pattern, address in IDENTIFIERS:
        for match in pattern.finditer(text):
            if taken.isdisjoint(range(*match.span())):
                taken.update(range(*match.span()))
                found.append((kind, match[1], address.format(match[1]), *match.span()))
    return sorted(found, key=lambda hit: hit[3])


def render(text: str, *, mentions: Mapping[str, str] | None = None) -> str:
    """Safe HTML of a Markdown text; `mentions` maps a handle to the name to show. Headings start
    at level 3, under the page's own."""
    return tidy(_MARKDOWN.render(text.replace("\x00", ""), {"mentions": mentions or {}}))


def tidy(html: str) -> str:
    """HTML that is safe, every tag that was opened closed."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto"},
    )


def mentioned(text: str) -> list[str]:
    """The handles a text mentions, once each, in order."""
    return list(dict.fromkeys(MENTION.findall(text)))


def _link_identifiers(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _linked(block.children, state.env.get("mentions", {}))


def _linked(tokens: list[Token], mentions: Mapping[str, str]) -> list[Token]:
    out: list[Token] = []
    depth = 0
    for token in tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and depth == 0:
            out.extend(_split(token.content, mentions))
        else:
            out.append(token)
    return out


def _split(text: str, mentions: Mapping[str, str]) -> list[Token]:
    pieces = [
        (
            start,
            end,
            f'<a class="identifier" href="{escape(address)}">{escape(text[start:end])}</a>',
        )
        for _kind, _value, address, start, end in identify(text)
    ]
    pieces += [
        (match.start(), match.end(), f'<span class="mention">@{escape(mentions[match[1]])}</span>')
        for match in MENTION.finditer(text)
        if match[1] in mentions
    ]
    out: list[Token] = []
    place = 0
    for start, end, html in sorted(pieces):
        if start < place:
            continue
        out.append(Token("text", "", 0, content=typeset(text[place:start])))
        out.append(Token("html_inline", "", 0, content=html))
        place = end
    out.append(Token("text", "", 0, content=typeset(text[place:])))
    return out


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    markdown.enable(["table", "strikethrough", "linkify"]).disable("image")
    markdown.core.ruler.push("exchange_identifiers", _link_identifiers)
    markdown.core.ruler.push("exchange_headings", _lower_headings)
    return markdown


_MARKDOWN = _markdown()


def slug(text: str, *, separator: str = "-") -> str:
    """The text as a word for addresses: lower case ASCII letters and digits."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("æ", "ae"))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    return separator.join(words)[:60].strip(separator)


def plain(markdown: str) -> str:
    """A text on one line, without its marks: for extracts."""
    return " ".join(_BLOCK_MARKS.sub(" ", _INLINE_MARKS.sub("", markdown)).split())


_INLINE_MARKS = re.compile(r"[*`~\[\]]+|(?<!\w)_+|_+(?!\w)|(?<=\])\(https?://[^)\s]*\)")
_BLOCK_MARKS = re.compile(r"[#>|]+")


_FRENCH = (
    "le la les un une des du de et est que qui dans pour par sur pas ne ce cette nous vous il"
    " elle sont au aux avec ou mais plus nos se en chez après être leur donc si"
)
_ENGLISH = (
    "the of and is to in that for it with as are was this be by on not or which from at we you"
    " have has an but if their our can after were been than they these"
)
_SMALL_WORDS = {"fr": frozenset(_FRENCH.split()), "en": frozenset(_ENGLISH.split())}
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 600
"""Characters of a text that tell its language."""


@lru_cache(maxsize=8192)
def language_of(text: str) -> str:
    """By the small words of a text, or of its HTML: "fr", "en", or "" when too few say so."""
    seen = _WORD.findall(_TAG.sub(" ", text[:_LOOKED_AT]).lower())
    counts = {lang: sum(word in small for word in seen) for lang, small in _SMALL_WORDS.items()}
    best, other = sorted(counts, key=lambda lang: -counts[lang])
    return best if counts[best] >= 3 and counts[best] >= 2 * counts[other] else ""


_NAME = re.compile(r"\b[A-Z][A-Za-z0-9]{0,5}-[A-Z0-9αβγδκ][A-Za-z0-9]{0,2}\b")


def unbroken(title: str) -> Markup:
    """A title in which no line ends inside the name of a cell or molecule: CAR-T, PD-L1, IL-6."""
    return Markup(_NAME.sub(r'<span class="nowrap">\g<0></span>', str(Markup.escape(title))))  # noqa: S704
