"""An extract shows why a result was found, and never what the text could inject."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.search.highlight import highlight


def test_accents_inflections_and_synonyms_are_marked() -> None:
    assert (
        highlight("Les uvéites du LED, ou lupus érythémateux disséminé.", "uveite lupus")
        == "Les <mark>uvéites</mark> du LED, ou <mark>lupus érythémateux disséminé</mark>."
    )


def test_a_name_in_the_other_language_is_marked() -> None:
    assert "<mark>rheumatoid arthritis</mark>" in highlight(
        "Failure in rheumatoid arthritis", "polyarthrite rhumatoïde"
    )


def test_what_is_narrower_than_the_query_is_marked() -> None:
    assert "<mark>nivolumab</mark>" in highlight("Sous nivolumab", "immunothérapie")


def test_letters_and_digits_are_one_mark() -> None:
    assert highlight("Le taux d’IL-6", "il6") == "Le taux d’<mark>IL-6</mark>"


def test_the_extract_is_taken_where_the_matches_are() -> None:
    text = "Un long début sans rapport. " * 40 + "La sarcoïdose cardiaque récidive." + " Fin." * 80
    extract = highlight(text, "sarcoidose cardiaque", width=120)
    assert "<mark>sarcoïdose cardiaque</mark>" in extract
    assert extract.startswith("… ")
    assert extract.endswith(" …")
    assert len(extract) < 120 + len("… <mark></mark> …") + 10


def test_the_beginning_is_shown_when_nothing_matches() -> None:
    extract = highlight("Première phrase du texte. " * 30, "zzz", width=60)
    assert extract.startswith("Première phrase")
    assert "<mark>" not in extract


def test_what_a_text_could_inject_is_escaped() -> None:
    assert highlight("<b>lupus</b> & co", "lupus") == (
        "&lt;b&gt;<mark>lupus</mark>&lt;/b&gt; &amp; co"
    )


@given(st.text(), st.text(), st.integers(20, 300))
def test_any_text_and_query_give_safe_markup(text: str, query: str, width: int) -> None:
    extract = str(highlight(text, query, width=width))
    assert "<" not in extract.replace("<mark>", "").replace("</mark>", "")
    assert extract.count("<mark>") == extract.count("</mark>")
