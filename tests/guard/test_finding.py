"""What the guard finds, told twice: the identifier, and the innocent text that looks like it."""

import pytest

from exchange.guard import KINDS, SOURCES, FilePattern, find, parse_patterns, reword
from tests.guard.letters import letters

FOUND = [
    ("nir", "Son NIR est 2 95 10 99 126 111 93."),
    ("nir", "N° SS : 295109912611193"),
    ("nir", "née à Ajaccio, 2 53 07 2A 073 004 43"),
    ("nir", "sécurité sociale 2.95.10.99.126.111 clé 93"),
    ("nir", "1 85 05 78 006 084, clé illisible"),
    ("nir", "matricule INS : 2 9 1 4 8 2 3 9 8 4 2 9 6 5 4"),
    ("phone", "Rappeler Claire au 06 12 34 56 71"),
    ("phone", "tel.0491380000"),
    ("phone", "+33 (0)4.91.38.00.07"),
    ("phone", "scanné : O4.91.38.OO.07"),
    ("phone", "09 65 42 8231"),
    ("phone", "0 6 1 2 3 4 5 6 7 1"),
    ("phone", "poste 73389"),
    ("phone", "Call her on 020 7946 0958"),
    ("phone", "(617) 555-0143"),
    ("phone", "+44 7700 900123"),
    ("email", "écrire à karim.benali@gmail.com"),
    ("email", "karim.benali @ orange . fr"),
    ("email", "karim.benali(at)orange.fr"),
    ("email", "karim arobase orange.fr"),
    ("email", "contact@gmail.com"),
    ("email", "dupont.secretariat@chu.fr"),
    ("file_number", "IPP 8012939402"),
    ("file_number", "IPP n° 12345"),
    ("file_number", "NDA : 2003H847569"),
    ("file_number", "dossier n°2019-04567"),
    ("file_number", "N° de la visite : 42bg98765"),
    ("file_number", "MRN 1234567"),
    ("file_number", "patient 9010572683 vu ce jour"),
    ("file_number", "scanner_9010572683.pdf"),
    ("rpps", "RPPS 10003456781"),
    ("rpps", "N° RPPS : 1000 345 6781"),
    ("iban", "FR76 3000 6000 0112 3456 7890 189"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("name", "Mme DUPONT Marie souffre d’un lupus"),
    ("name", "M. Jean-Pierre Le Guen"),
    ("name", "patient nommé Karim B."),
    ("name", "le petit Hugo"),
    ("name", "Mr Smith was seen"),
    ("name", "Mrs. O’Brien has lupus"),
    ("name", "mme dupont est revenue"),
    ("name", "MME DARGENT"),
    ("name", "Nom : PEYROU Prénom : Léa"),
    ("name", "JOROANE Viraé a été vue en consultation"),
    ("name", "DUPONT_Marie.pdf"),
    ("name", "marie dupont a rechuté"),
    ("name", "Karim, 45 ans, a un psoriasis"),
    ("name", "J. DUPONT reste fébrile"),
    ("name", "Patient Ph. PEYROU, fébrile"),
    ("initials", "un patient (J.D., né le 12/03/1956)"),
    ("initials", "Mme D. rechute"),
    ("birth_date", "né le 12/03/1956"),
    ("birth_date", "DDN : 12.03.56"),
    ("birth_date", "née en mars 1956"),
    ("birth_date", "born on March 12, 1956"),
    ("date", "opéré le 12 mars 2021"),
    ("date", "opéré le 1er mars 2021"),
    ("date", "seen on 12th March 2021"),
    ("date", "2021-03-12"),
    ("date", "compte_rendu_12032021.pdf"),
    ("date", "le douze mars deux mille vingt et un"),
    ("address", "habite 12 bis rue de Rome"),
    ("address", "13005 Marseille"),
    ("address", "lives at 221 Baker Street"),
    ("age", "une femme de 94 ans"),
    ("age", "a 92-year-old man"),
    ("age", "âgée de quatre-vingt-quatorze ans"),
    ("place", "homme de 34 ans habitant à Manosque, maladie d’Erdheim-Chester"),
    ("place", "fille de 6 ans dans le Vaucluse, maladie de Kawasaki"),
    ("serial", "pacemaker n° de série PJN4009680"),
    ("serial", "prélèvement n° 21H04567"),
    ("serial", "série 1.2.840.113619.2.55.3.604688119"),
    ("name", "Depuis Noël, Kevin est sous infliximab."),
    ("name", "Kevin rechute à chaque fois"),
    ("name", "une patiente appelée Garnier-Dubois"),
]

INNOCENT = [
    "NCT01234567, EudraCT 2019-001234-56, EU CT 2022-501234-12-00, ID-RCB 2021-A01234-38",
    "PMID 31234567, PMC7654321, doi:10.1016/j.jaci.2019.01.001, ORCID 0000-0002-1825-0097",
    "rs123456789, GSE123456789, NM_000546.6, chr17:41276045-41276047, ENSG00000141510",
    "BioLegend 30031412, lot 12345678, clone 145-2C11, CAS 7732-18-5",
    "12 345 678 euros pour 1 234 567 patients et 10000000 cellules",
    "CD4 350/mm3, TA 120/80, FC 80, 250 000 plaquettes, CRP 120 mg/L, 37,5 °C",
    "doses de 80 90 100 110 120 130 mg, IPP 40 mg deux fois par jour",
    "entre 1990-2010 puis 2010-2015, sous IPP depuis 2019",
    "HLA-B*27:05:02 et HLA-DRB1*04:01",
    "contact@hopital.fr ou secretariat.oncologie@chu.fr",
    "maladie de Crohn, de Behçet, de Still, lymphome de Hodgkin, syndrome de Gougerot-Sjögren",
    "Comment traiter un Takayasu réfractaire ? Un Horton ? Guillain-Barré, Charcot-Marie-Tooth",
    "Dupont et al., 2019 et Smith (2020) ; Martin and Jones, 2021 ; Dr Dupont et al.",
    "Hôpital Saint-Louis, hôpital Robert-Debré, La Timone, Institut Paoli-Calmettes",
    "pembrolizumab, Keytruda, Humira, Stelara, Imurel et Solupred",
    "M. tuberculosis, E. coli, H. Pylori, E. COLI et B. burgdorferi",
    "PR interval, MR Imaging, MS Patients, NaCl 1 M",
    "Kaplan-Meier, Mann-Whitney, Cox, Bonferroni, score de Child-Pugh, Wright Giemsa",
    "sept. 2019, en mars 2021, en 2019, au printemps 2020",
    "la loi du 2 février 2016 et le décret du 12 mars 2021",
    "étude du 1er janvier 2010 au 31 décembre 2015 ; PubMed jusqu’au 31 décembre 2019",
    "patient de 45 ans, patients de plus de 90 ans, de 18 à 95 ans, aged 90 to 95",
    "il y a 95 ans, suivi pendant 90 mois, 92 % des cas",
    "homme de 34 ans habitant à Marseille, maladie d’Erdheim-Chester",
    "étude dans le Vaucluse de 45 patients asthmatiques",
    "appeler le 15 ou le 3114",
    "Mme X et Monsieur X sont des exemples",
    "Rose bengale, Claire comme de l’eau, France métropolitaine",
    "traduit par le docteur Serge Messier",
    "une échelle décrite par Pierre Garnier, un plan de la ministre Sophie Garnier",
    "le centre hospitalier universitaire Paul Garnier, à San Diego ou à Sidi Bouzid",
    "vingt rats Lewis, des chiens Gordon setter, un West Highland White Terrier",
    "un pansement appelé Garnier®, une méthode nommée ABC-perfusion, un génotype appelé ABC-II",
    "un représentant des 311 065 381 résidents",
    "les essais publiés entre leur création et le 26 mars 2018",
    "restés en place chez 12 patients",
]


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_an_identifier_is_found_in_its_place(kind: str, text: str) -> None:
    assert kind in {finding.kind for finding in find(text)}


@pytest.mark.parametrize("text", INNOCENT)
def test_its_innocent_twin_passes(text: str) -> None:
    assert find(text) == []


def test_sure_kinds_are_sure_and_the_others_ask() -> None:
    sure = {"nir", "phone", "email", "file_number", "rpps", "iban"}
    for _kind, text in FOUND:
        for finding in find(text):
            assert finding.sure == (finding.kind in sure)


def test_every_finding_has_a_label_and_a_source() -> None:
    for letter in letters(200, seed=3):
        for finding in find(letter.text):
            assert KINDS[finding.kind]
            assert SOURCES[finding.rule]


def test_offsets_are_code_points_of_the_text_as_written() -> None:
    text = "🩺 Mme Be\u0301atrice\u200b Le\u0301vy, te\u0301l. 06\u00a012\u00a034\u00a056\u00a071"
    phone = next(finding for finding in find(text) if finding.kind == "phone")
    assert text[phone.start : phone.end] == "06\u00a012\u00a034\u00a056\u00a071"


def test_zero_width_characters_hide_nothing() -> None:
    assert [f.kind for f in find("06\u200b12\u200b34\u200b56\u200b71")] == ["phone"]


def test_the_key_tells_a_mistyped_number_but_lets_neither_through() -> None:
    assert find("295109912611193")[0].rule == "nir-key"
    assert find("295109912611194")[0].rule == "nir-shape"


def test_claire_is_offered_words_that_keep_her_sentence() -> None:
    text = "Mme DUPONT Marie, née le 12/03/1956, rechute. Rappeler au 06 12 34 56 71."
    reworded = reword(text, find(text))
    assert reworded == "Une patiente, née en 1956, rechute. Rappeler au […]."
    assert find(reworded) == []


def test_an_english_text_is_reworded_in_english() -> None:
    text = "Mr Smith, a 94-year-old man, seen on 12 March 2021"
    assert (
        reword(text, find(text, lang="en"))
        == "A patient, a more-than-89-year-old man, seen in 2021"
    )


def test_a_hospital_gives_its_own_numbering() -> None:
    patterns = parse_patterns("Nord visite = V## ###@; IPC = ipc-####")
    assert [f.rule for f in find("visite v12-345b", patterns=patterns)] == ["file-pattern"]
    assert [f.kind for f in find("vu (IPC-2043)", patterns=patterns)] == ["file_number"]
    assert find("visite v12-345b, IPC-2043") == []


@pytest.mark.parametrize("setting", ["IPC", "IPC=", "IPC=ab#"])
def test_a_pattern_that_says_nothing_is_refused_by_name(setting: str) -> None:
    with pytest.raises(ValueError, match="IPC"):
        parse_patterns(setting)


def test_a_mask_takes_every_sign_literally() -> None:
    pattern = FilePattern.parse("Sud", "(a+)+####")
    assert pattern.expression.search("(a+)+1234")
    assert not pattern.expression.search("aaaa1234")
