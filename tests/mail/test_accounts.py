"""Letters about one's own account: whoever changes its ways in, its owner hears of it."""

import re

from exchange import db
from exchange.people import actions, factors
from exchange.people.models import Door, Role, User
from exchange.people.passwords import digest
from exchange.people.sso import identities
from exchange.people.sso.stranger import Stranger
from exchange.settings import Settings
from tests.mail.post import again, deliver, text


def test_the_owner_hears_what_an_administrator_did(
    settings: Settings, claire: User, ada: User
) -> None:
    given = actions.renew_password(claire, by=ada)
    factors.reset(claire, by=ada)
    actions.set_roles(claire, Role.CLINICIAN | Role.MODERATOR, by=ada)
    actions.set_roles(ada, Role.ADMINISTRATOR, by=ada)
    bag = deliver(settings)
    assert bag.to(ada) == []
    subjects = [str(mail["Subject"]) for mail in bag.to(claire)]
    assert subjects == [
        "Un administrateur a remplacé votre mot de passe",
        "Un administrateur a retiré vos seconds facteurs",
        "Un administrateur a changé vos rôles",
    ]
    for mail in bag.to(claire):
        both = text(mail) + text(mail, "html")
        assert "par Ada Kessler" in both
        assert given not in both
        assert not re.search(r"/sign-in/reset/|unsubscribe", both)
        assert "List-Unsubscribe" not in mail
    assert "Vous étiez : clinicien. Vous êtes : clinicien, modérateur." in text(bag.to(claire)[2])


def test_the_owner_hears_what_somebody_in_their_account_did(
    settings: Settings, claire: User
) -> None:
    """In their language, even to an address from which mail comes back."""
    claire.locale = "en"
    claire.mail_dead_at = claire.created_at
    actions.change_password(claire, digest("trois mots sans rapport"), by=claire)
    factors.added(claire, "totp")
    factors.remove(claire, "totp")
    there = Stranger(door=Door.OPENID, issuer="https://id.example.org", subject="1", name="Claire")
    identities.link(claire, there)
    db.session.flush()
    (identity,) = identities.of(claire)
    identities.unlink(claire, identity)
    mails = deliver(settings).to(claire)
    assert [str(mail["Subject"]) for mail in mails] == [
        "Your password has changed",
        "A second factor was added to your account",
        "A second factor was removed from your account",
        "An outside identity now opens your account",
        "An outside identity no longer opens your account",
    ]
    assert all("If this was not you" in text(mail) for mail in mails)
    assert again(claire).active
