"""`make bench`: prints the tables of docs/benchmarks.md.

python -m tests.bench                      pages at 1,000 and 10,000 questions, both databases
python -m tests.bench pages --sizes 1000,10000,100000 --databases sqlite --requests 400
python -m tests.bench guard | hints | similar | triage | digests | kills    see that module
"""

import argparse
import runpy
import sys

from tests.bench import pages


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in {
        "guard",
        "hints",
        "similar",
        "triage",
        "digests",
        "kills",
    }:
        name = sys.argv.pop(1)
        runpy.run_module(f"tests.bench.{name}", run_name="__main__")
        return
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["pages"], default="pages")
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--requests", type=int, default=400)
    told = parser.parse_args()
    print(pages.machine())
    for kind in told.databases.split(","):
        for size in told.sizes.split(","):
            pages.measure(kind, int(size), told.requests)


if __name__ == "__main__":
    main()
