"""What a page weighs on the wire, compressed as nginx does in docs/install.md, styles, scripts and
icon included; and that nothing of it comes from another host."""

import gzip
import re
from collections.abc import Callable

from flask.testing import FlaskClient

from exchange.discussion.actions import comment
from exchange.people.models import User
from tests import factories

ClientOf = Callable[[User | None], FlaskClient]

FIRST, SECOND = 60_000, 15_000
"""Bytes of a first page with all that it needs, and of the next one."""

NEEDED = re.compile(r'<(?:link|script|img|source|iframe)\b[^>]*?\b(?:href|src|srcset)="([^"]+)"')
ROOM = 700
"""Bytes of the headers of an answer, generously."""

WORDS = (
    "Chez une partie de nos patients la réponse s’épuise après quelques mois, sans que rien ne le"
    " laisse prévoir ; nous gardons les prélèvements du diagnostic et ceux de la rechute numéro {}."
)


def weight(data: bytes) -> int:
    return len(gzip.compress(data, 5)) + ROOM


def test_a_first_page_weighs_little_and_the_next_less(
    client_of: ClientOf, claire: User, mona: User, robin: User
) -> None:
    asked = [
        factories.opened(claire, mona, title=f"Pourquoi {n} patients ?", problem=WORDS.format(n))
        for n in range(25)
    ]
    for number in range(30):
        comment(asked[0], text=WORDS.format(number), by=robin if number % 2 else claire)
    client = client_of(robin)
    known: dict[str, int] = {}
    pages = ("/", "/questions", f"/questions/{asked[0].ref}", "/impact", "/settings")
    for address in pages:
        page = client.get(address)
        assert page.status_code == 200
        needed = set(NEEDED.findall(page.text))
        assert len(needed) > 8
        assert [one for one in needed if not one.startswith("/static/")] == []
        for one in needed - known.keys():
            answer = client.get(one)
            assert "max-age=31536000" in answer.headers["Cache-Control"], one
            assert b"@import" not in answer.data
            assert b"url(" not in answer.data
            known[one] = weight(answer.data)
        cold = weight(page.data) + sum(known[one] for one in needed)
        assert cold < FIRST, (address, cold)
        assert weight(page.data) < SECOND, (address, weight(page.data))
