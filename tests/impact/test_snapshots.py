"""What was published at the end of a year stays, and anybody can check it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from exchange import db
from exchange.cli import main
from exchange.errors import Refusal
from exchange.impact import snapshots
from exchange.impact.facts import SnapshotTaken
from exchange.log.models import Event
from exchange.people.models import Team, User
from exchange.settings import Settings
from tests.factories import circled, opened

Browser = Callable[[User | None], FlaskClient]
SETTINGS = Settings()


def test_a_year_is_kept_once_and_never_changes(
    client_of: Browser, claire: User, mona: User, robin: User, lab: Team, tmp_path: Path
) -> None:
    """Robin's laboratory reads one question more than every member: it is not in it."""
    with time_machine.travel(datetime(2025, 11, 3, 9, tzinfo=UTC)):
        opened(claire, mona)
        circled(claire, mona, lab)
        assert snapshots.take_due(SETTINGS) == []
        with pytest.raises(Refusal):
            snapshots.take(2025, SETTINGS)
    with time_machine.travel(datetime(2025, 12, 31, 23, 30, tzinfo=UTC)):
        (kept,) = snapshots.take_due(SETTINGS)
        assert kept.year == 2025, "in Paris the new year has come"
        content, sha256 = kept.content, kept.sha256
        assert snapshots.content_of(kept)["so_far"]["funnel"]["question"] == 1
        event = db.session.query(Event).order_by(Event.id.desc()).first()
        assert event is not None
        assert event.fact == SnapshotTaken(snapshot_id=kept.id, year=2025, sha256=sha256)
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC)):
        opened(claire, mona)
        assert snapshots.take_due(SETTINGS) == []
        again, new = snapshots.take(2025, SETTINGS)
        assert (again.content, again.sha256, new) == (content, sha256, False)
        with pytest.raises(Refusal):
            snapshots.take(2024, SETTINGS)
        client = client_of(robin)
        assert sha256 in client.get("/impact/years").get_data(as_text=True)
        assert sha256 in client.get("/impact/years/2025").get_data(as_text=True)
        assert client.get("/impact/years/2024").status_code == 404
        told = client.get("/impact/years/2025.json").get_data(as_text=True)
    for name, words, code in (("kept", told, 0), ("bent", told.replace('"n": 0', '"n": 9'), 1)):
        (tmp_path / name).write_text(words)
        assert CliRunner().invoke(main, ["verify", str(tmp_path / name)]).exit_code == code
    for change in ("UPDATE snapshot SET year = 2020", "DELETE FROM snapshot"):
        with pytest.raises(DBAPIError, match="never changes"), db.session.begin_nested():
            db.session.execute(text(change))
