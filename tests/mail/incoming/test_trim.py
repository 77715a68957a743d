"""What the corpus does not show: sentences that only look like a client's, and odd messages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.mail.incoming.markup import plain_text
from exchange.mail.incoming.trim import DELIMITER, Rule, trim

AUTHORS = [
    "Le patient a écrit :\n\n> je ne dors plus\n\nQue faire ?",
    "Le 3 mars 2025 à 10:12, l'infirmière de garde a écrit :\nPNN 0,1 G/L.\nQue faire ?",
    "Réunion\nDate : 12 mars 2025\nObjet : cohorte\nDe : 10 h à 12 h\nÀ : la Timone",
    "De : Claire\nÀ : Robin\n\nc'est un bon dialogue.",
    "CRP > 50 mg/L\n> 38,5 °C depuis 3 jours\nNous proposons une TEP.",
    "Seuil :\n>= 10 cas\n<= 20 cas",
    "-> oui\n=> non\n>- peut-être",
    "Protocole\n-----\nJour 1 : dose\n-----\nJour 8 : dose",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "Envoyé depuis mon iPhone hier, le tableau n'est pas lisible. Je le renvoie.",
    "Envoyé de mon service hier soir.",
    "Sent from the lab: 3 tubes.",
    "Merci Claire,\n\nLe service d'hématologie est intéressé.",
    "Merci !\n\nVoici l'adresse de livraison\nCHU Timone\n13005 Marseille",
    "Merci, voici mon numéro\n04 91 00 00 00",
    "Il faut voir avec\nDr Karim Haddad\nIPC, 04 91 00 00 00",
    "Si vous recevez ce prélèvement par erreur, merci de le détruire : c'est interdit par le CRB.",
    "Notre logiciel antivirus bloque la pièce jointe, pouvez-vous la renvoyer ?",
    "Il faut penser à l'environnement du patient : le conjoint, les enfants.",
    "Merci",
]

QUOTES = {
    "gmail": "Le lun. 3 mars 2025 à 10:12, Claire Martin <c@chu.example.org> a écrit\u202f:\n\n> Bonjour",
    "gmail-en": "On Mon, Mar 3, 2025 at 10:12\u202fAM Claire <c@chu.example.org> wrote:\n\n> Hello",
    "apple": "> Le 3 mars 2025 à 10:12, Claire Martin <c@chu.example.org> a écrit :\n> \n> Bonjour",
    "outlook": "De : Claire\nEnvoyé : lundi 3 mars 2025 10:12\nÀ : Robin\nObjet : Sérums\n\nBonjour",
    "outlook-web": "_" * 32
    + "\nFrom: C <c@d.fr>\nSent: Monday, 3 March 2025\nTo: R\nSubject: S\n\nHello",
    "zimbra": '----- Mail original -----\nDe: "C" <c@d.fr>\nÀ: "R" <r@d.fr>\nEnvoyé: Lundi 3 Mars 2025\n\nBonjour',
    "yahoo": "  Le lundi 3 mars 2025 à 10:12:13 UTC+1, C <c@d.fr> a écrit :  \n \n Bonjour",
    "ours": f"{DELIMITER['fr']}\n\nClaire a posé une question.",
}


@pytest.mark.parametrize("words", AUTHORS)
def test_an_author_keeps_words_that_look_like_a_client_s(words: str) -> None:
    assert trim(words).kept == words


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES)
@pytest.mark.parametrize("words", AUTHORS)
def test_a_quote_below_takes_nothing_from_them(words: str, quote: str) -> None:
    trimmed = trim(f"{words}\n\n{quote}\n")
    assert trimmed.kept == words
    assert trimmed.cut


@given(st.lists(st.text(alphabet="abé ,;!?()1 2", min_size=1, max_size=60), min_size=1, max_size=8))
def test_plain_words_above_a_quote_are_kept_whole(lines: list[str]) -> None:
    written = " ".join("\n".join(lines).split())
    kept = trim("\n".join(lines) + "\n\n" + QUOTES["gmail"]).kept
    assert " ".join(kept.split()) == written


PIECES = [
    *AUTHORS,
    *QUOTES.values(),
    "> a",
    "> 5 %",
    "-- ",
    "Cordialement,",
    "Dr Roux\n04 91 00 00 00",
    "",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_any_text_is_either_kept_or_cut(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    trimmed = trim(text)
    both = f"{trimmed.kept}\n{trimmed.cut}"
    assert sorted(both.replace(">", "").split()) == sorted(text.replace(">", "").split())


@given(st.text())
def test_no_text_is_refused(text: str) -> None:
    assert len(trim(text).kept) <= len(text)


def test_nothing_is_cut_when_nothing_stands_above_an_unmarked_quote() -> None:
    text = QUOTES["outlook"] + "\n\nOui, une quarantaine."
    assert trim(text).kept == text
    assert trim(text).rule == Rule.NOTHING_ABOVE


def test_a_quote_alone_says_nothing() -> None:
    assert trim("Le 03/03/2025 à 10:12, Claire a écrit :\n> Bonjour").kept == ""


def test_the_rule_is_told() -> None:
    assert trim("Oui.\n\n" + QUOTES["outlook"]).rule == Rule.HEADERS
    assert trim("Oui.\n\n" + QUOTES["ours"]).rule == Rule.DELIMITER
    assert trim("Oui.").rule == Rule.NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "> 5 %\n" * 20_000,
        "> a\nb\n" * 10_000,
        "Le 3 mars 2025 à 10:12, " * 5_000,
        "--\n" * 10_000,
        "\n" * 90_000,
    ],
)
def test_a_hostile_mail_is_read_in_seconds(text: str) -> None:
    started = time.monotonic()
    trim(text)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "html", ["<!--" * 20_000, "<div>" * 20_000, "<p style='" + "border-top:" * 20_000 + "'>"]
)
def test_hostile_markup_is_read_in_seconds(html: str) -> None:
    started = time.monotonic()
    plain_text(html)
    assert time.monotonic() - started < 10


def test_markup_nobody_sees_is_nobody_s_words() -> None:
    html = "<style>p{}</style><div style='display:none'>aperçu</div><p>Oui&nbsp;!</p><!-- non --><script>x()</script>"
    assert plain_text(html) == "Oui !"
