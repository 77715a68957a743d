"""Fictitious clinical letters, French and English, well and badly formed, with every identifier's place.

Nobody in them exists: names are drawn from lists or put together from syllables, numbers from a
seeded generator. The guard's own lists are not read here, so that a name it never saw is common.
"""

import random
import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum.fr import nir as nir_rules

FIRST = [
    "Marie",
    "Jean",
    "Karim",
    "Fatima",
    "Nguyen-Anh",
    "Hugo",
    "Léa",
    "Mohamed",
    "Chloé",
    "Jean-Pierre",
    "Anne-Sophie",
    "Mireille",
    "Yacine",
    "Leïla",
    "Thibault",
    "Océane",
    "Baptiste",
    "Inès",
    "Ange-Marie",
    "Doumè",
    "Lucienne",
    "Marcelle",
    "Aïcha",
    "Sofiane",
    "Mamadou",
    "Fatoumata",
    "Maria",
    "José",
    "Manuel",
    "Ewa",
    "Piotr",
    "Duc",
    "Thi-Lan",
    "Minh",
    "Hakim",
    "Nour",
    "Samira",
    "Bachir",
    "Noémie",
    "Éloïse",
    "Gaëlle",
    "Loïc",
    "Maël",
    "Enzo",
    "Lina",
    "Gérard",
    "Huguette",
    "Sarkis",
    "Araxie",
    "Vartan",
    "Soumaya",
    "Zahra",
    "Ibrahima",
    "Aminata",
    "Célestin",
    "Gwendal",
    "Maëlys",
    "Jean-Baptiste",
    "Marie-Thérèse",
    "Rosalinda",
    "Ludivine",
    "Kévin",
    "Jordan",
    "Brandon",
    "Clarisse",
    "Prudence",
    "Faustine",
    "Tiphaine",
    "Abdelkader",
    "Djamila",
    "Chaïma",
    "Nassim",
    "Wassila",
]
FIRST_EN = [
    "John",
    "Mary",
    "Patrick",
    "Siobhan",
    "Emily",
    "Oliver",
    "Harriet",
    "Winston",
    "Priya",
    "Rajesh",
    "Aisha",
    "Callum",
    "Agnes",
    "Dorothy",
    "Trevor",
    "Hannah",
    "Liam",
    "Grace",
    "Ngozi",
    "Sunil",
    "Margaret",
    "Colin",
    "Beatrice",
    "Desmond",
]
LAST = [
    "Dupont",
    "Durand",
    "Martin",
    "Petit",
    "Leroy",
    "Moreau",
    "Benali",
    "Haddad",
    "Nguyen",
    "Tran",
    "Da_Silva",
    "Ferreira",
    "Rossi",
    "Santoni",
    "Le_Guen",
    "Kerbrat",
    "De_La_Fontaine",
    "Belkacem",
    "Boudjemaa",
    "Diallo",
    "Traoré",
    "Kouyaté",
    "Sarkissian",
    "Bagdassarian",
    "Papazian",
    "Castelli",
    "Colonna",
    "Filippi",
    "N'Diaye",
    "Abdallah",
    "Mohamed",
    "Ouedraogo",
    "Garcia",
    "Lopez-Perez",
    "Kowalski",
    "Popescu",
    "Roux",
    "Blanc",
    "Faure",
    "Girard",
    "Vidal",
    "Sanchez",
    "Lefèvre",
    "Château",
    "Bédard",
    "Peyrou",
    "Tassy",
    "Ollivier",
    "Magnan",
    "Estève",
    "Rampal",
    "Zaouche",
    "Cherkaoui",
    "Ait_Ouali",
]
LAST_EN = [
    "Smith",
    "O'Brien",
    "Johnson",
    "Patel",
    "Okafor",
    "MacDonald",
    "Fitzgerald",
    "Whitmore",
    "Hargreaves",
    "Singh",
    "Begum",
    "Thornbury",
    "Ashworth",
    "Pemberton",
    "McAllister",
    "Van_Dyke",
    "Brown",
    "Taylor",
    "Eastham",
    "Lockhart",
]
_SYLLABLES = [
    "bar",
    "bel",
    "bou",
    "cha",
    "co",
    "dan",
    "del",
    "fa",
    "fer",
    "gan",
    "gui",
    "ha",
    "jo",
    "ka",
    "la",
    "le",
    "lo",
    "ma",
    "mé",
    "mon",
    "na",
    "ni",
    "no",
    "pa",
    "pel",
    "ra",
    "ri",
    "ro",
    "sa",
    "sé",
    "ta",
    "ti",
    "to",
    "va",
    "vi",
    "zé",
]
_ENDINGS = [
    "ard",
    "aud",
    "eau",
    "ier",
    "ini",
    "ovic",
    "ian",
    "ez",
    "et",
    "in",
    "on",
    "ot",
    "oux",
    "ac",
    "ois",
    "aoui",
    "ane",
    "lle",
    "ski",
    "tti",
]
STREETS = [
    "rue Paradis",
    "boulevard Chave",
    "av. du Prado",
    "chemin du Roucas-Blanc",
    "impasse des Lilas",
    "allée des Platanes",
    "rue de la République",
    "bd de la Libération",
    "traverse des Oliviers",
    "Avenue Jean Jaurès",
    "place Castellane",
    "rte d'Aubagne",
    "résidence Les Cèdres",
]
TOWNS = [
    "13005 Marseille",
    "13400 AUBAGNE",
    "04100 Manosque",
    "83000 Toulon",
    "13 600 La Ciotat",
    "84000 Avignon Cedex 9",
    "05100 Briançon",
    "2B200 Bastia",
    "13013 MARSEILLE",
]
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@dataclass(frozen=True)
class Letter:
    """A text and the identifiers written into it, each with its kind and place."""

    text: str
    places: tuple[tuple[str, int, int], ...]


class Writer:
    """Draws the values that fill a template's slots, each in one of many written forms."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def one(self, *choices: str) -> str:
        return self.dice.choice(choices)

    def digits(self, count: int) -> str:
        return "".join(self.dice.choice(string.digits) for _ in range(count))

    def cut(self, number: str, sizes: tuple[int, ...], separator: str) -> str:
        pieces, position = [], 0
        for size in sizes:
            pieces.append(number[position : position + size])
            position += size
        return separator.join(piece for piece in pieces if piece)

    def nir(self) -> str:
        department = self.one("13", "84", "04", "75", "99", "2A", "2B", "06")
        body = (
            self.one("1", "2")
            + self.digits(2)
            + f"{self.dice.randint(1, 12):02d}"
            + department
            + self.digits(6)
        )
        key = nir_rules.calc_check_digits(body)
        form = self.dice.randrange(6)
        if form == 0:
            return body + key
        if form == 1:
            return self.cut(body + key, (1, 2, 2, 2, 3, 3, 2), self.one(" ", ".", "-", " "))
        if form == 2:
            return self.cut(body, (1, 2, 2, 2, 3, 3), " ") + self.one(" / ", " clé ", "  ") + key
        if form == 3:
            return self.cut(body + self.digits(2), (1, 2, 2, 2, 3, 3, 2), " ")
        if form == 4:
            return " ".join(body + key) if body.isdigit() else body + " " + key
        return self.cut(body, (1, 2, 2, 2, 3, 3), " ")

    def phone(self) -> str:
        number = "0" + self.one("1", "4", "6", "7", "9") + self.digits(8)
        pairs = self.cut(number, (2, 2, 2, 2, 2), self.one(" ", ".", "-", " ", "/", "  "))
        rest = self.cut(number[1:], (1, 2, 2, 2, 2), self.one(" ", ".", ""))
        scanned = pairs.replace("0", self.one("O", "0", "0", "o"))
        return self.one(
            number,
            pairs,
            pairs,
            "+33 " + rest,
            "+33" + number[1:],
            "0033 " + rest,
            "+33 (0)" + rest,
            scanned,
            self.cut(number, (4, 2, 2, 2), " "),
            self.cut(number, (2, 3, 3, 2), " "),
            " ".join(number),
        )

    def phone_en(self) -> str:
        return self.one(
            f"07{self.digits(3)} {self.digits(6)}",
            f"020 7{self.digits(3)} {self.digits(4)}",
            f"(617) 5{self.digits(2)}-{self.digits(4)}",
            f"617-5{self.digits(2)}-{self.digits(4)}",
            f"+44 7{self.digits(3)} {self.digits(6)}",
        )

    def email(self) -> str:
        local = (
            _bare(self.dice.choice(FIRST)).lower()
            + self.one(".", "_", "", "-")
            + _bare(self.last()).lower().replace(" ", "")
            + self.one("", self.digits(2))
        )
        domain = self.one(
            "gmail.com", "orange.fr", "wanadoo.fr", "hopital-exemple.fr", "yahoo.co.uk", "free.fr"
        )
        return self.one("{}@{}", "{}@{}", "{} @ {}", "{}(at){}", "{}[at]{}").format(local, domain)

    def file_number(self) -> str:
        label = self.one(
            "IPP : ",
            "IPP ",
            "NDA: ",
            "IPP n° ",
            "N° de dossier : ",
            "dossier n°",
            "n° de séjour ",
            "NIP:",
            "IPP=",
            "Patient ID: ",
            "MRN ",
            "numéro de venue : ",
            "",
        )
        number = self.one("8", "3", "9") + self.digits(self.dice.choice((7, 8, 9, 9, 10)))
        if number.endswith("00000"):
            number = number[:-1] + "7"
        return self.one(
            label + number, label + number, (label or "IPP ") + self.cut(number, (3, 3, 3, 4), " ")
        )

    def rpps(self) -> str:
        return self.one("RPPS ", "RPPS : ", "N° RPPS ", "rpps:") + "10" + self.digits(9)

    def iban(self) -> str:
        body = "FR76" + self.digits(23)
        return self.one(
            body,
            self.cut(body, (4, 4, 4, 4, 4, 4, 3), " "),
            "IBAN " + self.cut(body, (4, 4, 4, 4, 4, 4, 3), " "),
        )

    def last(self, *, english: bool = False) -> str:
        if self.dice.random() < 0.4:
            return (
                self.dice.choice(_SYLLABLES)
                + self.dice.choice(_SYLLABLES)
                + self.dice.choice(_ENDINGS)
            ).capitalize()
        return self.dice.choice(LAST_EN if english else LAST).replace("_", " ")

    def first(self, *, english: bool = False) -> str:
        if self.dice.random() < 0.1:
            return (
                self.dice.choice(_SYLLABLES)
                + self.dice.choice(_SYLLABLES)
                + self.one("a", "é", "o", "an")
            ).capitalize()
        return self.dice.choice(FIRST_EN if english else FIRST)

    def name(self) -> str:
        first, last = self.first(), self.last()
        title = self.one(
            "Mme", "M.", "Monsieur", "Madame", "Mr", "Mlle", "MME", "Mme.", "mme", "Dr", "Mr."
        )
        return self.one(
            f"{title} {last.upper()} {first}",
            f"{title} {first} {last}",
            f"{title} {last}",
            f"{title} {first} {last.upper()}",
            f"{title} {first[0]}. {last.upper()}",
            f"{first} {last.upper()}",
            f"{last.upper()} {first}",
            f"{first} {last}",
            _bare(f"{title} {last} {first}"),
            f"{title} {last.upper()} née {self.last().upper()}",
            f"patient nommé {first} {last[0]}.",
            f"Nom : {last.upper()} Prénom : {first}",
            f"{self.one('le petit', 'la jeune', 'le jeune', 'l’enfant')} {self.dice.choice(FIRST)}",
        )

    def name_en(self) -> str:
        first, last = self.first(english=True), self.last(english=True)
        title = self.one("Mr", "Mrs", "Ms", "Mr.", "Mrs.", "Miss")
        return self.one(
            f"{title} {last}",
            f"{title} {first} {last}",
            f"{first} {last}",
            f"{last.upper()}, {first}",
            f"Patient name: {first} {last}",
            f"{title} {last.upper()}",
        )

    def birth_date(self) -> str:
        return self.date(self.dice.randint(1925, 2015))

    def date(self, year: int | None = None) -> str:
        day, month, year = (
            self.dice.randint(1, 28),
            self.dice.randint(1, 12),
            year or self.dice.randint(2005, 2025),
        )
        word = MONTHS[month - 1]
        return self.one(
            f"{day:02d}/{month:02d}/{year}",
            f"{day:02d}/{month:02d}/{year}",
            f"{day}/{month}/{year}",
            f"{day:02d}.{month:02d}.{year}",
            f"{day:02d}-{month:02d}-{year}",
            f"{year}-{month:02d}-{day:02d}",
            f"{day} {word} {year}",
            f"{day} {word.upper()} {year}",
            _bare(f"{day} {word} {year}"),
            f"{day:02d}/{month:02d}/{year % 100:02d}",
            f"{day:02d} {month:02d} {year}",
        )

    def date_en(self) -> str:
        day, word, year = (
            self.dice.randint(1, 28),
            self.dice.choice(MONTHS_EN),
            self.dice.randint(2005, 2025),
        )
        return self.one(
            f"{word} {day}, {year}",
            f"{day} {word} {year}",
            f"{word[:3]} {day}, {year}",
            f"{day}th {word} {year}",
        )

    def address(self) -> str:
        return (
            f"{self.dice.randint(1, 240)}{self.one('', ' bis', ',')} {self.dice.choice(STREETS)}"
            + self.one("", ", " + self.dice.choice(TOWNS), " " + self.dice.choice(TOWNS))
        )

    def age(self) -> str:
        return f"{self.dice.randint(90, 104)} ans"

    def initials(self) -> str:
        return f"{self.dice.choice('ABCDEGHJKLMP')}.{self.one('', ' ')}{self.dice.choice('BCDFGHLMR')}."

    def serial(self) -> str:
        return (
            self.one("n° de série ", "N° série : ", "S/N ", "prélèvement n° ", "échantillon n°")
            + self.one("", "H", "PJN")
            + self.digits(7)
        )

    def place(self) -> str:
        return self.one(
            "Manosque",
            "Forcalquier",
            "Sisteron",
            "Barcelonnette",
            "Apt",
            "Riez",
            "Saint-Rémy-de-Provence",
            "Cucuron",
        )


FRENCH = (
    "Cher confrère,\nJ’ai reçu en consultation {name}, né(e) le {birth_date}, pour une polyarthrite rhumatoïde résistante au méthotrexate.\nIl a été hospitalisé le {date}.\nBien cordialement",
    "COMPTE RENDU D'HOSPITALISATION\n{name}\nDDN : {birth_date}\n{file_number}\nMotif : fièvre prolongée. Tél : {phone}",
    "{name} ({file_number}) est suivi pour une maladie de Crohn depuis 2015. Adresse : {address}. Téléphone du domicile {phone}",
    "Le dossier de {name} pose question : échec de l'infliximab puis de l'ustékinumab. N° SS {nir}. Merci de rappeler au {phone}.",
    "Patiente : {name}, NIR {nir}, adressée par le Dr House pour un syndrome de Sjögren. Mail {email}",
    "ATCD : HTA, diabète. {name} vit au {address}. Dernière cure de rituximab le {date}. Contact : {email}",
    "Sur le scanner du {date}, {name} présente une progression sous pembrolizumab. {file_number}",
    "Un patient ({initials}, né le {birth_date}) atteint d'un lymphome de Hodgkin ne répond plus au nivolumab.",
    "Dame de {age} porteuse d'une maladie de Horton, que proposer ? Elle tolère mal le tocilizumab.",
    "Homme de 52 ans habitant à {place}, atteint d'une maladie d'Erdheim-Chester réfractaire aux inhibiteurs de BRAF.",
    "RCP du {date} : {name}, mélanome métastatique, toxicité grade 3. Médecin référent {rpps}",
    "Remboursement des frais de transport de {name} : {iban}. Immatriculation {nir}.",
    "Pacemaker {serial}, implanté chez {name}. IRM possible ?",
    "URGENCES – {name} – {file_number} – vu ce jour pour dyspnée fébrile, CRP 120 mg/L, PCT 0,5, Hb 10,2 g/dL",
    "Chère amie, je te confie {name} dont l'uveite rechute (ttt : adalimumab 40 mg / 15 j, MTX 15 mg/sem). Joignable au {phone} ou {email}.",
    "la maman de {name} nous a appelés ({phone}) : neutropénie à 0,4 G/L après la 2e injection",
    "Biopsie : {serial}. Résultat transmis le {date} à {name}.",
)
ENGLISH = (
    "Dear colleague,\nThank you for seeing {name_en}, who has refractory ulcerative colitis. Seen on {date_en}. Phone {phone_en}.",
    "{name_en} developed myocarditis after two cycles of nivolumab; would IL-6 blockade help? {file_number}",
    "Discharge summary: {name_en}, admitted {date_en} with sepsis. Email {email}",
    "We have a patient, {name_en}, with Behçet's disease and recurrent uveitis despite adalimumab. Tel: {phone_en}",
    "A 47-year-old man, {name_en}, was referred on {date_en} for sarcoidosis (ACE 120 U/L).",
)
_SLOT = re.compile(r"\{(\w+)\}")


def letters(count: int, seed: int) -> Iterator[Letter]:
    """Write letters; the same seed writes the same ones."""
    for index in range(count):
        writer = Writer(seed * 1_000_003 + index)
        template = writer.one(*(FRENCH + FRENCH + ENGLISH))
        yield _spoil(_fill(template, writer), writer)


def _fill(template: str, writer: Writer) -> Letter:
    text, places, position = "", [], 0
    for slot in _SLOT.finditer(template):
        text += template[position : slot.start()]
        draw: Callable[[], str] = getattr(writer, slot[1])
        value = draw()
        places.append((slot[1].removesuffix("_en"), len(text), len(text) + len(value)))
        text += value
        position = slot.end()
    return Letter(text + template[position:], tuple(places))


def _spoil(letter: Letter, writer: Writer) -> Letter:
    """Leave most letters alone; write some in capitals or without accents, as old software does."""
    roll = writer.dice.random()
    text = letter.text
    if roll < 0.08:
        text = "".join(c.upper() if len(c.upper()) == 1 else c for c in text)
    elif roll < 0.2:
        text = _bare(text)
    elif roll < 0.25:
        text = text.replace(" ", "\u00a0")
    return Letter(text, letter.places)


def _bare(text: str) -> str:
    """Drop accents, one letter for one letter."""
    return "".join(unicodedata.normalize("NFKD", c)[0] if c.isalpha() else c for c in text)
