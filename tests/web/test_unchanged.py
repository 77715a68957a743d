"""A page that did not change is not sent again, also through a proxy that compresses."""

from collections.abc import Callable

from flask.testing import FlaskClient

from exchange.people.models import User
from exchange.questions.models import Question

ClientOf = Callable[[User | None], FlaskClient]


def test_a_weakened_name_is_still_the_name(
    client_of: ClientOf, robin: User, question: Question
) -> None:
    """nginx marks the ETag of what it compresses as weak; RFC 9110 section 13.1.2 compares
    weakly."""
    client = client_of(robin)
    client.get("/questions")  # the first page of a session gives it its token
    strong = client.get("/questions").headers["ETag"]
    answer = client.get("/questions", headers={"If-None-Match": f"W/{strong}"})
    assert answer.status_code == 304
    assert answer.data == b""
    other = client.get("/questions", headers={"If-None-Match": 'W/"another"'})
    assert other.status_code == 200
