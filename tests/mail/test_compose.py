"""The form of a mail: headers, both parts, what mail clients and relays need."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from exchange import db
from exchange.discussion import actions as discussion
from exchange.mail import unsubscribe
from exchange.people import links
from exchange.people.models import Purpose, User
from exchange.questions.models import Question
from exchange.settings import Settings
from tests.factories import opened, submitted
from tests.mail.post import deliver, text


@pytest.fixture
def news(settings: Settings, question: Question, robin: User, claire: User) -> EmailMessage:
    deliver(settings)
    discussion.comment(question, text="Combien de biopsies ?", by=robin, confirmed=True)
    (mail,) = deliver(settings).to(claire)
    return mail


def test_both_parts_say_the_same_in_the_reader_s_language(news: EmailMessage) -> None:
    assert news.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in news.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        assert "Combien de biopsies ?" in text(news, kind)
    assert '<html lang="fr">' in text(news, "html")
    assert news["Content-Language"] == "fr"


def test_the_mail_is_told_from_a_person_s(news: EmailMessage) -> None:
    assert news["Auto-Submitted"] == "auto-generated"
    assert news["X-Auto-Response-Suppress"] == "All"
    assert news["Precedence"] == "list"
    assert news["List-Id"] == "<questions.localhost>"
    assert news["Feedback-ID"] == "news:exchange:localhost"


def test_letters_of_a_thread_hang_on_one_root(
    settings: Settings, news: EmailMessage, question: Question, robin: User, claire: User
) -> None:
    discussion.comment(question, text="Et combien de cohortes ?", by=robin, confirmed=True)
    (later,) = deliver(settings, after=timedelta(minutes=30)).to(claire)
    root = f"<question.{question.ref}@localhost>"
    for mail in (news, later):
        assert mail["References"] == mail["In-Reply-To"] == root
        assert mail["Thread-Topic"] == mail["Subject"]
    assert news["Message-ID"] != later["Message-ID"]
    first, second = (base64.b64decode(mail["Thread-Index"]) for mail in (news, later))
    assert len(first) == len(second) == 27
    assert first[0] == 1
    assert first[:22] == second[:22]
    assert first[22:] < second[22:]


def test_the_thread_index_tells_the_time_since_the_question(
    settings: Settings, claire: User
) -> None:
    submitted(claire)
    (mail,) = deliver(settings, after=timedelta(days=2)).to(claire)
    index = base64.b64decode(mail["Thread-Index"])
    passed = int.from_bytes(index[22:26], "big") << 18
    assert timedelta(microseconds=passed / 10) == pytest.approx(
        timedelta(days=2), abs=timedelta(minutes=5)
    )


def test_one_click_unsubscribing_in_every_letter(
    settings: Settings, news: EmailMessage, question: Question, claire: User
) -> None:
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(news["List-Unsubscribe"]).strip()
    assert re.fullmatch(r"<http://localhost/unsubscribe/[\w.-]+>", link)
    token = link.strip("<>").rpartition("/")[2]
    assert unsubscribe.read(token, settings) == (claire, question.ref)
    submitted(claire)
    (receipt,) = deliver(settings).to(claire)
    assert receipt["List-Unsubscribe"] is not None


def test_a_letter_about_an_account_is_of_no_list_and_takes_no_reply(
    settings: Settings, claire: User
) -> None:
    here = replace(settings, reply_domain="reply.example.org")
    links.ask(Purpose.RESET, email=claire.email, user=claire)
    (mail,) = deliver(here).to(claire)
    assert "votre compte" in text(mail)
    for name in ("Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "References"):
        assert mail[name] is None, name


def test_nothing_is_fetched_from_anywhere(news: EmailMessage) -> None:
    html = text(news, "html")
    assert "<img" not in html
    assert "<link" not in html
    assert "url(" not in html
    assert set(re.findall(r'(?:href|src)="(https?://[^/"]+)', html)) == {"http://localhost"}


def test_the_style_is_inlined_and_dark_screens_keep_theirs(news: EmailMessage) -> None:
    html = text(news, "html")
    assert '<h1 style="' in html or 'class="kicker" style="' in html
    assert "prefers-color-scheme: dark" in html
    assert html.count("<!--[if mso]>") == 2  # Outlook's own table, six hundred pixels wide
    assert html.count('role="presentation"') == html.count("<table")


def test_a_title_writes_no_header(settings: Settings, claire: User, mona: User) -> None:
    question = opened(claire, mona, title="Sepsis\r\nBcc: tous\r\n\r\nÀ lire")
    claire.name = "Claire\r\nBcc: autre@example.org"
    db.session.flush()
    mail = deliver(settings).to(claire)[0]
    assert mail["Bcc"] is None
    assert mail["Subject"] == f"[{question.ref}] Sepsis Bcc: tous À lire"


def test_a_comment_brings_no_markup_of_its_own(
    settings: Settings, question: Question, robin: User, claire: User
) -> None:
    discussion.comment(
        question, text="<script>alert(1)</script> & <b>gras</b>", by=robin, confirmed=True
    )
    mail = deliver(settings).to(claire)[-1]
    assert "<script>" not in text(mail, "html")
    assert "<script>alert(1)</script> & <b>gras</b>" in text(mail)


def test_lines_of_text_suit_a_terminal(news: EmailMessage) -> None:
    part = news.get_body(("plain",))
    assert part is not None
    lines = str(part.get_content()).splitlines()
    assert all(len(line) <= 78 for line in lines if "http" not in line)
    raw = news.as_bytes()
    assert all(len(line) <= 998 for line in raw.split(b"\n"))
