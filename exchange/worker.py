"""The worker: follows the log, sends letters, writes digests. Several may run; the database
settles who does what."""

import signal
import time
from types import FrameType

import structlog
from sqlalchemy.exc import OperationalError

from exchange import db
from exchange.attachments.disposal import Disposal
from exchange.attachments.store import open_store
from exchange.impact import snapshots
from exchange.log.followers import Follower, advance
from exchange.mail import accounts, desk, digest, drafts, notify, outgoing
from exchange.mail.receiving import receive
from exchange.moderation import doubts
from exchange.moderation.batches import effect
from exchange.moderation.redaction.scrub import Scrubber
from exchange.questions.waiting import Quarters
from exchange.research import ageing, quarters, reminders
from exchange.search.follower import SearchFollower
from exchange.settings import Settings

IDLE_SECONDS = 1.0
TIDY_SECONDS = 3600.0

_log = structlog.get_logger()


class Worker:
    """One loop over everything that waits; `stop` ends it after the step under way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = False
        self.followers = (
            Follower("letters", notify.follow),
            Follower("accounts", accounts.follow),
            Follower("doubts", doubts.follow),
        )
        self.search = SearchFollower(settings.data_dir / "index")
        self.scrubber = Scrubber()
        self.disposal = Disposal(open_store(settings))
        self.quarters = Quarters()
        self.post = outgoing.Post(settings)
        self.tidied_at = float("-inf")

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """End the loop soon; a signal handler."""
        self.stopping = True

    def run(self) -> None:
        """Work until told to stop."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        while not self.stopping:
            if not self.step():
                self._rest()
        self.post.close()

    def step(self) -> int:
        """Do a little of everything; returns how much was done. A database that does not answer
        is waited for."""
        try:
            done = sum(advance(follower) for follower in self.followers)
            done += self.search.advance()
            done += self.scrubber.advance()
            done += self.disposal.advance()
            done += effect.advance()
            done += ageing.advance(self.settings)
            done += reminders.advance(self.settings)
            done += quarters.advance(self.settings)
            done += self.quarters.advance()
            done += digest.write_due()
            done += desk.write_due()
            done += drafts.advance(self.settings)
            done += self.post.send_due(stop=lambda: self.stopping)
            self._tidy()
        except OperationalError as error:
            _log.warning("worker.database_away", error=str(error.orig))
            done = 0
        finally:
            db.session.remove()
        return done

    def _tidy(self) -> None:
        """Forget what was kept for some days only; keep the figures of a year that ended."""
        if time.monotonic() - self.tidied_at < TIDY_SECONDS:
            return
        receive.forget_old(days=self.settings.mail_kept_days)
        snapshots.advance(self.settings)
        self.tidied_at = time.monotonic()

    def _rest(self) -> None:
        until = time.monotonic() + IDLE_SECONDS
        while not self.stopping and time.monotonic() < until:
            time.sleep(0.05)
