"""Fixtures: a fresh database and application for each test, and the people of the stories."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from werkzeug.routing import Rule
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from exchange import db, i18n
from exchange.app import create_app
from exchange.people import passwords
from exchange.people.models import InstitutionKind, Role, Team, TeamKind, User
from exchange.questions.models import Question
from exchange.settings import Settings
from tests import databases, factories

_built: dict[tuple[str, bool], Callable[..., tuple[str, str]]] = {}
_build = Rule._compile_builder


def _build_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Each test makes its application anew, always with the same addresses and the same templates:
    what writes the one and reads the other is compiled once (a third of the time of all tests)."""
    key = (rule.rule, append_unknown)
    if key not in _built:
        _built[key] = _build(rule, append_unknown)
    return _built[key]


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(Rule, "_compile_builder", _build_once)
        patch.setattr(
            Flask,
            "jinja_options",
            {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache(folder)},
        )
        yield


HASHER = passwords._hasher
"""That of the product. Tests compute cheaper ones: no test guesses passwords."""


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 64, 1))
        yield


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, Engine]]:
    """By address. An engine keeps the statements it has compiled for the next test on it."""
    kept: dict[str, Engine] = {}
    yield kept
    for engine in kept.values():
        engine.dispose()


class _Together(LoadScopeScheduling):  # type: ignore[misc]
    """Each test goes to whichever worker is free; those of a file that builds one world for all of
    its tests go to the same one. The longest files begin."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return file if file in TOGETHER else nodeid


TOGETHER = {
    "tests/test_leaks.py",
    "tests/test_absurd_input.py",
    "tests/test_commands.py",
    "tests/impact/test_figures.py",
    "tests/web/test_languages.py",
}


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Together:
    return _Together(config, log)


@pytest.fixture(scope="session")
def database_maker() -> Iterator[databases.SqliteMaker | databases.PostgresMaker]:
    maker = databases.maker()
    yield maker
    maker.close()


@pytest.fixture
def database_url(
    database_maker: databases.SqliteMaker | databases.PostgresMaker,
) -> Iterator[str]:
    with database_maker.fresh() as url:
        yield url


@pytest.fixture(autouse=True)
def in_french() -> None:
    """Whatever language the test before this one spoke last."""
    i18n.set_locale("fr")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        secret_key="a secret of more than 32 characters",
        base_url="http://localhost",
    )


@pytest.fixture
def app(settings: Settings, engines: dict[str, Engine]) -> Iterator[Flask]:
    def connect(url: str, *, synchronous: str) -> Engine:
        if url not in engines:
            engines[url] = connect_anew(url, synchronous=synchronous)
        return engines[url]

    connect_anew = db.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "connect", connect)
        made = create_app(settings)
    made.testing = True
    engine: Engine = made.extensions["engine"]
    yield made
    db.session.remove()
    engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    """A transaction that will write, as an edge would have begun it."""
    db.begin_write()
    yield
    db.session.rollback()


@pytest.fixture
def department(session: None) -> Team:
    return factories.team("Dermatologie, La Timone", kind=TeamKind.DEPARTMENT)


@pytest.fixture
def lab(session: None) -> Team:
    inserm = factories.institution("Inserm", InstitutionKind.RESEARCH)
    return factories.team("Immunité et tumeurs", of=inserm)


@pytest.fixture
def other_lab(session: None) -> Team:
    cnrs = factories.institution("CNRS", InstitutionKind.RESEARCH)
    return factories.team("Signalisation lymphocytaire", of=cnrs)


@pytest.fixture
def claire(department: Team) -> User:
    """A clinician."""
    return factories.user("Claire Martel", Role.CLINICIAN, department)


@pytest.fixture
def robin(lab: Team) -> User:
    """A researcher."""
    return factories.user("Robin Aubert", Role.RESEARCHER, lab)


@pytest.fixture
def lena(other_lab: Team) -> User:
    """A researcher of another laboratory."""
    return factories.user("Léna Costa", Role.RESEARCHER, other_lab)


@pytest.fixture
def mona(session: None) -> User:
    """A moderator."""
    return factories.user("Mona Ferrand", Role.MODERATOR)


@pytest.fixture
def ada(session: None) -> User:
    """An administrator."""
    return factories.user("Ada Kessler", Role.ADMINISTRATOR)


@pytest.fixture
def question(claire: User, mona: User) -> Question:
    """An open question of Claire's."""
    return factories.opened(claire, mona)


@pytest.fixture
def client_of(app: Flask) -> Callable[[User | None], FlaskClient]:
    """A browser in which this person is signed in; what the test wrote before is committed."""

    def sign_in(person: User | None) -> FlaskClient:
        db.session.commit()
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        if person is not None:
            token = factories.session_of(person)
            with client.session_transaction() as session:
                session["_user_id"] = token
                session["_fresh"] = True
        return client

    return sign_in


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What touches no database is told once, on SQLite."""
    if databases.KIND == "sqlite":
        return
    told = {one for one in items if "database_maker" not in getattr(one, "fixturenames", ())}
    config.hook.pytest_deselected(items=list(told))
    items[:] = [one for one in items if one not in told]
