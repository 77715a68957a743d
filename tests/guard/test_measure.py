"""Why was this blocked? JSON lines in, JSON lines out."""

import json

from exchange.guard import measure_lines


def test_each_line_gives_its_findings() -> None:
    [answer] = map(json.loads, measure_lines(['{"id": "a1", "text": "IPP 8012939402"}']))
    assert answer == {
        "id": "a1",
        "findings": [
            {"kind": "file_number", "sure": True, "start": 4, "end": 14, "rule": "file-label"}
        ],
    }


def test_a_bad_line_is_an_answer_with_its_number_not_a_crash() -> None:
    lines = ["{broken", "", '["list"]', '{"id": 4}', '{"id": 5, "text": "lupus"}', "[" * 100_000]
    answers = [json.loads(line) for line in measure_lines(lines)]
    assert [answer.get("line") for answer in answers] == [1, 3, 4, None, 6]
    assert all(answer.get("error") for answer in answers if "line" in answer)
    assert answers[3] == {"id": 5, "findings": []}
