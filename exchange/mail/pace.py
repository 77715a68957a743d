"""Not too many letters a minute to one domain: large houses turn away who hurries."""

from collections import Counter
from datetime import datetime, timedelta

from exchange import clock

MINUTE = timedelta(minutes=1)


class Pace:
    """Counts this worker's letters to each domain in the minute under way. `limit` 0 lets all
    through."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.until = clock.now()
        self.sent: Counter[str] = Counter()

    def allows(self, recipient: str) -> bool:
        """Whether one more may leave now."""
        return not self.limit or self._of_this_minute()[_domain(recipient)] < self.limit

    def count(self, recipient: str) -> None:
        """One left."""
        if self.limit:
            self._of_this_minute()[_domain(recipient)] += 1

    def next_minute(self) -> datetime:
        """When the counting begins anew."""
        return self.until

    def _of_this_minute(self) -> Counter[str]:
        if clock.now() >= self.until:
            self.until = clock.now() + MINUTE
            self.sent.clear()
        return self.sent


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower()
