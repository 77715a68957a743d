"""The measuring command: a line in, a line out, a bad line said to be bad."""

import json
from pathlib import Path

from exchange.search.index import Document, Hit, Index
from exchange.search.measure import measure_lines


def sources(hits: list[Hit]) -> list[dict[str, object]]:
    return [{"ref": hit.ref, "source_id": f"rqe-{hit.id}", "score": hit.score} for hit in hits]


def test_each_line_is_answered_in_its_place(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.write(put=[Document("Q-1", "question", 1, "Colite sous nivolumab", "", "", "fr")])
    lines = [
        '{"id": "a", "text": "colites et anti-PD-1"}',
        "not json",
        "",
        '{"id": "b"}',
        '{"text": "no id"}',
        '{"id": "c", "text": 3}',
        "[]",
        '{"id": "d", "text": "", "title": "nivolumab"}',
    ]
    answers = [json.loads(line) for line in measure_lines(lines, index, sources)]
    assert [answer.get("id") for answer in answers] == ["a", None, None, None, None, None, "d"]
    assert [answer["line"] for answer in answers if "error" in answer] == [2, 4, 5, 6, 7]
    [hit] = answers[0]["hits"]
    assert (hit["ref"], hit["source_id"]) == ("Q-1", "rqe-1")
    assert answers[-1]["hits"][0]["ref"] == "Q-1"
