"""The documentation says what the code does. `python -m tests.test_readme` writes the README's
tables anew."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from exchange.cli import main
from exchange.demo import story
from exchange.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


def settings_table() -> str:
    """Name, default and sentence of every setting."""
    rows = ["| name | default | what it is |", "|---|---|---|"]
    for one in fields(Settings):
        default = int(one.default) if isinstance(one.default, bool) else one.default
        shown = f"`{default}`" if str(default) else ""
        rows.append(f"| `EXCHANGE_{one.name.upper()}` | {shown} | {one.metadata['told']} |")
    return "\n".join(rows)


def commands_table() -> str:
    """Every command with the first sentence of its help."""
    rows = ["| command | does |", "|---|---|"]
    for name, command in sorted(leaves(main, "exchange")):
        told = (command.help or "").split("\n\n")[0].replace("\n", " ")
        rows.append(f"| `{name}` | {told} |")
    return "\n".join(rows)


def leaves(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    """The commands under this one, by their full names."""
    if not isinstance(command, click.Group):
        return [(name, command)]
    return [
        leaf for word, below in command.commands.items() for leaf in leaves(below, f"{name} {word}")
    ]


TABLES = {"settings": settings_table, "commands": commands_table}


def between(mark: str, text: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n(.*?)\n<!-- /{mark} -->", text, re.DOTALL)
    assert found, f"the README has no table {mark}"
    return found[1]


@pytest.mark.parametrize("mark", TABLES)
def test_the_readmes_tables_are_those_of_the_code(mark: str) -> None:
    assert between(mark, README.read_text()) == TABLES[mark](), "python -m tests.test_readme"


def test_the_readme_names_the_demo_sign_ins() -> None:
    text = README.read_text()
    accounts = list(story.accounts())
    assert len(accounts) == 4
    for account in accounts:
        assert f"| {account['role']} | `{account['email']}` | `{account['password']}` |" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_documentation_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_place_the_documentation_names_is_there() -> None:
    for page in PAGES:
        named = re.findall(
            r"`((?:exchange|tests|templates|docs|migrations)/[\w/.-]*)", page.read_text()
        )
        missing = [place for place in named if not (ROOT / place).exists()]
        assert missing == [], page


def test_the_make_targets_the_documentation_names_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"\bmake ([a-z-]+)`", page.read_text())}
    assert named <= targets


def test_the_guides_name_only_settings_that_exist() -> None:
    known = {f"EXCHANGE_{one.name.upper()}" for one in fields(Settings)}
    development = {"EXCHANGE_TEST_DATABASE"}
    for page in PAGES:
        named = set(re.findall(r"\bEXCHANGE_[A-Z_]*[A-Z]\b", page.read_text()))
        assert named <= known | development, page


def write() -> None:
    """Put the tables of the code into the README."""
    text = README.read_text()
    for mark, table in TABLES.items():
        text = text.replace(between(mark, text), table())
    README.write_text(text)


if __name__ == "__main__":
    write()
