"""The nearest question is the one that asks the same, however it is worded."""

from pathlib import Path

import pytest

from exchange.search.index import Document, Index

ASKED = {
    1: ("Colite sous nivolumab", "Chez un patient traité pour un mélanome par nivolumab, quand faut-il donner de l'infliximab pour la colite ?"),
    2: ("Uvéite et anti-TNF", "Pourquoi l'uvéite récidive-t-elle sous adalimumab chez l'enfant ?"),
    3: ("Grossesse et lupus", "Faut-il poursuivre l'hydroxychloroquine chez une femme lupique enceinte ?"),
    4: ("Tuberculose latente avant biothérapie", "Comment dépister la tuberculose latente avant un traitement de la polyarthrite rhumatoïde ?"),
    5: ("Sclérose en plaques et virus d'Epstein-Barr", "Le virus est-il la cause des poussées ?"),
    6: ("Vaccination des greffés rénaux", "Le vaccin contre la grippe protège-t-il un patient greffé du rein ?"),
    7: ("Neutropénie sous rituximab", "Faut-il arrêter le rituximab devant une neutropénie tardive ?"),
    8: ("Femme de 72 ans", "Femme de 72 ans vue hier, leucémie lymphoïde chronique. Comment la traiter ?"),
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    made = Index(tmp_path_factory.mktemp("similar"))
    made.rebuild(
        (
            Document(f"Q-2026-{number:04}", "question", number, title, body, "", "fr")
            for number, (title, body) in ASKED.items()
        ),
        bookmark=1,
    )
    made.write(put=[Document("H-2026-0001", "hypothesis", 1, "Colite et nivolumab", "", "", "fr")])
    return made


@pytest.mark.parametrize(
    ("asked", "twin"),
    [
        ("colites sous nivolumab", 1),
        ("Management of colitis induced by PD-1 inhibitors", 1),
        ("colite sou nivolumba", 1),
        ("Should hydroxychloroquine be stopped during pregnancy in SLE?", 3),
        ("LED et Plaquénil pendant la gestation", 3),
        ("Screening for latent TB before biologics in RA", 4),
        ("depistage tuberculose latente", 4),
        ("Does EBV trigger relapses of MS?", 5),
        ("Rôle de l'EBV dans la SEP", 5),
        ("Flu shot in kidney transplant recipients", 6),
        ("grippe vacin grefe renale", 6),
        ("Mabthera et agranulocytose", 7),
    ],
)
def test_claire_is_shown_the_twin_of_her_question(index: Index, asked: str, twin: int) -> None:
    assert index.similar(asked)[0].id == twin
    assert index.similar("", title=asked)[0].id == twin


def test_a_long_story_meets_its_short_question(index: Index) -> None:
    story = (
        "J'ai vu hier une femme de 72 ans. Elle a reçu du rituximab il y a quatre mois pour une "
        "vascularite. Depuis une semaine elle n'a plus de polynucléaires neutrophiles. "
        "Doit-on interrompre le traitement devant cette neutropénie ?"
    )
    assert index.similar(story)[0].id == 7


def test_only_questions_come_and_not_the_one_compared(index: Index) -> None:
    title, body = ASKED[1]
    assert index.similar(body, title=title)[0].ref == "Q-2026-0001"
    others = index.similar(body, title=title, exclude="Q-2026-0001")
    assert "Q-2026-0001" not in [hit.ref for hit in others]
    assert {hit.kind for hit in index.similar(body, title=title)} == {"question"}


def test_scores_descend_and_the_limit_holds(index: Index) -> None:
    scores = [hit.score for hit in index.similar("colite uvéite lupus tuberculose grippe", limit=3)]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("nothing", ["", "   ", "le la les", "?!"])
def test_nothing_said_is_like_nothing(index: Index, nothing: str) -> None:
    assert index.similar(nothing) == []


def test_an_empty_index_knows_nothing_similar(tmp_path: Path) -> None:
    assert Index(tmp_path / "empty").similar("colite") == []
