"""The curated vocabulary: sound as data, and right about what a text is about."""

from collections import Counter

import pytest

from exchange.vocabulary.concepts import (
    GENERAL,
    Concept,
    Vocabulary,
    curated,
)


def about(text: str) -> set[str]:
    return {concept.fr for concept in curated().concepts_in(text)}


def test_the_field_is_covered() -> None:
    by_category = Counter(concept.category for concept in curated().concepts.values())
    assert sum(by_category.values()) - by_category[GENERAL] >= 600
    assert set(by_category) >= {
        "diseases", "cancers", "pathogens", "drugs", "targets", "cells", "cytokines", "techniques"
    }  # fmt: skip


def test_every_broader_concept_exists_and_none_is_its_own_ancestor() -> None:
    concepts = curated().concepts
    for concept in concepts.values():
        assert set(concept.broader) <= concepts.keys(), concept.key
        for broader in concept.broader:
            assert concept.key not in curated().with_broader(broader)


def test_every_concept_is_found_by_each_of_its_names() -> None:
    for concept in curated().concepts.values():
        for name in concept.names:
            written = name.lstrip("!")
            found = {c.key for m in curated().mentions(f"Xyz {written} xyz") for c in m.concepts}
            assert concept.key in found, name


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Poussées de LED chez une femme jeune", "lupus"),
        ("systemic lupus erythematosus", "lupus"),
        ("lupus erythemateux dissemine", "lupus"),
        ("PR séronégative", "polyarthrite rhumatoïde"),
        ("RA refractory to methotrexate", "polyarthrite rhumatoïde"),
        ("taux d'IL6 élevé", "IL-6"),
        ("interleukin-6", "IL-6"),
        ("les anti PDL1", "anti-PD-L1"),
        ("Keytruda", "pembrolizumab"),
        ("des MICI", "maladie inflammatoire chronique de l'intestin"),
        ("lymphocytes T régulateurs", "lymphocyte T régulateur"),
        ("les T γδ ou lymphocytes T gamma delta", "lymphocyte T gamma delta"),
        ("hépatite B ancienne", "virus de l'hépatite B"),
    ],
)
def test_synonyms_abbreviations_and_both_languages_lead_to_the_concept(
    text: str, concept: str
) -> None:
    assert concept in about(text)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Ici, nous voyons des patients", "inhibiteur de point de contrôle immunitaire"),
        ("this led us to stop", "lupus"),
        ("les patients ne dorment pas", "score clinique"),
        ("un sep de vigne, par exemple", "sclérose en plaques"),
        ("TRAITER LES PATIENTS", "lupus"),
        ("a rate of two per cent", "rate (organe)"),
    ],
)
def test_ordinary_words_are_no_abbreviations(text: str, concept: str) -> None:
    assert concept not in about(text)


def test_the_longest_name_wins_where_names_overlap() -> None:
    assert about("néphropathie lupique") == {"néphropathie lupique"}


def test_tags_are_in_the_language_asked_and_leave_out_what_they_imply() -> None:
    text = "Colite sous nivolumab, une immunothérapie, chez un patient traité pour un mélanome"
    assert [c.fr for c in curated().about(text)] == ["colite", "nivolumab", "mélanome"]
    assert [c.en for c in curated().about(text)] == ["colitis", "nivolumab", "melanoma"]


def test_a_question_about_everything_gets_a_few_tags_only() -> None:
    everything = ", ".join(c.fr for c in curated().concepts.values() if c.category == "drugs")
    assert len(curated().about(everything)) == 8


def test_an_edited_vocabulary_knows_the_new_name() -> None:
    edited = Vocabulary([Concept("x", "drugs", ("marseillimab",), ("marseillimab",))])
    assert [concept.key for concept in edited.concepts_in("Effet du marseillimab")] == ["x"]
