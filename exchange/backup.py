"""Backup and restore: one archive with the database and the files of the data folder.

SQLite is copied with its own backup call while the site runs; PostgreSQL is dumped by
`pg_dump`. The search index and caches are left out: they are made again.
"""

import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from sqlalchemy import inspect, make_url
from sqlalchemy.exc import OperationalError

from exchange import clock, db
from exchange.i18n import gettext as _
from exchange.settings import Settings

LEFT_OUT = {"index", "exchange.sqlite", "exchange.sqlite-wal", "exchange.sqlite-shm"}
MANIFEST = "manifest.json"


class CannotBackUp(Exception):
    """Nothing was written or restored; the message says why."""


def write(settings: Settings, file: Path) -> None:
    """Write the archive (tar, gzip), readable by its owner only. Raises `CannotBackUp`."""
    if file.exists():
        raise CannotBackUp(_("%(file)s existe déjà.", file=str(file)))
    if not file.parent.is_dir():
        raise CannotBackUp(_("Le dossier %(folder)s n’existe pas.", folder=str(file.parent)))
    if file.resolve().is_relative_to(settings.data_dir.resolve()):
        raise CannotBackUp(_("Écrivez la sauvegarde ailleurs que dans le dossier qu’elle copie."))
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "database"
        _dump(settings, dump)
        partial = file.with_name(f"{file.name}.partial")
        try:
            _archive(settings, dump, partial)
            partial.rename(file)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise CannotBackUp(f"{file}: {error.strerror}") from None


def restore(settings: Settings, file: Path, *, force: bool = False) -> None:
    """Put database and files back. Refuses to replace anything unless `force`. Raises
    `CannotBackUp`."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(file, "r:gz") as archive:
                _unpack(archive, Path(folder))
            manifest = json.loads((Path(folder) / MANIFEST).read_text())
        except (tarfile.TarError, OSError, ValueError):
            raise CannotBackUp(_("%(file)s n’est pas une sauvegarde.", file=str(file))) from None
        backend = make_url(settings.database).get_backend_name()
        if manifest["backend"] != backend:
            raise CannotBackUp(
                _(
                    "La sauvegarde vient de %(from)s, la base est %(to)s.",
                    **{"from": manifest["backend"], "to": backend},
                )
            )
        _load(settings, Path(folder) / "database", force=force)
        kept = Path(folder) / "data"
        if kept.is_dir():
            shutil.copytree(kept, settings.data_dir, dirs_exist_ok=True)
        shutil.rmtree(settings.data_dir / "index", ignore_errors=True)


def _archive(settings: Settings, dump: Path, to: Path) -> None:
    to.touch(mode=0o600)
    with tarfile.open(to, "w:gz") as archive:
        _add_manifest(settings, archive)
        archive.add(dump, "database")
        for path in sorted(settings.data_dir.rglob("*")):
            place = path.relative_to(settings.data_dir)
            if place.parts[0] not in LEFT_OUT:
                with suppress(FileNotFoundError):  # the mailbox moves its files meanwhile
                    archive.add(path, f"data/{place}", recursive=False)


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Files and folders only, and none outside: `extractall` learned that after Python 3.11.2,
    which Debian 12 has."""
    for member in archive:
        place = folder / member.name
        if not place.resolve().is_relative_to(folder.resolve()):
            raise ValueError("a file outside the archive")
        if member.isdir():
            place.mkdir(parents=True, exist_ok=True)
        elif content := archive.extractfile(member):
            place.parent.mkdir(parents=True, exist_ok=True)
            with content, place.open("wb") as file:
                shutil.copyfileobj(content, file)
            place.chmod(0o600)


def _add_manifest(settings: Settings, archive: tarfile.TarFile) -> None:
    data = json.dumps(
        {
            "backend": make_url(settings.database).get_backend_name(),
            "at": clock.now().isoformat(),
        }
    ).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _dump(settings: Settings, to: Path) -> None:
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite":
        source, target = sqlite3.connect(url.database or ""), sqlite3.connect(to)
        with source, target:
            source.backup(target)
        source.close()
        target.close()
        return
    _run("pg_dump", "--format=custom", f"--file={to}", _plain(settings))


def _load(settings: Settings, dump: Path, *, force: bool) -> None:
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        if not force and _holds_tables(settings):
            raise CannotBackUp(
                _("La base n’est pas vide : ajoutez --force pour remplacer ce qu’elle contient.")
            )
        options = ["--clean", "--if-exists"] if force else []
        _run(
            "pg_restore",
            "--no-owner",
            "--exit-on-error",
            "--single-transaction",
            *options,
            f"--dbname={_plain(settings)}",
            str(dump),
        )
        return
    target = Path(url.database or "")
    if target.exists() and not force:
        raise CannotBackUp(
            _("%(file)s existe déjà : ajoutez --force pour le remplacer.", file=str(target))
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (f"{target}-wal", f"{target}-shm"):
        Path(leftover).unlink(missing_ok=True)
    shutil.copy(dump, target)


def _holds_tables(settings: Settings) -> bool:
    engine = db.connect(settings.database)
    try:
        return bool(inspect(engine).get_table_names())
    except OperationalError as error:
        raise CannotBackUp(
            _("La base ne répond pas : %(why)s", why=str(error.orig).strip())
        ) from None
    finally:
        engine.dispose()


def _plain(settings: Settings) -> str:
    """The address without SQLAlchemy's driver name."""
    return (
        make_url(settings.database)
        .set(drivername="postgresql")
        .render_as_string(hide_password=False)
    )


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise CannotBackUp(
            _("Il manque %(tool)s (paquet postgresql-client).", tool=command[0])
        ) from None
    except subprocess.CalledProcessError as failed:
        told = [line for line in (failed.stderr or "").splitlines() if line.startswith(command[0])]
        raise CannotBackUp("\n".join(told) or command[0]) from None
