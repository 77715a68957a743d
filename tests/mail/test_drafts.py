"""A draft that nobody touched: told of, then deleted; touching it cancels."""

from datetime import timedelta

import time_machine

from exchange import clock, db
from exchange.mail import drafts
from exchange.people.models import User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.settings import Settings
from tests import factories
from tests.mail import post
from tests.mail.post import again


def test_an_old_draft_is_told_of_then_deleted_unless_touched(
    claire: User, settings: Settings
) -> None:
    old = asking.save_draft(factories.content(title="Vieux brouillon"), by=claire)
    kept = asking.save_draft(factories.content(title="Brouillon repris"), by=claire)
    sent = factories.submitted(claire)
    db.session.commit()
    version = old.version
    with time_machine.travel(clock.now(), tick=False) as moment:
        moment.shift(timedelta(days=179))
        assert drafts.advance(settings) == 0
        moment.shift(timedelta(days=2))
        assert drafts.advance(settings) == 2
        assert drafts.advance(settings) == 0, "once"
        assert again(old).version == version, "a page that has it open may still save it"
        mails = post.deliver(settings).to(claire)
        told = [post.text(mail) for mail in mails if "brouillon sera supprimé" in mail["Subject"]]
        assert len(told) == 2
        assert f"/questions/drafts/{old.id}" in told[0] + told[1]
        moment.shift(timedelta(days=29))
        assert drafts.advance(settings) == 0
        asking.save_draft(factories.content(title="Repris"), by=again(claire), question=again(kept))
        db.session.commit()
        moment.shift(timedelta(days=2))
        assert drafts.advance(settings) == 1
        assert drafts.advance(settings) == 0
        assert db.session.get(Question, old.id) is None
        assert again(kept).title == "Repris"
        assert again(sent).ref
        moment.shift(timedelta(days=181))
        assert drafts.advance(settings) == 1, "told again, for the new silence"
        moment.shift(timedelta(minutes=1))
        asking.save_draft(factories.content(title="Encore"), by=again(claire), question=again(kept))
        db.session.commit()
        assert not post.deliver(settings).to(claire), "touched before the letter left"
