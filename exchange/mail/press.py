"""Printing digests: the frame and the lines are rendered, styled and encoded once; a digest is
these, joined, and the few lines that are the reader's own."""

from binascii import a2b_qp
from dataclasses import dataclass
from html import escape

from exchange import i18n
from exchange.i18n import gettext as _
from exchange.i18n import ngettext
from exchange.mail import compose, unsubscribe
from exchange.mail.compose import Addressee, Said, wrap
from exchange.mail.edition import Digest, Item
from exchange.mail.mould import Frame, Mould, hole, quoted, slot
from exchange.outbox.letters import Due
from exchange.settings import Settings

HOLES = (
    "subject", "first", "stop_href", "heading", "href", "title", "why", "meta", "acts", "words",
    "count",
)  # fmt: skip
SLOTS = ("groups", "left")


KEPT = 5_000
"""Lines kept at most: some ten megabytes."""


@dataclass(frozen=True)
class Dies:
    """What is cut once for one language and rhythm."""

    text: Frame
    html: Frame
    heading: Mould
    item: Mould
    act: Mould
    left: Mould


class Press:
    """Prints digests; the lines it has printed are kept for the readers that follow."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._dies: dict[tuple[str, bool], Dies] = {}
        self._lines: dict[Item, tuple[bytes, bytes]] = {}

    def mail(self, digest: Digest, due: Due, reader: Addressee) -> bytes:
        """The whole message, as it goes over the wire, in the language in force."""
        said = _said(digest)
        stop = compose.stop_href(said, reader, self.settings)
        headers = compose.headers(said, due, reader, self.settings, stop)
        return compose.assemble(headers, self._text(digest, stop), self._html(digest, stop))

    def plain(self, digest: Digest, reader: Addressee) -> str:
        """The text part, to be read here."""
        stop = compose.stop_href(_said(digest), reader, self.settings)
        return a2b_qp(self._text(digest, stop)).decode().replace("\r\n", "\n").strip() + "\n"

    def forget(self) -> None:
        """Let go of the lines: what they say may be told otherwise from now on."""
        self._lines.clear()

    def _text(self, digest: Digest, stop: str) -> bytes:
        groups = b"".join(
            quoted(f"\n{heading.upper()}\n")
            + b"".join(self._line(item, digest)[0] for item in items)
            for heading, items in digest.groups
        )
        left = quoted(f"\n{_left(digest)} {self.settings.address}/\n") if digest.left else b""
        words = {"subject": digest.subject, "stop_href": stop}
        return self._cut(digest).text.fill(words, {"groups": groups, "left": left})

    def _html(self, digest: Digest, stop: str) -> bytes:
        dies = self._cut(digest)
        groups = b"".join(
            quoted(dies.heading.fill({"heading": escape(heading)}))
            + b"".join(self._line(item, digest)[1] for item in items)
            for heading, items in digest.groups
        )
        left = quoted(dies.left.fill({"count": _left(digest)})) if digest.left else b""
        first = " · ".join(
            f"{heading}{_(' : ')}{items[0].title}" for heading, items in digest.groups
        )
        words = {"subject": escape(digest.subject), "stop_href": stop, "first": escape(first)}
        return dies.html.fill(words, {"groups": groups, "left": left})

    def _line(self, item: Item, digest: Digest) -> tuple[bytes, bytes]:
        """One item in both parts. It is in one language already, and so are its keepers."""
        if item not in self._lines:
            if len(self._lines) > KEPT:
                self.forget()
            self._lines[item] = quoted(_text_item(item)), quoted(self._html_item(item, digest))
        return self._lines[item]

    def _html_item(self, item: Item, digest: Digest) -> str:
        dies = self._cut(digest)
        acts = " · ".join(
            dies.act.fill({"words": escape(words), "href": href}).strip()
            for words, href in item.acts
        )
        return dies.item.fill(
            {
                "href": item.href,
                "title": escape(item.title),
                "why": escape(item.why),
                "meta": escape(item.meta),
                "acts": acts,
            }
        )

    def _cut(self, digest: Digest) -> Dies:
        key = i18n.get_locale(), digest.weekly
        if key not in self._dies:
            self._dies[key] = self._make_dies(digest.weekly)
        return self._dies[key]

    def _make_dies(self, weekly: bool) -> Dies:
        """Rendered with holes, then styled: eight milliseconds, once."""

        def fragment(name: str) -> Mould:
            return Mould(compose.style_fragment(self._render(f"digest_{name}.html")))

        return Dies(
            text=Frame(self._render("digest.txt", weekly=weekly)),
            html=Frame(compose.style(self._render("digest.html", weekly=weekly))),
            heading=fragment("heading"),
            item=fragment("item"),
            act=fragment("act"),
            left=fragment("left"),
        )

    def _render(self, template: str, **words: object) -> str:
        unknown = {name: hole(name) for name in HOLES} | {name: slot(name) for name in SLOTS}
        known = {"replies": self.settings.takes_replies, **words}
        return compose.render(template, unknown | known, self.settings)


def _said(digest: Digest) -> Said:
    return Said(
        template="digest", subject=digest.subject, words={}, may_stop=True, stops=unsubscribe.DIGEST
    )


def _left(digest: Digest) -> str:
    return ngettext("Et %(num)s autre :", "Et %(num)s autres :", digest.left)


def _text_item(item: Item) -> str:
    lines = [wrap(item.title), wrap(item.why, "  "), wrap(item.meta, "  "), f"  {item.href}"]
    return "\n" + "".join(f"{line}\n" for line in lines if line)
