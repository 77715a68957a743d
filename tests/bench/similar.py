"""How well and how fast similar questions are found.

    python tests/bench/similar.py --questions ../shared/questions [--size 10000] [--half tune]

Every pair of wordings is asked in both directions among ``--size`` questions: one wording is in the
index, the other is the query. The others are recombined sentences of the same corpora, but never of
a question that is being measured. English pairs are the clinicians' own (``body`` against
``title``, identical ones left out), split in two: weights were tuned on one half, the other is what
this prints by default. The French and the French-English pairs were written for this.
"""

import argparse
import json
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from exchange.search.index import Document, Index

HERE = Path(__file__).parent
DEPTHS = (1, 5, 10)


class Pair(NamedTuple):
    """Two wordings of one question."""

    kind: str
    one: str
    other: str


class Measured(NamedTuple):
    """A line of the table; times in milliseconds of processor."""

    name: str
    pairs: int
    recalls: list[float]
    median: float
    p95: float
    missed: list[tuple[int, Pair]]


def clinicians_questions(path: Path) -> list[dict[str, str]]:
    """The English rows, in an order that has nothing to do with the file's."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    random.Random(2026).shuffle(rows)
    return rows


def sentences(text: str) -> list[str]:
    """Sentences long enough to say something."""
    return [s for s in re.split(r"(?<=[.?!])\s+", text) if len(s) > 15]


def noise(english: list[str], french: list[str], amount: int) -> Iterator[str]:
    """Invented questions of one to four sentences, three in five English."""
    draw = random.Random(7)
    for _ in range(amount):
        source = english if draw.random() < 0.6 else french
        yield " ".join(draw.sample(source, draw.choice((1, 1, 2, 3, 4))))


def measure(name: str, pairs: list[Pair], noisy: list[str], *, swap: bool) -> Measured:
    """Index one wording of each pair amid the noise, ask with the other."""
    with tempfile.TemporaryDirectory() as directory:
        index = Index(Path(directory))
        said = [(pair.other, pair.one) if swap else (pair.one, pair.other) for pair in pairs]
        texts = [indexed for indexed, _ in said] + noisy[: max(0, len(noisy) - len(said))]
        started = time.perf_counter()
        index.rebuild((_document(n, text) for n, text in enumerate(texts)), bookmark=1)
        built = time.perf_counter() - started
        index.similar("chauffe")
        ranks, times = [], []
        for number, (_, asked) in enumerate(said):
            before = time.process_time()
            hits = index.similar(asked, limit=20)
            times.append((time.process_time() - before) * 1000)
            found = [hit.id for hit in hits]
            ranks.append(found.index(number) if number in found else 99)
    times.sort()
    print(f"  {name}: {len(texts)} indexed in {built:.1f} s", file=sys.stderr)
    return Measured(
        name,
        len(pairs),
        [sum(rank < depth for rank in ranks) / len(ranks) for depth in DEPTHS],
        times[len(times) // 2],
        times[int(len(times) * 0.95)],
        [(rank, pair) for rank, pair in zip(ranks, pairs, strict=True) if rank >= 5],
    )


def _document(number: int, text: str) -> Document:
    """A question as it is asked: the first sentence, if short, is the title."""
    first, _, rest = text.partition("? ")
    title, body = (first + "?", rest) if rest and len(first) < 120 else (text[:120], text)
    return Document(f"Q-2026-{number:06}", "question", number, title, body, "", "fr")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", type=Path, required=True, help="the folder of the corpora")
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--half", choices=("tune", "unseen"), default="unseen")
    parser.add_argument("--missed", action="store_true", help="list the pairs that were missed")
    options = parser.parse_args()

    rows = clinicians_questions(options.questions / "clinical_questions_en.jsonl")
    abstracts = (options.questions / "medical_abstracts_fr.jsonl").read_text(encoding="utf-8")
    french = [s for line in abstracts.splitlines() for s in sentences(json.loads(line)["text"])]
    half = len(rows) // 2
    measured, others = (
        (rows[:half], rows[half:]) if options.half == "tune" else (rows[half:], rows[:half])
    )
    english = [s for row in others for s in (row["title"], *sentences(row["body"]))]
    clinicians = [
        Pair("clinicians", row["title"], row["body"])
        for row in measured
        if row["title"].strip().lower() not in ("", row["body"].strip().lower())
    ]
    written = [
        Pair(**json.loads(line))
        for line in (HERE / "pairs_fr.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    noisy = list(noise(english, french, options.size))
    groups = {
        "English, long asked among short": (clinicians, False),
        "English, short asked among long": (clinicians, True),
        "French": ([p for p in written if p.kind != "crosslingual"], False),
        "French, other way round": ([p for p in written if p.kind != "crosslingual"], True),
        "English asked among French": ([p for p in written if p.kind == "crosslingual"], False),
        "French asked among English": ([p for p in written if p.kind == "crosslingual"], True),
    }
    results = [measure(name, pairs, noisy, swap=swap) for name, (pairs, swap) in groups.items()]
    print(f"| {options.size} questions | pairs | recall@1 | @5 | @10 | ms p50 | p95 |")
    print("|---|---|---|---|---|---|---|")
    for result in results:
        recalls = " | ".join(f"{recall:.3f}" for recall in result.recalls)
        print(
            f"| {result.name} | {result.pairs} | {recalls} | {result.median:.1f} | {result.p95:.1f} |"
        )
    print(f"\nMemory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if options.missed:
        for result in results:
            for rank, pair in result.missed:
                print(f"{result.name} [{rank}] {pair.kind}: {pair.one[:150]} / {pair.other[:150]}")


if __name__ == "__main__":
    main()
