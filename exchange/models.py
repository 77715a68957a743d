"""Every table, imported once: for migrations, and so that relationships resolve."""

import exchange.attachments.models
import exchange.discussion.models
import exchange.impact.models
import exchange.log.models
import exchange.mail.models
import exchange.meetings.models
import exchange.moderation.flags.models
import exchange.moderation.models
import exchange.outbox.models
import exchange.people.models
import exchange.questions.models
import exchange.research.candidates.models
import exchange.research.dossier.models
import exchange.research.models
import exchange.vocabulary.models
from exchange.db import Base

metadata = Base.metadata

__all__ = ["exchange", "metadata"]
