"""What stands around a name and makes it nobody's: a citation, an institution, a disease."""

import re
from collections.abc import Sequence

from exchange.guard.reading import Reading

_CREDIT = re.compile(
    r"(?:traduit|translated|traduction|illustration|photo(?:graphie)?s?|dessins?)(?: (?:par|de|by|from [a-z]+ by))? ?:? ?(?:le )?(?:(?:docteure?|dr|pr)\.? )?$"
)
_TAXON = re.compile(r"[A-Z](?:[a-z]+|\.) [a-z]+(?:us|um|ae|ax|ix|ii|ki|ni) \($")
_NAMED_THING = re.compile(
    r"\b(?:maladies?|syndromes?|signes?|scores?|tests?|criteres?|classifications?|echelles?|index|indices?|lymphomes?|sarcomes?|tumeurs?|anemies?|thyroidites?|purpura|phenomenes?|reactions?|methodes?|formules?|manoeuvres?|corps|cellules?|coloration|oesophage|ulceres?|virus|bacilles?|operation|procedure|loi|theoreme|modele|model|courbes?|triade|granulomatose|arterite|paralysie|nevralgie|"
    r"hopita(?:l|ux)|hospitalier|universitaire|cliniques?|instituts?|institutes?|centres?|center|fondations?|foundation|universites?|university|lycee|college|ecole|rue|avenue|av\.|boulevard|bd|bld|place|square|quai|allees?|chemin|impasse|route|traverse|cours|prix|bourse|bibliotheque|laboratoires?|labos?|societe|chu|chru|ch|ehpad|residence|pavillon|batiment|salle|amphitheatre|unite|service|etablissement|saints?|saintes?|st|ste|san|santa|sao|port|mont|ile|isle|vallee|"
    r"disease|syndrome|hospital|clinic|college|cohorte?|etude|essai|study|trial|registre|programme|plan|reseau|logiciel|software|plateforme|alphabet|point de|ligne de|plexus|canal|ligament|muscle|nerf|valve de|publications?|travaux|decouvertes?|articles?|livres?|ouvrages?|theorie|equation|nobel|tempete|cyclone|ouragan|hurricane|storm|ville|commune|region|province|etat|intervention|prothese|anneau|sonde|pince|aiguille|score de|"
    r"according to|selon|d'apres|by|equipe|team|groupe|modified|modifie|editions?|docteurs? sans)"
    r"s?\.? (?:(?:de |du |des |d'|of |of the |de la |l'|the |type )+)?['\"«]? ?$"
)
_CITED_AFTER = re.compile(
    r"^(?: ?\[[0-9]|,? ?(?:et|and|&) ?(?:al\b|coll|col\b|colleagues|associates|collaborateurs)|,? ?\(?(?:19|20)[0-9]{2}[a-z]?\)?(?![0-9/.-])|,? ?(?:et|and|&) [A-Z][a-z-]+,? ?\(?(?:19|20)[0-9]{2}| ?(?:'s)? ?(?:disease|syndrome|sign|score|test|criteria|classification|index|scale|stain|staining|phenomenon|reaction|cells?|bodies|body|lymphoma|sarcoma|tumor|tumour|"
    r"anemia|anaemia|thyroiditis|palsy|ataxia|method|procedure|maneuver|manoeuvre|hospital|university|institute|clinic|college|foundation|trial|study|coefficient|disease's|esophagus|oesophagus|contracture|fracture|nodes?|spots?|lines?|ulcer|virus|agar|medium)\b)"
)
_PUBLIC = re.compile(
    r"\b(?:presidente?|ministre|roi|reine|pape|empereur|imperatrice|philosophe|sociologue|anthropologue|ethnologue|psychanalyste|historienn?e?|poete|ecrivaine?|romanciere?|physicienn?e?|chimiste|mathematicienn?e?|naturaliste|naturalist|philosopher|president|minister"
    r"|(?:dirigee?|decrite?|proposee?|introduite?|inventee?|fondee?|creee?|concue?|developpee?|decouverte?|menee?|coordonnee?|described|proposed|introduced|invented|founded|developed|discovered|led|coined|pioneered)s? (?:en [0-9]{4} |in [0-9]{4} )?(?:par|by)(?: le| la| les| the)?)"
    r" (?:(?:docteure?|dr|pr|prof|professeure?)\.? )?$"
)
_BREED = re.compile(
    r"\b(?:chien(?:ne)?s?|chats?|chatons?|chevaux|cheval|bovins?|vaches?|moutons?|brebis|porcs?|poulets?|races?|souris|rats?|lignees?|souches?|dogs?|cats?|mice|mouse|breeds?|strains?|cell lines?)[^.;\n]{0,20}$"
)
_BREEDS = frozenset(
    {"terrier", "setter", "retriever", "spaniel", "shepherd", "bulldog", "labrador", "pointer"}
    | {"mastiff", "collie", "corgi", "hound", "wolfhound", "greyhound", "shorthair", "longhair"}
)
_PLACE_HEADS = frozenset({"san", "santa", "santo", "sao", "los", "las", "sidi", "fort", "puerto"})
_BRAND_AFTER = re.compile(r"^ ?[®™]")
_INSTITUTION_AFTER = re.compile(
    r"^ (?:hospital|university|institute|clinic|college|foundation|school|center|centre|street|road|laborator|inc|ltd|sas\b|sa\b)"
)


def is_credit(reading: Reading, start: int) -> bool:
    """A translator or an illustrator is thanked, not treated."""
    return _CREDIT.search(reading.lower[max(0, start - 25) : start]) is not None


def is_cited(reading: Reading, end: int) -> bool:
    """An author ("et al.", a year, a reference number) or the owner of a disease ("'s disease")."""
    return _CITED_AFTER.match(reading.plain[end : end + 45]) is not None


def is_public(reading: Reading, start: int) -> bool:
    """Somebody named for an office or for what they made, an animal's breed, a line of cells."""
    before = reading.lower[max(0, start - 45) : start]
    return bool(_PUBLIC.search(before) or _BREED.search(before))


def is_place_or_breed(words: Sequence[str]) -> bool:
    """ "San Francisco", "Sidi Thabet", "West Highland White Terrier"; folded words."""
    return len(words) > 1 and (words[0] in _PLACE_HEADS or not _BREEDS.isdisjoint(words))


def is_brand(reading: Reading, end: int) -> bool:
    """A registered name is nobody's."""
    return _BRAND_AFTER.match(reading.plain[end : end + 2]) is not None


def is_institution(reading: Reading, end: int) -> bool:
    return _INSTITUTION_AFTER.match(reading.lower[end : end + 20]) is not None


def names_a_thing(reading: Reading, start: int) -> bool:
    """After "maladie de", "hôpital", "rue" or a species, a name belongs to the thing."""
    window = max(0, start - 45)
    return bool(
        _NAMED_THING.search(reading.lower[window:start])
        or _TAXON.search(reading.plain[window:start])
    )
