"""The question exchange: clinicians ask, laboratories take up, and the proof is kept.

The application is built by `exchange.app.create_app`; this package file stays empty so that a
pure room (`exchange.guard`, `exchange.search`) can be imported without loading the web.
"""
