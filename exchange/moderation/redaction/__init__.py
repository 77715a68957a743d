"""Redaction: chosen words, or a whole text, leave every place of the site for good.

`words` finds them however they were written; `stores` knows every column that holds prose (all do
unless they are named as keys); `mailbox` the mails kept as files; `actions` takes them out and says
so in the log, without the words; `scrub` then rewrites the files of the database. The index of each
host is compacted by its own follower. Attachments, when there are any, are one more store.
"""
