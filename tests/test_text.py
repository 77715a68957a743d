"""What is read in a text besides its words: its language, and names that no line breaks."""

import pytest

from exchange.text import language_of, unbroken


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("<p>Chez un tiers de nos patients, la maladie reste active après six mois.</p>", "fr"),
        ("<p>In a third of the patients the disease is still active after six months.</p>", "en"),
        ("anti-PD-1 + IL-6", ""),
        ("", ""),
    ],
)
def test_a_text_tells_its_language(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_title_is_not_broken_inside_a_name() -> None:
    kept = unbroken("Toxicité des CAR-T & de l’anti-PD-L1 <b>")
    assert kept.count('<span class="nowrap">CAR-T</span>') == 1
    assert '<span class="nowrap">PD-L1</span>' in kept
    assert kept.endswith("&lt;b&gt;")
