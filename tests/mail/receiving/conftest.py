"""A site where one may reply, and a letter to reply to."""

import pytest

from exchange.outbox.models import Letter
from exchange.people.models import User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.settings import Settings
from tests.factories import content
from tests.mail.post import deliver
from tests.mail.receiving.inbox import last_letter


@pytest.fixture
def here(settings: Settings) -> Settings:
    return settings.replaced(
        reply_domain="reply.example.org",
        ask_address="demander@example.org",
        mail_from="exchange@example.org",
    )


@pytest.fixture
def letter(question: Question, robin: User, claire: User, here: Settings) -> Letter:
    """To Robin, who follows Claire's question, in which she has just written."""
    asking.follow(question, robin)
    asking.edit(question, content(practice="Deux mois de plus."), by=claire, confirmed=True)
    deliver(here)
    return last_letter(robin)
