"""How well the guard finds, how often it is wrong, how fast it reads.

    python -m tests.bench.guard [DIRECTORY] [--half dev|report] [--letters N] [--misses]

DIRECTORY holds the harmless texts (default ../shared/questions). Rules are written against the
`dev` half; the figures that count are those of the `report` half (the default), which is also the
half of the letters that uses seeds nobody looked at.
"""

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from exchange.guard import find
from tests.guard.letters import Letter, letters

_SEEDS = {"dev": 11, "report": 7919}
_CORPORA = (
    ("clinical_questions_en.jsonl", "title"),
    ("clinical_questions_en.jsonl", "body"),
    ("medical_abstracts_fr.jsonl", "text"),
)
_SURE = ("nir", "phone", "email", "file_number", "rpps", "iban")


def main() -> None:
    options = _options()
    written = list(letters(options.letters, _SEEDS[options.half]))
    print(f"Letters: {len(written)}, half: {options.half}\n")
    _print_recall(written, misses=options.misses)
    _print_speed(written)
    print(
        "\n| harmless texts | n | blocked | asked | asked about names, dates, other |\n|---|---|---|---|---|"
    )
    for file, field in _CORPORA:
        path = options.directory / file
        if path.exists():
            _print_false_alarms(
                f"{file} ({field})",
                list(_harmless(path, field, options.half)),
                misses=options.misses,
            )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the patient-identity guard.")
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=Path(__file__).parents[3] / "shared" / "questions",
    )
    parser.add_argument("--half", choices=sorted(_SEEDS), default="report")
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument(
        "--misses", action="store_true", help="print what was missed or wrongly found"
    )
    return parser.parse_args()


def _print_recall(written: list[Letter], *, misses: bool) -> None:
    """Recall by kind: a place counts as found when a finding, sure if the kind is, meets it."""
    held: Counter[str] = Counter()
    found: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    with_name = name_found = 0
    for letter in written:
        findings = find(letter.text)
        hits = []
        for kind, start, end in letter.places:
            meeting = [
                f
                for f in findings
                if f.start < end and start < f.end and (f.sure or kind not in _SURE)
            ]
            held[kind] += 1
            found[kind] += bool(meeting)
            exact[kind] += any(f.kind == kind for f in meeting)
            if kind == "name":
                hits.append(bool(meeting))
            if misses and not meeting:
                print(
                    f"missed {kind}: {letter.text[start:end]!r} in {letter.text[max(0, start - 25) : end + 15]!r}"
                )
        with_name += bool(hits)
        name_found += any(hits)
    print("| kind | written | found | recall | under its own kind |\n|---|---|---|---|---|")
    for kind, count in sorted(held.items(), key=lambda item: (item[0] not in _SURE, item[0])):
        print(
            f"| {kind} | {count} | {found[kind]} | {found[kind] / count:.4f} | {exact[kind] / count:.4f} |"
        )
    sure, sure_found = (sum(counter[kind] for kind in _SURE) for counter in (held, found))
    print(f"| all sure kinds | {sure} | {sure_found} | {sure_found / sure:.4f} | |")
    print(
        f"| letters holding a name | {with_name} | {name_found} | {name_found / with_name:.4f} | |"
    )


def _print_speed(written: list[Letter]) -> None:
    """Milliseconds for texts of 2 KB made of whole letters, processor time, the best of three reads of each."""
    texts, text = [], ""
    for letter in written:
        text += letter.text + "\n"
        if len(text.encode()) >= 2048:
            texts.append(text.encode()[:2048].decode(errors="ignore"))
            text = ""
    find(texts[0])
    times = []
    for sample in texts:
        times.append(min(_milliseconds(sample) for _ in range(3)))
    times.sort()
    print(
        f"\n2 KB of letters ({len(texts)} texts): p50 {times[len(times) // 2]:.2f} ms, p95 {times[int(len(times) * 0.95)]:.2f} ms"
    )


def _milliseconds(text: str) -> float:
    begun = time.process_time()
    find(text)
    return (time.process_time() - begun) * 1000


def _harmless(path: Path, field: str, half: str) -> Iterator[str]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        odd = hashlib.sha256(row["id"].encode()).digest()[0] % 2 == 1
        if odd == (half == "dev"):
            yield row[field]


def _print_false_alarms(label: str, texts: list[str], *, misses: bool) -> None:
    blocked = asked = 0
    kinds: Counter[str] = Counter()
    for text in texts:
        findings = find(text)
        blocked += any(f.sure for f in findings)
        asked += any(not f.sure for f in findings)
        kinds.update({f.kind for f in findings})
        for f in findings if misses else ():
            print(
                f"alarm {f.kind} {f.rule}: {text[max(0, f.start - 40) : f.start]!r} [[{text[f.start : f.end]}]] {text[f.end : f.end + 25]!r}"
            )
    detail = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) or "none"
    n = len(texts)
    print(
        f"| {label} | {n} | {blocked} ({blocked / n:.2%}) | {asked} ({asked / n:.2%}) | {detail} |"
    )


if __name__ == "__main__":
    main()
