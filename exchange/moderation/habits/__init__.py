"""How a moderator hears of the queue away from the desk: a feed, and a mail."""
