"""HTML of a mail to the plain text its author saw, with quotes and signatures still recognisable.

Quotes become ">" lines, what clients put between an answer and an unmarked quote becomes a
separator, signatures get their "-- " (RFC 3676 section 4.3): ``trim`` then reads one language.
"""

import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser

SEPARATOR = "-----Message d’origine-----"
_RULE = "_" * 32

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main", "ol", "p", "pre",
        "section", "table", "tbody", "tr", "ul",
    }
)  # fmt: skip
_SPACED = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "table", "ul"})
_HIDDEN = frozenset({"head", "noscript", "script", "style", "template", "title"})
_INDENTED = re.compile(r"border(?:-left)?\s*:\s*(?:none|0|medium)", re.IGNORECASE)
_BORDERED = re.compile(
    r"border-left\s*:\s*(?!none|0|medium)|padding-left\s*:.*solid", re.IGNORECASE
)
_INVISIBLE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_TIGHT = re.compile(r"margin(?:-top)?\s*:\s*0", re.IGNORECASE)
_TOP_BORDER = re.compile(
    r"border-top\s*:\s*(?:\d\S*\s+)?solid|border-top\s*:[^;]*\bsolid", re.IGNORECASE
)

_ATTRIBUTIONS = frozenset({"gmail_attr", "moz-cite-prefix"})
_SIGNATURES = frozenset(
    {
        "gmail_signature", "moz-signature", "signature", "ms-outlook-mobile-signature",
        "protonmail_signature_block", "applemailsignature", "composer_signature", "__sig_pre__",
        "__sig_post__", "k9mail-signature", "ymail_android_signature", "ymail_ios_signature",
    }
)  # fmt: skip
_UNMARKED = frozenset(
    {"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "yahoo_quoted", "zwchr", "__divider__"}
)  # fmt: skip
_LONGEST_STYLE = 500
_EMPTY_SIGNATURE = re.compile(r"\bprotonmail_signature_block-empty\b")


def plain_text(html: str) -> str:
    """Returns the text of `html`; never raises, whatever the markup."""
    reader = _Reader()
    reader.feed(_without_comments(html.replace("\r\n", "\n").replace("\x00", "")))
    reader.close()
    return reader.text()


def _without_comments(html: str) -> str:
    """An unclosed comment runs to the end, as in browsers; the parser would try each anew."""
    pieces: list[str] = []
    end = 0
    while (start := html.find("<!--", end)) >= 0:
        pieces.append(html[end:start])
        closed = html.find("-->", start + 4)
        if closed < 0:
            return "".join(pieces)
        end = closed + 3
    return "".join([*pieces, html[end:]])


@dataclass(frozen=True)
class _Element:
    tag: str
    quote: bool
    hidden: bool
    preformatted: bool
    href: str = ""
    tight: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[_Element] = []
        self._tags: Counter[str] = Counter()
        self._quotes = self._hides = self._preformats = 0
        self._lines: list[str] = []
        self._current = ""
        self._linked = ""

    def text(self) -> str:
        self._flush()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        style = attributes.get("style", "")[:_LONGEST_STYLE]
        hidden = tag in _HIDDEN or bool(_INVISIBLE.search(style)) or "hidden" in attributes
        names = _names_of(attributes)
        quote = _is_quote(tag, attributes, names)
        if tag in {"li", "p", "tr", "td", "th", "option"}:
            self._close_implied(tag)
        tight = bool(_TIGHT.search(style)) or "msonormal" in names
        if tag in _BLOCKS or quote:
            self._flush()
            if tag in _SPACED and not tight:
                self._blank()
        if tag == "br":
            self._break()
        elif tag == "hr" or (tag == "div" and _TOP_BORDER.search(style)):
            self._rule(SEPARATOR if names & _UNMARKED else _RULE)
        elif names & _UNMARKED:
            self._rule(SEPARATOR)
        elif names & _SIGNATURES and not _EMPTY_SIGNATURE.search(attributes.get("class", "")):
            self._sign()
        elif tag == "li":
            self._current = "- "
        elif tag in {"td", "th"} and self._current.strip():
            self._current += " "
        elif tag == "img":
            self._picture(attributes.get("alt", ""))
        if tag not in _VOID:
            self._push(
                _Element(tag, quote, hidden, tag == "pre", attributes.get("href", ""), tight)
            )
        if tag == "a":
            self._linked = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "br" or tag in _VOID:
            return
        if not self._tags[tag]:
            return
        while self._open:
            element = self._open[-1]
            self._finish(element)
            self._pop()
            if element.quote and element.tag == "blockquote":
                self._leave_quote()
            if element.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._hides:
            return
        if self._preformats:
            self._preformatted(data)
            return
        words = re.sub(r"[ \t\n\r\f]+", " ", data)
        if not self._current or self._current.endswith(" "):
            words = words.removeprefix(" ")
        self._current += words
        self._linked += words

    def _push(self, element: _Element) -> None:
        self._open.append(element)
        self._count(element, 1)

    def _pop(self) -> None:
        self._count(self._open.pop(), -1)

    def _count(self, element: _Element, by: int) -> None:
        self._tags[element.tag] += by
        self._quotes += by * element.quote
        self._hides += by * element.hidden
        self._preformats += by * element.preformatted

    def _close_implied(self, tag: str) -> None:
        """ "li", "p" and cells end where the next of their kind starts."""
        containers = {"ul", "ol", "table", "div", "blockquote", "td", "body"} - {tag}
        for element in reversed(self._open):
            if element.tag in containers:
                return
            if element.tag == tag:
                self.handle_endtag(tag)
                return

    def _finish(self, element: _Element) -> None:
        if element.tag == "a":
            self._address(element.href)
        if element.tag not in _BLOCKS and not element.quote:
            return
        if not self._current.strip() and element.tag == "p":
            self._current = ""
            self._blank()
        else:
            self._flush()
        if element.tag in _SPACED and not element.tight:
            self._blank()

    def _leave_quote(self) -> None:
        """What follows a quote stands apart from it, and its own empty last lines are no one's."""
        while self._lines and self._lines[-1].startswith(">") and not self._lines[-1].strip("> "):
            self._lines.pop()
        self._blank()

    def _preformatted(self, data: str) -> None:
        first, *others = data.split("\n")
        self._current += first
        for line in others:
            self._break()
            self._current = line

    def _address(self, href: str) -> None:
        """A link whose words are not its address keeps it: what was meant is often there."""
        shown = self._linked.strip()
        if re.match(r"https?://", href) and shown and "://" not in shown and shown not in href:
            self._current = f"{self._current.rstrip()} <{href}>"

    def _picture(self, alt: str) -> None:
        """An emoji is often a picture; a logo is nobody's words."""
        if 0 < len(alt) <= 2 and not alt.isascii():
            self._current += alt

    def _sign(self) -> None:
        self._flush()
        if not self._lines or self._lines[-1] != f"{self._marks()}-- ":
            self._lines.append(f"{self._marks()}-- ")

    def _rule(self, text: str) -> None:
        self._flush()
        last = next((line for line in reversed(self._lines) if line.strip("> ")), "")
        if not last.endswith(SEPARATOR):
            self._lines.append(self._marks() + text)

    def _break(self) -> None:
        if self._current.strip():
            self._flush()
        else:
            self._current = ""
            self._lines.append(self._marks().rstrip())

    def _blank(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._marks().rstrip())

    def _flush(self) -> None:
        """Ends the line under way; a lone no-break space is how editors write an empty line."""
        line = self._current.replace("\u00a0", " ").rstrip()
        if line.strip() == "--":
            self._sign_with_dashes()
        elif line.strip():
            self._lines.append(self._marks() + line)
        elif "\u00a0" in self._current:
            self._lines.append(self._marks().rstrip())
        self._current = ""

    def _sign_with_dashes(self) -> None:
        self._current = ""
        self._sign()

    def _marks(self) -> str:
        return ">" * self._quotes + " " if self._quotes else ""


def _names_of(attributes: dict[str, str]) -> set[str]:
    """The ids, classes and markers of an element, lower case, without what clients append."""
    words = " ".join(attributes.get(name, "") for name in ("id", "class", "data-marker", "name"))
    names = {re.sub(r"^x_+", "", word.lower()) for word in words.split()}
    return names | {re.sub(r"_\d+$", "", name) for name in names}


def _is_quote(tag: str, attributes: dict[str, str], names: set[str]) -> bool:
    """A "blockquote" is a quote unless its style says that the author pushed "indent"."""
    if names & _ATTRIBUTIONS:
        return True
    if tag != "blockquote":
        return False
    style = attributes.get("style", "")
    indented = _INDENTED.search(style) and not _BORDERED.search(style)
    return not indented or attributes.get("type") == "cite"
