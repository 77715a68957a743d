"""The index of one host: what is put is found, what is dropped is gone, what breaks heals."""

import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.search.index import Document, Hit, Index, IndexBusyError


def question(number: int, title: str, body: str = "", more: str = "") -> Document:
    return Document(f"Q-2026-{number:04}", "question", number, title, body, more, "fr")


COLITIS = question(
    1, "Colite sous nivolumab", "Chez un malade traité pour un mélanome, quelle prise en charge ?"
)
UVEITIS = question(2, "Uvéite et anti-TNF", "Pourquoi l'uvéite récidive-t-elle ?", "voir syphilis")
HYPOTHESIS = Document("H-2026-0001", "hypothesis", 1, "Lupus et interféron", "Signature", "", "fr")


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index(tmp_path / "index")
    made.write(put=[COLITIS, UVEITIS, HYPOTHESIS], bookmark=7)
    return made


def refs(hits: list[Hit]) -> list[str]:
    return [hit.ref for hit in hits]


def test_a_hit_says_what_it_is_and_how_near(index: Index) -> None:
    [hit] = index.find("interféron")
    assert (hit.ref, hit.kind, hit.id) == ("H-2026-0001", "hypothesis", 1)
    assert hit.score > 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("colites", [COLITIS.ref]),
        ("COLITE nivolumab", [COLITIS.ref]),
        ("melanome", [COLITIS.ref]),
        ("melanoma", [COLITIS.ref]),
        ("immunothérapie", [COLITIS.ref]),
        ("uveitis", [UVEITIS.ref]),
        ("syphilis", [UVEITIS.ref]),
        ("LED", [HYPOTHESIS.ref]),
        ("led", [HYPOTHESIS.ref]),
        ('"prise en charge"', [COLITIS.ref]),
        ("« prise en charge »", [COLITIS.ref]),
        ('"charge prise"', []),
        ("uvéyte", [UVEITIS.ref]),
        ("nivolumba", [COLITIS.ref]),
        ("zzzzzz", []),
        ("", []),
        ("?*?* [a TO z] AND (", []),
    ],
)
def test_robin_finds_what_he_means(index: Index, query: str, found: list[str]) -> None:
    assert refs(index.find(query)) == found


def test_all_words_are_wanted_and_most_will_do_when_none_has_all(index: Index) -> None:
    assert refs(index.find("uvéite récidive")) == [UVEITIS.ref]
    assert set(refs(index.find("uvéite nivolumab"))) == {UVEITIS.ref, COLITIS.ref}


def test_a_word_of_the_title_comes_before_one_of_the_comments(index: Index) -> None:
    index.write(put=[question(3, "Syphilis oculaire")])
    assert refs(index.find("syphilis")) == ["Q-2026-0003", UVEITIS.ref]


def test_kinds_and_limit_narrow_the_search(index: Index) -> None:
    assert refs(index.find("lupus uvéite colite", kinds=["hypothesis"])) == [HYPOTHESIS.ref]
    assert len(index.find("lupus uvéite colite", limit=2)) == 2
    assert index.find("lupus", kinds=[]) == []


def test_did_you_mean_offers_words_of_the_vocabulary_only(index: Index) -> None:
    index.write(put=[question(3, "Cas confidentiel de marseillimabase")])
    assert index.corrected("sarcoidsoe et lupsu") == "sarcoïdose et lupus"
    assert index.corrected("lupus") is None
    assert index.corrected("marseillimabasi") is None


def test_what_is_put_again_replaces_and_what_is_dropped_is_gone(index: Index) -> None:
    index.write(put=[question(1, "Hépatite sous nivolumab")], drop=[UVEITIS.ref])
    assert index.find("colite") == []
    assert refs(index.find("hépatite")) == [COLITIS.ref]
    assert index.find("uvéite") == []
    assert index.similar("uvéite récidivante") == []


def test_the_same_document_twice_in_a_batch_counts_once(index: Index) -> None:
    index.write(put=[question(3, "Myasthénie"), question(3, "Myasthénie")])
    assert refs(index.find("myasthénie")) == ["Q-2026-0003"]


def test_compacting_takes_dropped_words_off_the_disk(index: Index, tmp_path: Path) -> None:
    index.write(put=[question(3, "Un mot secret: marseillimabase")])
    index.write(drop=["Q-2026-0003"])
    assert b"marseilimabas" in _on_disk(tmp_path)
    index.compact()
    assert b"marseilimabas" not in _on_disk(tmp_path)
    assert refs(index.find("colite")) == [COLITIS.ref]


def _on_disk(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_no_text_is_stored(index: Index, tmp_path: Path) -> None:
    assert b"Chez un malade" not in _on_disk(tmp_path)


def test_the_bookmark_lives_with_the_index(index: Index, tmp_path: Path) -> None:
    assert index.bookmark() == 7
    index.write(bookmark=9)
    assert Index(tmp_path / "index").bookmark() == 9


def test_a_new_index_asks_to_be_filled(tmp_path: Path) -> None:
    index = Index(tmp_path / "new")
    assert (index.needs_rebuild, index.bookmark()) == (True, 0)
    index.rebuild([], bookmark=3)
    assert (index.needs_rebuild, index.bookmark()) == (False, 3)


def test_another_process_sees_what_was_written(index: Index, tmp_path: Path) -> None:
    reader = Index(tmp_path / "index")
    index.write(put=[question(3, "Myasthénie")], drop=[COLITIS.ref])
    assert refs(reader.find("myasthénie")) == ["Q-2026-0003"]
    assert reader.find("colite") == []


def test_readers_survive_a_rebuild_and_see_it_when_it_is_done(index: Index, tmp_path: Path) -> None:
    reader = Index(tmp_path / "index")
    during: list[list[str]] = []

    def documents() -> Iterator[Document]:
        yield question(3, "Myasthénie")
        during.append(refs(reader.find("colite")))

    told: list[int] = []
    index.rebuild(documents(), bookmark=20, progress=told.append)
    assert during == [[COLITIS.ref]]
    assert told == [1]
    assert refs(reader.find("myasthénie")) == ["Q-2026-0003"]
    assert reader.find("colite") == []
    assert reader.bookmark() == 20


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(index: Index, tmp_path: Path) -> None:
    def documents() -> Iterator[Document]:
        yield question(3, "Myasthénie")
        raise RuntimeError("the database went away")

    before = {path.name for path in (tmp_path / "index").iterdir()}
    with pytest.raises(RuntimeError, match="went away"):
        index.rebuild(documents(), bookmark=20)
    assert refs(index.find("colite")) == [COLITIS.ref]
    assert index.bookmark() == 7
    assert {path.name for path in (tmp_path / "index").iterdir()} == before


def test_a_write_that_fails_leaves_the_index_as_it_was(index: Index) -> None:
    unwritable = Document("Q-9", "question", 9, "Titre", "", None, "fr")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        index.write(put=[question(3, "Myasthénie"), unwritable], drop=[COLITIS.ref], bookmark=8)
    assert refs(index.find("colite")) == [COLITIS.ref]
    assert index.find("myasthénie") == []
    assert index.bookmark() == 7
    index.write(put=[question(3, "Myasthénie")], bookmark=8)
    assert refs(index.find("myasthénie")) == ["Q-2026-0003"]


def _write_elsewhere(directory: Path, outcome: "multiprocessing.Queue[str]") -> None:
    try:
        Index(directory).write(bookmark=99)
        outcome.put("written")
    except IndexBusyError as busy:
        outcome.put(str(busy))


def test_a_second_writer_is_refused(index: Index, tmp_path: Path) -> None:
    outcomes: list[str] = []

    def documents() -> Iterator[Document]:
        yield question(3, "Myasthénie")
        spawn = multiprocessing.get_context("spawn")
        queue: multiprocessing.Queue[str] = spawn.Queue()
        other = spawn.Process(target=_write_elsewhere, args=(tmp_path / "index", queue))
        other.start()
        outcomes.append(queue.get(timeout=60))
        other.join()

    index.rebuild(documents(), bookmark=20)
    assert "being written elsewhere" in outcomes[0]
    assert index.bookmark() == 20


def test_a_second_thread_is_refused_while_the_first_writes(index: Index) -> None:
    refused: list[BaseException] = []

    def write() -> None:
        try:
            index.write(bookmark=99)
        except IndexBusyError as busy:
            refused.append(busy)

    def documents() -> Iterator[Document]:
        yield question(3, "Myasthénie")
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    index.rebuild(documents(), bookmark=20)
    assert len(refused) == 1
    assert index.bookmark() == 20


@pytest.mark.parametrize("suffix", [".toc", ".trm", ".pst", ".col"])
def test_a_broken_index_is_dropped_and_asks_to_be_rebuilt(
    index: Index, tmp_path: Path, suffix: str
) -> None:
    for path in (tmp_path / "index").rglob(f"*{suffix}"):
        path.write_bytes(b"\x00broken")
    reader = Index(tmp_path / "index")
    assert reader.find("colite") == []
    assert reader.needs_rebuild
    assert reader.bookmark() == 0
    reader.rebuild([COLITIS], bookmark=12)
    assert refs(index.find("colite")) == [COLITIS.ref]
    assert index.bookmark() == 12


def test_an_index_that_vanished_is_made_again(index: Index, tmp_path: Path) -> None:
    (tmp_path / "index" / "current").unlink()
    assert index.find("colite") == []
    assert index.needs_rebuild
    index.write(put=[COLITIS])
    assert refs(index.find("colite")) == [COLITIS.ref]
    assert index.needs_rebuild


def test_an_index_of_another_version_is_made_anew(index: Index, tmp_path: Path) -> None:
    (tmp_path / "index" / "current").write_text("v0-other")
    assert index.needs_rebuild
    assert index.find("colite") == []


def test_many_commits_are_merged_and_found(index: Index) -> None:
    for number in range(10, 40):
        index.write(put=[question(number, f"Myasthénie numéro {number}")], bookmark=number)
    assert len(index.find("myasthénie")) == 30
    assert index.find("numéro 25")[0].ref == "Q-2026-0025"


def test_threads_may_ask_at_once(index: Index) -> None:
    wrong: list[list[str]] = []

    def ask() -> None:
        for _ in range(30):
            found = refs(index.find("colites nivolumab"))
            if found != [COLITIS.ref]:
                wrong.append(found)

    def write() -> None:
        for number in range(100, 110):
            index.write(put=[question(number, "Myasthénie")])

    threads = [threading.Thread(target=ask) for _ in range(4)] + [threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
