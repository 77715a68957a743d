"""The page on which people sign in, whichever door they came to and whatever was refused there."""

from flask import make_response
from flask.typing import ResponseReturnValue

from exchange import web
from exchange.errors import Refusal, TooOften
from exchange.people import doors, passkeys, welcome
from exchange.people.forms import SignInForm


def page(form: SignInForm, *, status: int = 200, stranger: str = "") -> ResponseReturnValue:
    """`stranger`: how another door names whoever is here, when no account is theirs yet."""
    return web.page(
        "sign_in.html",
        status=status,
        form=form,
        kept=form.kept.data,
        kept_to=form.kept_to.data,
        kept_fields=welcome.typed(form.kept.data),
        options=passkeys.to_show([], doors.challenge(), doors.place()),
        stranger=stranger,
    )


def ended(kept: str, kept_to: str) -> ResponseReturnValue:
    """The session was over when this was sent: it comes along through whichever door."""
    return page(SignInForm(formdata=None, kept=kept, kept_to=kept_to), status=401)


def refused(form: SignInForm, refusal: Refusal) -> ResponseReturnValue:
    """The same page, and why."""
    form.sentence, form.refusal = refusal.sentence, refusal
    response = make_response(page(form, status=refusal.status))
    if isinstance(refusal, TooOften):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response
