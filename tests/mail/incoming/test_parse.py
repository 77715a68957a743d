"""Headers and parts as broken as hospitals' gateways make them."""

from datetime import UTC, datetime

from exchange.mail.incoming.parse import parse, unflowed

ROBIN = b"""From: =?iso-8859-1?Q?Robin_Lef=E8vre?= <Robin.Lefort@Lab.Example.org>
To: =?utf-8?B?w4ljaGFuZ2U=?= <r+K3v9x@questions.example.org>
Cc: claire@chu.example.org
Delivered-To: r+K3v9x@questions.example.org
X-Original-To: inbound@questions.example.org
Subject: =?utf-8?Q?Re=3A_[Q-2026-0042]_Neutrop=C3?= =?utf-8?Q?=A9nies?=
Date: Mon, 3 Mar 2025 14:20:00 +0100
Message-ID: <m1@lab.example.org>
In-Reply-To: <q42.7@questions.example.org>
References: <q42.1@questions.example.org>
 <q42.7@questions.example.org>

Oui.
"""


def test_the_headers_of_robin_s_reply() -> None:
    incoming = parse(ROBIN, recipients=["r+K3v9x@questions.example.org"])
    assert incoming.message_id == "<m1@lab.example.org>"
    assert incoming.in_reply_to == "<q42.7@questions.example.org>"
    assert incoming.references == ("<q42.1@questions.example.org>", "<q42.7@questions.example.org>")
    assert incoming.from_address == "robin.lefort@lab.example.org"
    assert incoming.to_addresses == (
        "r+K3v9x@questions.example.org",
        "inbound@questions.example.org",
        "claire@chu.example.org",
    )
    assert incoming.subject == "Re: [Q-2026-0042] Neutropénies"
    assert incoming.date == datetime(2025, 3, 3, 13, 20, tzinfo=UTC)
    assert incoming.text == "Oui."
    assert incoming.size == len(ROBIN)


def test_a_message_of_nothing_is_still_read() -> None:
    incoming = parse(b"")
    assert (incoming.from_address, incoming.text, incoming.date) == ("", "", None)


def test_broken_headers_do_not_raise() -> None:
    incoming = parse(
        b"From: <<>>;,\nSubject: =?utf-8?B?!!!?= \xe9t\xe9\nDate: hier\nMessage-ID: nu@ici\n\ncorps"
    )
    assert incoming.from_address == ""
    assert incoming.date is None
    assert incoming.message_id == "<nu@ici>"
    assert incoming.subject.endswith("été")


def test_an_attachment_has_its_name_type_and_size() -> None:
    incoming = parse(
        b"From: r@lab.example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nCi-joint.\n"
        b"--b\nContent-Type: text/csv\nContent-Disposition: attachment;\n filename*=utf-8''s%C3%A9rums.csv\n"
        b"Content-Transfer-Encoding: base64\n\nYTtiCg==\n--b--\n"
    )
    [attachment] = incoming.attachments
    assert (attachment.name, attachment.type, attachment.size) == ("sérums.csv", "text/csv", 4)
    assert attachment.content == b"a;b\n"
    assert incoming.text == "Ci-joint."


def test_an_attached_message_is_not_the_author_s_text() -> None:
    incoming = parse(
        b"From: r@lab.example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nVoir l'autre.\n"
        b"--b\nContent-Type: message/rfc822\n\nFrom: x@y.example.org\nSubject: s\n\nMot de passe\n--b--\n"
    )
    assert incoming.text == "Voir l'autre."
    assert [attachment.type for attachment in incoming.attachments] == ["message/rfc822"]


def test_text_alone_in_a_truncated_multipart() -> None:
    incoming = parse(
        b"From: r@x.org\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Oui"
    )
    assert incoming.text == "Oui"


def test_flowed_lines_are_joined_but_the_signature_is_not() -> None:
    assert (
        unflowed("un \ndeux\n> a \n> b\n-- \nClaire", delete_space=False)
        == "un deux\n> a b\n-- \nClaire"
    )
    assert unflowed("inter \nféron", delete_space=True) == "interféron"
