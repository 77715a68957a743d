"""A passkey in a real browser, whose authenticator is Chromium's virtual one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from exchange.people.models import User
from tests.browser.conftest import Desk, Site
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def test_claire_makes_a_passkey_and_comes_back_with_it(
    claire: User, serve: Callable[[], Site], chromium: Browser
) -> None:
    email, site = claire.email, serve()
    site.address = site.address.replace("127.0.0.1", "localhost")  # an address has no passkeys
    context = chromium.new_context(locale="fr-FR")
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    desk = Desk(page, site, [])

    desk.open("/sign-in")
    desk.fill(email=email, password=PASSWORD)
    desk.press("Se connecter")
    desk.open("/settings/second-factor/passkey")
    desk.fill(name="Téléphone", password=PASSWORD)
    desk.press("Créer la clé")
    page.wait_for_selector("#codes")
    desk.open("/settings/second-factor")
    desk.reads("Téléphone")

    context.clear_cookies()
    desk.open("/sign-in")
    desk.press("Entrer avec une clé d’accès")
    page.wait_for_url(f"{site.address}/")
    desk.open("/settings")
    desk.reads(email)

    context.clear_cookies()
    desk.open("/sign-in?next=/teams")
    desk.fill(email=email, password=PASSWORD)
    desk.press("Se connecter")
    desk.press("Montrer une clé d’accès")
    page.wait_for_url(f"{site.address}/teams")
    context.close()
