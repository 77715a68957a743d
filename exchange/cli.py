"""The command line. Exit codes: 0 done, 1 refused or found wrong, 2 wrongly called."""

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import click
import structlog
from flask import Flask

from exchange import backup as backups
from exchange import check as checks
from exchange import db, i18n, migrate
from exchange.app import create_app
from exchange.demo import story
from exchange.errors import Refusal
from exchange.guard.measure import measure_lines as guard_lines
from exchange.impact import snapshots
from exchange.mail import digest as digests
from exchange.mail.incoming.measure import trim_files
from exchange.mail.receiving import imap, lmtp
from exchange.mail.receiving import receive as receiving
from exchange.people import accounts
from exchange.people import demo as invented
from exchange.people.models import Role
from exchange.research import frozen
from exchange.search import queries as searching
from exchange.search.follower import SearchFollower
from exchange.search.measure import measure_lines as similar_lines
from exchange.serve import serve as serve_forever
from exchange.settings import Settings, WrongSetting
from exchange.sheets import exporting, importing, reading
from exchange.sheets import people as people_sheet
from exchange.worker import Worker

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: what a mail server's pipe understands."""


class Site:
    """The settings, and the application made when a command needs it."""

    @cached_property
    def settings(self) -> Settings:
        try:
            return Settings.from_env()
        except WrongSetting as wrong:
            raise click.ClickException(str(wrong)) from None

    @cached_property
    def app(self) -> Flask:
        app = create_app(self.settings)
        i18n.set_locale(self.settings.default_locale, self.settings.timezone)
        return app

    @contextmanager
    def open(self) -> Iterator[Flask]:
        """Inside, the database is there and migrated."""
        with self.app.app_context():
            self.migrate()
            yield self.app

    def migrate(self) -> None:
        """Bring the database to this version's shape."""
        engine = self.app.extensions["engine"]
        if migrate.is_current(engine):
            return
        fresh = not migrate.is_made(engine)
        migrate.upgrade(engine)
        if fresh:
            db.begin_write()
            story.load_canned_replies()
            db.session.commit()


pass_site = click.make_pass_decorator(Site, ensure=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="exchange")
def main() -> None:
    """The question exchange. Settings come from EXCHANGE_* variables (see the README)."""
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


@main.command()
@pass_site
def run(site: Site) -> None:
    """Try it: migrate, load the demo story into an empty database, serve web and worker."""
    with site.open():
        fresh = not story.is_told()
        if fresh and site.settings.demo:
            _tell_story()
        click.echo(f"\n  {site.settings.site_name}: {site.settings.address}\n")
        if site.settings.demo and invented.are_here():
            for account in story.accounts():
                click.echo(f"  {account['role']:14} {account['email']:32} {account['password']}")
            click.echo("\n  Ctrl+C stops it.\n")
    sys.exit(serve_forever(site.app, site.settings))


@main.command()
@click.option("--host", help="Address to listen on (EXCHANGE_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (EXCHANGE_PORT).")
@click.option("--no-worker", is_flag=True, help="Web only: the worker runs elsewhere.")
@pass_site
def serve(site: Site, host: str | None, port: int | None, no_worker: bool) -> None:
    """Serve web and worker, and stop both cleanly."""
    site.settings = site.settings.replaced(host=host, port=port)
    with site.open():
        click.echo(f"{site.settings.site_name}: {site.settings.address}")
    sys.exit(serve_forever(site.app, site.settings, with_worker=not no_worker))


@main.command()
@pass_site
def worker(site: Site) -> None:
    """Follow the log and send mail, until stopped."""
    with site.open():
        Worker(site.settings).run()


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(file: Path) -> None:
    """Check the file of a frozen hypothesis or of a yearly snapshot, without site or database."""
    try:
        found = frozen.verify(file.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise click.ClickException(f"{file} cannot be verified: {wrong}") from None
    click.echo(f"{found.ref}, frozen {found.frozen_at}")
    click.echo(f"sha256 {found.sha256}")
    click.echo("The content is that of the digest." if found.true else "The content was changed.")
    sys.exit(0 if found.true else 1)


@main.command()
@click.argument("year", type=click.IntRange(1900, 9999))
@pass_site
def snapshot(site: Site, year: int) -> None:
    """Keep the figures of a year that is over, for ever; a second run changes nothing."""
    with site.open():
        db.begin_write()
        try:
            kept, new = snapshots.take(year, site.settings)
        except Refusal as refused:
            raise click.ClickException(str(refused)) from None
        db.session.commit()
        click.echo(f"{year}: {'taken' if new else 'was taken'} {kept.taken_at:%Y-%m-%d}")
        click.echo(f"sha256 {kept.sha256}")


@main.command()
@click.option("--accounts", "show", is_flag=True, help="Print the demo sign-ins as JSON lines.")
@pass_site
def demo(site: Site, show: bool) -> None:
    """Load the demo story into an empty database."""
    if show:
        for account in story.accounts():
            click.echo(json.dumps(account, ensure_ascii=False))
        return
    with site.open():
        if story.is_told():
            raise click.ClickException("The database already holds people: nothing was added.")
        _tell_story()


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option(
    "--stage", type=click.Choice(["submitted", "open"]), default="submitted", show_default=True
)
@click.option("--as", "email", metavar="EMAIL", help="Who asks (default: the first moderator).")
@pass_site
def import_(site: Site, file: Path, dry_run: bool, stage: str, email: str | None) -> None:
    """Import questions from JSON Lines, CSV or XLSX: all of them, or none."""
    with site.open():
        try:
            report = importing.run(
                file, stage=stage, email=email, dry_run=dry_run, progress=_progress("rows")
            )
        except importing.CannotImport as refused:
            raise click.ClickException(str(refused)) from None
        if dry_run or report.refused:
            db.session.rollback()
        else:
            db.session.commit()
        for line in report.lines(dry_run=dry_run):
            click.echo(line)
        sys.exit(1 if report.refused else 0)


@main.command()
@click.argument("what", type=click.Choice(["questions", "projects"]), default="questions")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "xlsx"]),
    default="jsonl",
    show_default=True,
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output."
)
@click.option(
    "--as",
    "email",
    metavar="EMAIL",
    help="What this person may read (default: what every member may).",
)
@pass_site
def export(site: Site, what: str, form: str, output: Path | None, email: str | None) -> None:
    """Export questions or projects, as one reader may see them."""
    with site.open():
        try:
            data = exporting.run(form, email=email, what=what)
        except exporting.CannotExport as refused:
            raise click.ClickException(str(refused)) from None
        if output:
            try:
                output.write_bytes(data)
            except OSError as error:
                raise click.FileError(str(output), error.strerror) from None
        else:
            sys.stdout.buffer.write(data)


@main.command()
@click.option(
    "--period", type=click.Choice(["daily", "weekly"]), default="daily", show_default=True
)
@click.option("--user", "email", metavar="EMAIL", help="Only this person.")
@click.option("--dry-run", is_flag=True, help="Print the digests, send nothing.")
@pass_site
def digest(site: Site, period: str, email: str | None, dry_run: bool) -> None:
    """Write the digests that are due now, whatever the hour."""
    with site.open():
        for line in digests.run(site.settings, period=period, email=email, dry_run=dry_run):
            click.echo(line)


@main.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def trim(files: tuple[Path, ...]) -> None:
    """Print what the author of each mail wrote, a JSON line each: file, text."""
    _print(trim_files(files))


@main.command()
@click.argument("recipient", required=False)
@click.option("--dry-run", is_flag=True, help="Print the outcome as JSON, change nothing.")
@pass_site
def receive(site: Site, recipient: str | None, dry_run: bool) -> None:
    """Take one message from standard input, sent to RECIPIENT (or to whom its headers say).

    Exit codes for a pipe of Postfix or Exim: 0 taken or deliberately refused, 75 try again.
    """
    raw = sys.stdin.buffer.read()
    try:
        with site.open():
            receipt = receiving.receive(
                raw,
                recipients=[recipient] if recipient else (),
                door="pipe",
                settings=site.settings,
                dry_run=dry_run,
            )
    except Exception as error:
        click.echo(f"exchange receive: {type(error).__name__}: try again", err=True)
        structlog.get_logger().exception("receive.stumbled")
        sys.exit(TRY_AGAIN)
    if dry_run:
        click.echo(json.dumps(asdict(receipt), ensure_ascii=False))


@main.command("lmtp")
@click.option(
    "--listen", metavar="HOST:PORT", default="127.0.0.1:8024", show_default=True, help="Address."
)
@click.option("--socket", type=click.Path(dir_okay=False, path_type=Path), help="A socket instead.")
@pass_site
def lmtp_(site: Site, listen: str, socket: Path | None) -> None:
    """Take mail from a mail server by LMTP, until stopped."""
    host, _colon, port = listen.rpartition(":")
    if not port.isdecimal():
        raise click.BadParameter("takes HOST:PORT", param_hint="--listen")
    with site.open():
        lmtp.serve(site.settings, host=host.strip("[]"), port=int(port), socket=socket)


@main.command("imap")
@pass_site
def imap_(site: Site) -> None:
    """Fetch mail from the mailbox of EXCHANGE_IMAP_URL, until stopped."""
    if not site.settings.imap_url:
        raise click.ClickException("EXCHANGE_IMAP_URL is not set.")
    with site.open():
        imap.Poller(site.settings).run()


@main.command()
@pass_site
def guard(site: Site) -> None:
    """Find patient identifiers: JSON lines in (id, text), JSON lines out (id, findings)."""
    _print(guard_lines(_stdin(), patterns=site.settings.patterns()))


@main.command()
@pass_site
def similar(site: Site) -> None:
    """Find similar questions: JSON lines in (id, text), JSON lines out (id, hits)."""
    with site.open():
        follower = SearchFollower(site.settings.data_dir / "index")
        follower.catch_up()
        lines = _stdin()
        _print(similar_lines(lines, follower.index, searching.resolve_for_all))


@main.command()
@pass_site
def reindex(site: Site) -> None:
    """Make the search index anew from the database."""
    with site.open():
        count = SearchFollower(site.settings.data_dir / "index").rebuild(_progress("documents"))
        click.echo(f"{count} documents indexed.")


@main.command()
@pass_site
def check(site: Site) -> None:
    """Say in plain words what is misconfigured."""
    with site.app.app_context():
        findings = list(checks.run(site.settings))
    for finding in findings:
        click.echo(finding.line())
    sys.exit(1 if any(finding.wrong for finding in findings) else 0)


@main.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.name.lower() for role in Role if role.name]),
)
@click.option("--team", "team_slug", metavar="SLUG")
@pass_site
def user_add(
    site: Site, email: str, name: str, roles: tuple[str, ...], team_slug: str | None
) -> None:
    """Add an account; prints its first password, once."""
    with site.open():
        db.begin_write()
        try:
            password = accounts.add(email=email, name=name, roles=roles, team_slug=team_slug)
        except accounts.CannotAdd as refused:
            raise click.ClickException(str(refused)) from None
        db.session.commit()
        click.echo(f"{email}  {password}")


@user.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--as", "email", metavar="EMAIL", help="Who invites (default: an administrator).")
@pass_site
def user_import(site: Site, file: Path, dry_run: bool, email: str | None) -> None:
    """Invite people from CSV, XLSX or JSON Lines (email, name, roles, team): all, or none."""
    with site.open():
        db.begin_write()
        by = people_sheet.inviter(email)
        if by is None:
            raise click.ClickException("No administrator to invite in the name of: see --as.")
        try:
            report = people_sheet.run(file, by=by, progress=_progress("rows"))
        except reading.CannotRead as wrong:
            raise click.ClickException(str(wrong)) from None
        if dry_run or report.refused:
            db.session.rollback()
        else:
            db.session.commit()
        for line in report.lines(dry_run=dry_run):
            click.echo(line)
        sys.exit(1 if report.refused else 0)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@pass_site
def backup(site: Site, file: Path) -> None:
    """Write database and files to one archive, while the site runs."""
    with site.open():
        try:
            backups.write(site.settings, file)
        except backups.CannotBackUp as refused:
            raise click.ClickException(str(refused)) from None
        click.echo(f"{file} written ({file.stat().st_size:,} bytes).")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there.")
@pass_site
def restore(site: Site, file: Path, force: bool) -> None:
    """Put a backup back; stop the site first."""
    try:
        backups.restore(site.settings, file, force=force)
    except backups.CannotBackUp as refused:
        raise click.ClickException(str(refused)) from None
    with site.open():
        SearchFollower(site.settings.data_dir / "index").rebuild()
    click.echo("Restored.")


def _tell_story() -> None:
    db.begin_write()
    story.tell(progress=_progress("steps of the demo story"))
    db.session.commit()


class _progress:  # noqa: N801
    """Counts on standard error, on one line, and only for a person looking."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, done: int, total: int = 0) -> None:
        if not sys.stderr.isatty() or (done % 25 and done != total):
            return
        of = f" of {total}" if total else ""
        click.echo(f"\r{done}{of} {self.what}", nl=done == total, err=True)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _stdin() -> Iterator[str]:
    """Lines of UTF-8 from standard input; a wrong byte spoils its own line only."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", errors="replace")
