"""What an attacker meets before any of our rules: headers, cookies, a journal, a contact."""

from dataclasses import replace

import pytest
from flask import Flask
from structlog.testing import capture_logs

from exchange import db
from exchange.app import create_app
from exchange.people.models import User
from exchange.settings import Settings, WrongSetting
from tests.factories import PASSWORD
from tests.people.browsing import hidden, sign_in


def test_under_tls_every_cookie_belongs_to_this_host_alone(
    app: Flask, settings: Settings, claire: User
) -> None:
    db.session.commit()
    client = create_app(replace(settings, secure_cookies=True)).test_client()
    base = "https://localhost"
    page = client.get("/sign-in", base_url=base)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    token = hidden(page.text, "csrf_token")
    told = [page]
    for path, data in (
        ("/language", {"locale": "en"}),
        ("/sign-in", {"email": claire.email, "password": PASSWORD}),
    ):
        headers = {"Referer": f"{base}/sign-in"}
        data["csrf_token"] = token
        told.append(client.post(path, data=data, base_url=base, headers=headers))
    cookies = [one for answer in told for one in answer.headers.getlist("Set-Cookie")]
    assert {one.partition("=")[0] for one in cookies} == {
        "__Host-session",
        "__Host-device",
        "__Host-locale",
    }
    for cookie in cookies:
        assert {"Secure", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_the_policies_of_every_page(app: Flask) -> None:
    headers = app.test_client().get("/sign-in").headers
    policy = headers["Content-Security-Policy"]
    for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_journal_of_security_tells_who_and_what_and_no_secret(app: Flask, claire: User) -> None:
    db.session.commit()
    client = app.test_client()
    with capture_logs() as lines:
        sign_in(client, claire, "un mot de passe faux")
        sign_in(client, "nobody@example.org", "un mot de passe faux")
        sign_in(client, claire)
        client.get("/admin")
    told = [(one["event"], one["user_id"]) for one in lines if "security" in one["event"]]
    assert told == [
        ("security.refused", claire.id),
        ("security.refused", None),
        ("security.signed_in", claire.id),
        ("security.forbidden", claire.id),
    ]
    assert all(one["address"] == "127.0.0.1" for one in lines if "security" in one["event"])
    for secret in (PASSWORD, "un mot de passe faux", "nobody@example.org"):
        assert secret not in str(lines)


def test_whom_to_tell_of_a_weakness(app: Flask, settings: Settings) -> None:
    page = "/.well-known/security.txt"
    assert app.test_client().get(page).status_code == 404
    told = replace(settings, security_contact="mailto:rssi@example.org")
    answer = create_app(told).test_client().get(page)
    assert answer.mimetype == "text/plain"
    assert "Contact: mailto:rssi@example.org\n" in answer.text
    assert "Expires: 20" in answer.text
    with pytest.raises(WrongSetting, match="EXCHANGE_SECURITY_CONTACT"):
        Settings.from_env({"EXCHANGE_SECURITY_CONTACT": "rssi@example.org"})
