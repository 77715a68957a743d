"""A browser that sends the hidden fields of the forms it is shown."""

import re
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exchange.people.models import User
from tests.factories import PASSWORD


def hidden(page: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found is not None, f"no hidden field {name}"
    return unescape(found[1])


def sign_in(
    client: FlaskClient, user: User | str, password: str = PASSWORD, **more: str
) -> TestResponse:
    """Open the page, fill it in, send it."""
    token = hidden(client.get("/sign-in").text, "csrf_token")
    email = user if isinstance(user, str) else user.email
    fields = {"csrf_token": token, "email": email, "password": password, **more}
    return client.post("/sign-in", data=fields)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/settings").status_code == 200
