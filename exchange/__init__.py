"""The question exchange: clinicians ask, laboratories take up, and the proof is kept.

The application is built by `exchange.app.create_app`; this package file imports nothing of ours, so
that a pure room (`exchange.guard`, `exchange.search`) can be imported without loading the web.
"""

import gc

# What starting makes (modules, classes, mapped tables, addresses) is never garbage: looking through it
# again and again as it grows was a third of the start.
gc.set_threshold(50_000, 20, 20)
