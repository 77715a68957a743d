"""The dossier of a project: its frame, what regulates it, its rights, risks and decisions.

The frame (sponsor, readiness, stage of translation) and the regulation are read by whoever reads the
project; rights only by the circle that would read it were it confidential, because a word too early
is the end of a patent. What is typed is never refused for its shape: a doubt is told beside it.
"""
