"""What is known of each criterion of WCAG 2.2, levels A and AA, which the accessibility page shows.

`proofs` name the checks that hold it: a test sees to it that each of them exists. Where nothing does,
the criterion is said to be unchecked.
"""

from dataclasses import dataclass
from enum import StrEnum

from exchange.i18n import mark as _m


class State(StrEnum):
    HELD = "held"
    NONE = "none"
    UNSURE = "unsure"


STATE_LABELS = {
    State.HELD: _m("respecté"),
    State.NONE: _m("sans objet"),
    State.UNSURE: _m("à vérifier"),
}

PROOFS = {
    "axe": (
        _m("axe, sur chaque page, à deux largeurs"),
        "tests/browser/test_every_page.py::test_every_page_is_clean",
    ),
    "states": (
        _m("axe en sombre, sur tablette et à 200 %"),
        "tests/check_web.py::unreadable",
    ),
    "html": (_m("le vérificateur HTML du W3C, sur chaque page"), "tests/check_web.py::invalid"),
    "tree": (
        _m("ce qu’un lecteur d’écran reçoit de dix pages"),
        "tests/browser/test_trees.py::test_what_a_screen_reader_has_of_the_main_pages",
    ),
    "screen": (
        _m("320 pixels, espacement du texte, cibles, focus"),
        "tests/browser/test_trees.py::test_what_axe_leaves_aside",
    ),
    "keys": (
        _m("trente questions triées au clavier seul"),
        "tests/browser/test_desk_by_keyboard.py::test_thirty_questions_by_keyboard_alone",
    ),
    "story": (
        _m("une question menée à sa réponse, avec et sans JavaScript"),
        "tests/browser/test_whole_story.py::test_from_a_question_to_its_answer",
    ),
    "kept": (
        _m("ce qui est écrit survit à la fin de la session"),
        "tests/web/test_what_was_typed.py"
        "::test_a_text_sent_after_the_session_ended_is_shown_again_and_sent",
    ),
    "language": (
        _m("une seule langue par page, les autres annoncées"),
        "tests/web/test_languages.py::test_a_reader_meets_one_language",
    ),
    "frame": (
        _m("le même cadre sur chaque page"),
        "tests/web/test_kept.py::test_the_place_and_the_language_are_those_of_the_page",
    ),
}
"""By name: in words, and the file and function."""


@dataclass(frozen=True)
class Criterion:
    number: str
    level: str
    name: str
    state: State
    proofs: tuple[str, ...]


def _of(number: str, level: str, name: str, told: str) -> Criterion:
    """`told`: the names of its proofs; "-": nothing on the site is concerned; "?": unchecked."""
    state = {"-": State.NONE, "?": State.UNSURE}.get(told, State.HELD)
    return Criterion(number, level, name, state, tuple(told.split()) if state is State.HELD else ())


CRITERIA = (
    _of("1.1.1", "A", _m("Contenu non textuel"), "axe tree"),
    _of("1.2.1", "A", _m("Contenu seulement audio ou vidéo"), "-"),
    _of("1.2.2", "A", _m("Sous-titres (pré-enregistrés)"), "-"),
    _of("1.2.3", "A", _m("Audio-description ou version de remplacement"), "-"),
    _of("1.2.4", "AA", _m("Sous-titres (en direct)"), "-"),
    _of("1.2.5", "AA", _m("Audio-description (pré-enregistrée)"), "-"),
    _of("1.3.1", "A", _m("Information et relations"), "axe tree html"),
    _of("1.3.2", "A", _m("Ordre séquentiel logique"), "tree"),
    _of("1.3.3", "A", _m("Caractéristiques sensorielles"), "?"),
    _of("1.3.4", "AA", _m("Orientation"), "axe screen"),
    _of("1.3.5", "AA", _m("Identifier la finalité de la saisie"), "axe html"),
    _of("1.4.1", "A", _m("Utilisation de la couleur"), "axe"),
    _of("1.4.2", "A", _m("Contrôle du son"), "-"),
    _of("1.4.3", "AA", _m("Contraste (minimum)"), "axe states"),
    _of("1.4.4", "AA", _m("Redimensionnement du texte"), "states"),
    _of("1.4.5", "AA", _m("Texte sous forme d’image"), "?"),
    _of("1.4.10", "AA", _m("Redistribution"), "axe screen"),
    _of("1.4.11", "AA", _m("Contraste du contenu non textuel"), "?"),
    _of("1.4.12", "AA", _m("Espacement du texte"), "screen"),
    _of("1.4.13", "AA", _m("Contenu au survol ou au focus"), "?"),
    _of("2.1.1", "A", _m("Clavier"), "keys story"),
    _of("2.1.2", "A", _m("Pas de piège au clavier"), "screen keys"),
    _of("2.1.4", "A", _m("Raccourcis d’un caractère"), "keys"),
    _of("2.2.1", "A", _m("Réglage du délai"), "kept"),
    _of("2.2.2", "A", _m("Mettre en pause, arrêter, masquer"), "-"),
    _of("2.3.1", "A", _m("Pas plus de trois flashs"), "-"),
    _of("2.4.1", "A", _m("Contourner des blocs"), "axe tree"),
    _of("2.4.2", "A", _m("Titre de page"), "axe html"),
    _of("2.4.3", "A", _m("Parcours du focus"), "keys"),
    _of("2.4.4", "A", _m("Fonction du lien (selon le contexte)"), "axe tree"),
    _of("2.4.5", "AA", _m("Accès multiples"), "frame"),
    _of("2.4.6", "AA", _m("En-têtes et étiquettes"), "axe tree"),
    _of("2.4.7", "AA", _m("Visibilité du focus"), "screen"),
    _of("2.4.11", "AA", _m("Focus non masqué (minimum)"), "screen"),
    _of("2.5.1", "A", _m("Gestes du pointeur"), "-"),
    _of("2.5.2", "A", _m("Annulation de l’action du pointeur"), "?"),
    _of("2.5.3", "A", _m("Étiquette dans le nom"), "axe tree"),
    _of("2.5.4", "A", _m("Activation par le mouvement"), "-"),
    _of("2.5.7", "AA", _m("Mouvements de glissement"), "-"),
    _of("2.5.8", "AA", _m("Taille de la cible (minimum)"), "screen"),
    _of("3.1.1", "A", _m("Langue de la page"), "axe language"),
    _of("3.1.2", "AA", _m("Langue d’un passage"), "language"),
    _of("3.2.1", "A", _m("Au focus"), "screen"),
    _of("3.2.2", "A", _m("À la saisie"), "story"),
    _of("3.2.3", "AA", _m("Navigation cohérente"), "frame"),
    _of("3.2.4", "AA", _m("Identification cohérente"), "tree"),
    _of("3.2.6", "A", _m("Aide cohérente"), "frame tree"),
    _of("3.3.1", "A", _m("Identification des erreurs"), "story axe"),
    _of("3.3.2", "A", _m("Étiquettes ou instructions"), "axe tree"),
    _of("3.3.3", "AA", _m("Suggestion après une erreur"), "story"),
    _of("3.3.4", "AA", _m("Prévention des erreurs"), "kept keys"),
    _of("3.3.7", "A", _m("Saisie redondante"), "kept"),
    _of("3.3.8", "AA", _m("Authentification accessible (minimum)"), "?"),
    _of("4.1.2", "A", _m("Nom, rôle et valeur"), "axe tree html"),
    _of("4.1.3", "AA", _m("Messages d’état"), "?"),
)
