"""Who is a machine, and whom a helpful answer may reach."""

import pytest

from exchange.mail.incoming.kinds import Refusal, is_dangerous, never_posts
from exchange.mail.incoming.parse import Attachment, Incoming, parse


def mail(
    subject: str = "Re: [Q-2026-0042] Sérums", *, body: str = "Oui.", **headers: str
) -> Incoming:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    fields = [
        "From: robin@lab.example.org",
        f"Subject: {subject}",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return parse("\n".join([*fields, *lines, "", body]).encode())


def test_robin_s_reply_posts() -> None:
    assert never_posts(mail()) is None


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Réponse automatique : Sérums",
        "Re: Absence de réponse aux biothérapies",
        "RE: [Q-2026-0042] Non remis au patient : le compte rendu",
        "Lupus : absence de traitement",
        "Réponse vaccinale automatiquement mesurée",
        "Delivery of CAR-T cells",
        "Absents des essais : les sujets âgés",
    ],
)
def test_a_person_s_subject_is_not_a_machine_s(subject: str) -> None:
    assert never_posts(mail(subject)) is None


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Réponse automatique\u202f: Re: Sérums", Refusal.AUTO_REPLY),
        ("Automatic reply: Sera", Refusal.AUTO_REPLY),
        ("Auto: Sera", Refusal.AUTO_REPLY),
        ("Absent du bureau : Sérums", Refusal.AUTO_REPLY),
        ("Message d’absence", Refusal.AUTO_REPLY),
        ("I am out of the office", Refusal.AUTO_REPLY),
        ("Undeliverable: Sera", Refusal.BOUNCE),
        ("Message non distribuable", Refusal.BOUNCE),
        ("Delivery Status Notification (Failure)", Refusal.BOUNCE),
        ("Lu\u00a0: Sérums", Refusal.RECEIPT),
        ("Not read: Sera", Refusal.RECEIPT),
        ("Accusé de réception : Sérums", Refusal.RECEIPT),
        ("Accepté : réunion", Refusal.CALENDAR),
    ],
)
def test_a_machine_s_subject(subject: str, kind: Refusal) -> None:
    assert never_posts(mail(subject)) is kind


def test_headers_of_machines() -> None:
    assert never_posts(mail(Auto_Submitted="auto-replied; x=y")) is Refusal.AUTO_REPLY
    assert never_posts(mail(Auto_Submitted="no")) is None
    assert never_posts(mail(Precedence="bulk")) is Refusal.AUTO_REPLY
    assert never_posts(mail(X_Auto_Response_Suppress="OOF, AutoReply")) is Refusal.AUTO_REPLY
    assert never_posts(mail(List_Id="<hemato.example.org>")) is Refusal.LIST_LOOP
    assert never_posts(mail(Return_Path="<>")) is Refusal.BOUNCE
    assert never_posts(mail(Return_Path="<robin@lab.example.org>")) is None


def test_our_own_mail_and_mail_too_large() -> None:
    assert never_posts(mail(), own_addresses={"robin@lab.example.org"}) is Refusal.OWN_MAIL
    assert never_posts(mail(), largest=10) is Refusal.OVERSIZE


def test_a_quote_alone_is_empty() -> None:
    assert (
        never_posts(mail(body="Le 03/03/2025 à 10:12, Claire a écrit :\n> Oui ?")) is Refusal.EMPTY
    )


@pytest.mark.parametrize(
    ("name", "kind", "dangerous"),
    [
        ("resultats.pdf.exe", "application/octet-stream", True),
        ("resultats.exe. ", "application/octet-stream", True),
        ("ann\u202efdp.txt", "text/plain", True),
        ("macro.DOCM", "application/octet-stream", True),
        ("page.html", "text/html", True),
        ("panel.pdf", "application/pdf", False),
        ("smime.p7s", "application/pkcs7-signature", False),
        ("sérums.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", False),
    ],
)
def test_what_runs_when_opened(name: str, kind: str, dangerous: bool) -> None:
    assert is_dangerous(Attachment(name, kind, 1)) is dangerous


def test_only_people_are_answered() -> None:
    assert {refusal for refusal in Refusal if refusal.answerable} == {
        Refusal.OVERSIZE,
        Refusal.ENCRYPTED,
        Refusal.DANGEROUS_ATTACHMENT,
        Refusal.EMPTY,
    }
