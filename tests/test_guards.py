"""Guards: rules that hold everywhere, each proved over the whole tree."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect

from exchange import migrate
from exchange.log.facts import kinds
from exchange.questions.models import Stage
from exchange.questions.workflow import MOVE_OF_FACT, MOVES
from tests import messages

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted((ROOT / "exchange").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

EDGES = {
    "exchange/attachments/disposal.py",  # the worker drops files
    "exchange/cli.py",
    "exchange/impact/snapshots.py",  # the worker, once an hour
    "exchange/log/followers.py",  # the worker's loop over the log
    "exchange/mail/desk.py",  # called by the worker
    "exchange/mail/digest.py",  # called by the worker and the command line
    "exchange/mail/drafts.py",  # called by the worker
    "exchange/mail/outgoing.py",  # the worker's sending
    "exchange/mail/receiving/receive.py",  # what every door of mail calls
    "exchange/moderation/redaction/scrub.py",  # the worker rewrites files
    "exchange/research/ageing.py",  # called by the worker
    "exchange/research/quarters.py",
    "exchange/research/reminders.py",  # called by the worker
    "exchange/moderation/batches/effect.py",
    "exchange/questions/waiting.py",  # the worker, once an hour
    "exchange/people/admin.py",  # views of the administration
    "exchange/people/recognition.py",  # around argon2, between two transactions
    "exchange/people/joining.py",  # views of invitations and requests
    "exchange/people/second.py",  # views of the second factor
    "exchange/people/recovery.py",  # views of mailed links
    "exchange/people/keys.py",  # views of one's own sessions and keys
    "exchange/web.py",  # the page of one form, on behalf of the view
}


def where(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_only_edges_commit() -> None:
    """Views, commands and the worker commit; an action that commits could not be combined."""
    commits = {
        where(path) for path in CODE if re.search(r"\bsession\.commit\(\)", path.read_text())
    }
    assert {name for name in commits if not re.search(r"/views(/\w+)?\.py$", name)} <= EDGES


def test_models_and_migrations_agree(app: Flask) -> None:
    migrate.check(app.extensions["engine"])
    assert migrate.is_current(app.extensions["engine"])


def test_migrations_go_up_and_down_again(app: Flask) -> None:
    engine = app.extensions["engine"]
    migrate.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(engine)
    assert migrate.is_current(engine)


def test_a_migration_imports_nothing_of_the_exchange() -> None:
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert "exchange" not in {
            name.partition(".")[0] for name in imported(ast.parse(path.read_text()))
        }


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_the_table_of_moves_is_whole() -> None:
    assert len(MOVE_OF_FACT) == len(MOVES), "one fact, one move"
    assert {move.to for move in MOVES} | {Stage.DRAFT} == set(Stage), "every stage is reached"
    for move in MOVES:
        assert move.fact.kind in kinds()
        assert move.to not in move.from_
    ends = set(Stage) - {stage for move in MOVES for stage in move.from_}
    assert ends == {Stage.WITHDRAWN}, "no other stage is a dead end"


@pytest.mark.parametrize("path", TEMPLATES, ids=where)
def test_no_template_breaks_the_content_policy(path: Path) -> None:
    """Nothing inline and nothing of another host: the policy would refuse it on every page. Mail
    is another world."""
    source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    if "templates/mail/letters" in str(path):
        return
    assert not re.search(r"<style\b|\sstyle=", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert not re.search(r"\son[a-z]+=", source)
    assert not re.search(r"(?:src|action)=[\"']https?:", source)


def test_the_english_catalogue_is_complete() -> None:
    """Every text of code and templates is there, in English, and nothing else is."""
    found = {entry(message.id) for message in messages.extracted() if message.id}
    english = {entry(message.id): message for message in messages.read("en") if message.id}
    assert found - set(english) == set(), "run `make messages`, then translate"
    assert set(english) - found == set(), "run `make messages`"
    for message in english.values():
        strings = messages.strings(message.string)
        assert all(strings), message.id
        assert not message.fuzzy, message.id
        for string in strings:
            assert placeholders(string) <= placeholders(str(message.id)), message.id


def test_the_french_catalogue_holds_every_plural() -> None:
    found = {entry(m.id) for m in messages.extracted() if m.id and m.pluralizable}
    french = {entry(m.id) for m in messages.read("fr") if m.id}
    assert found == french


def entry(message_id: object) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]  # type: ignore[index]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text))


def test_nothing_of_one_machine_is_in_the_tree() -> None:
    for path in [*CODE, *TEMPLATES, *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]:
        assert not re.search(r"(^|[^A-Za-z0-9_.])/(work|root)/", path.read_text()), path
