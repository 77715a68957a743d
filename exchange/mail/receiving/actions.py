"""What people change about the mail that came in, and about their address."""

from datetime import timedelta

from sqlalchemy import delete, update

from exchange import clock, db
from exchange.errors import Conflict
from exchange.i18n import gettext as _
from exchange.mail import returns
from exchange.mail.models import MailText
from exchange.outbox import letters as outbox
from exchange.outbox.models import Letter
from exchange.people.models import User


def finish(waiting: MailText, *, comment_id: int | None) -> None:
    """A reply was published by its author: its words are in the thread now."""
    waiting.text, waiting.comment_id = "", comment_id
    if comment_id is None or not waiting.cut:
        db.session.delete(waiting)


def discard(waiting: MailText) -> None:
    """Its author does not want it any more."""
    db.session.delete(waiting)


def erase_old(*, days: int) -> None:
    """Forget what was kept of replies."""
    db.session.execute(delete(MailText).where(MailText.at < clock.now() - timedelta(days=days)))


def revoke_addresses(user: User) -> None:
    """Nobody may reply any more to the letters that this person has."""
    db.session.execute(
        update(Letter)
        .where(Letter.user_id == user.id, Letter.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def ask_to_confirm(user: User) -> None:
    """One letter to an address said to be dead, at most one an hour."""
    if user.mail_dead_at is None:
        raise Conflict(_("Nos courriels vous parviennent : il n’y a rien à confirmer."))
    outbox.put("confirm", to=user.id, reason=f"confirm:{clock.now():%Y-%m-%dT%H}")


def confirm(letter: Letter) -> None:
    """The letter arrived, so the address works."""
    user = db.session.get_one(User, letter.user_id)
    returns.revive(user, by=user)
