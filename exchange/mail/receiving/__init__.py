"""Receiving mail: one function, `receive`, behind every door (a pipe, LMTP, IMAP)."""
