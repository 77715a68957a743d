"""Files that come with a reply: joined to the thread by the very action that the site calls, with
its cleaning and its guard. A picture or a scan, which no program can read, is joined on the site
only, where its owner says to have looked at it. A file that is refused never holds the text back."""

from exchange import db
from exchange.attachments.actions import attach
from exchange.attachments.cleaning import clean
from exchange.attachments.models import IMAGES
from exchange.attachments.store import open_store
from exchange.errors import Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.mail.incoming.parse import Attachment, Incoming
from exchange.mail.receiving.outcomes import Settled
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.settings import Settings

LOGO = 100 * 1024
"""Bytes up to which a picture is taken for part of a signature."""


def missed(incoming: Incoming) -> list[Attachment]:
    """The attachments that the sender would miss."""
    return [attachment for attachment in incoming.attachments if _is_missed(attachment)]


def join(
    incoming: Incoming, settled: Settled, question: Question, *, by: User, settings: Settings
) -> None:
    """Join what came with a text that was posted; why not, for each that is refused."""
    for attachment in missed(incoming):
        try:
            with db.session.begin_nested():
                _require_readable(attachment, settings)
                attach(
                    question,
                    data=attachment.content,
                    name=attachment.name,
                    caption="",
                    by=by,
                    files=open_store(settings),
                )
        except gate.IdentityFound:
            settled.refused.append(
                _("Ce fichier, ou son nom, pourrait identifier un patient : rien n’en est gardé.")
            )
        except Refusal as refusal:
            settled.refused.append(refusal.sentence)
        else:
            settled.joined += 1
    settled.files = 0


def _is_missed(attachment: Attachment) -> bool:
    """Whether a person would miss it: not a logo, a signature or a visiting card."""
    if not attachment.name or attachment.type in {"application/pkcs7-signature", "text/x-vcard"}:
        return False
    return not attachment.type.startswith("image/") or attachment.size > LOGO


def _require_readable(attachment: Attachment, settings: Settings) -> None:
    if attachment.size > settings.attachment_bytes:
        most = settings.attachment_bytes // 1_000_000
        raise Refusal(_("Ce fichier dépasse %(most)s Mo.", most=most))
    kept = clean(attachment.content)
    if kept.kind in IMAGES or not kept.text.strip():
        raise Refusal(
            _(
                "Une image se joint depuis le site, après l’avoir regardée : un nom incrusté ne se"
                " détecte pas."
            )
        )
