"""What a person chooses to hear of. Each changes nothing for anybody else, so the log does not
tell it."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from exchange import clock, db
from exchange.errors import Refusal
from exchange.guard import gate
from exchange.i18n import gettext as _
from exchange.mail import digest
from exchange.mail.models import SavedFilter, SavedSearch, TagWatch, TeamWatch
from exchange.people.models import Area, DigestPeriod, Team, User
from exchange.search.find import wanted
from exchange.vocabulary import current

NAME_LIMIT = 80
"""Characters of a filter's name."""

FILTERS_LIMIT = 20
"""Filters that one person keeps."""

SEARCHES_LIMIT = 20
"""Searches that one person keeps."""

WORDS_LIMIT = 300
"""Characters of a search."""


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How and when one hears. `digest_days`: a bit for each day of the week, Monday the lowest."""

    instant_mail: bool
    digest: DigestPeriod
    digest_days: int
    digest_hour: int
    areas: list[Area]


def choose(hearing: Hearing, *, by: User) -> None:
    """What leaves later looks at this."""
    before = (by.digest, by.digest_hour, by.digest_days)
    by.instant_mail = hearing.instant_mail
    by.digest, by.digest_hour = hearing.digest, hearing.digest_hour
    by.digest_days = hearing.digest_days
    by.areas = [area.value for area in hearing.areas]
    if before != (by.digest, by.digest_hour, by.digest_days):
        digest.begin_anew(by)


def watch(team: Team, *, by: User) -> None:
    """Hear of what the team asks and takes up."""
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    statement = insert(TeamWatch).values(user_id=by.id, team_id=team.id)
    db.session.execute(statement.on_conflict_do_nothing())


def unwatch(team: Team, *, by: User) -> None:
    db.session.execute(
        delete(TeamWatch).where(TeamWatch.user_id == by.id, TeamWatch.team_id == team.id)
    )


def watch_tag(concept: str, *, by: User) -> None:
    """Hear of the new questions that carry this tag, or a more precise one."""
    insert = postgresql.insert if db.is_postgresql() else sqlite.insert
    statement = insert(TagWatch).values(user_id=by.id, concept=concept)
    db.session.execute(statement.on_conflict_do_nothing())


def unwatch_tag(concept: str, *, by: User) -> None:
    db.session.execute(
        delete(TagWatch).where(TagWatch.user_id == by.id, TagWatch.concept == concept)
    )


def keep_filter(name: str, query: str, *, by: User, confirmed: bool = False) -> SavedFilter:
    """Keep filters of the list under a name. `query` is the list's own writing of them. Raises
    `Refusal` when it narrows nothing, or when there are too many."""
    gate.check({"name": name}, confirmed=confirmed)
    if not query:
        raise Refusal(_("Choisissez d’abord un filtre dans la liste."))
    count = select(func.count()).where(SavedFilter.user_id == by.id)
    if (db.session.scalar(count) or 0) >= FILTERS_LIMIT:
        raise Refusal(_("Vous gardez déjà %(count)s filtres : oubliez-en un.", count=FILTERS_LIMIT))
    kept = SavedFilter(user_id=by.id, name=name, query=query, at=clock.now())
    db.session.add(kept)
    db.session.flush()
    return kept


def forget_filter(number: int, *, by: User) -> None:
    """Nothing happens to a filter of somebody else, or one already forgotten."""
    db.session.execute(
        delete(SavedFilter).where(SavedFilter.id == number, SavedFilter.user_id == by.id)
    )


def keep_search(words: str, *, by: User, confirmed: bool = False) -> SavedSearch:
    """Keep the words of a search, once. Raises `Refusal` when they ask nothing, or when there are
    too many."""
    gate.check({"q": words}, confirmed=confirmed)
    if not wanted(words, current.in_force()):
        raise Refusal(_("Écrivez au moins un mot à chercher."), field="q")
    kept = db.session.scalars(select(SavedSearch).where(SavedSearch.user_id == by.id)).all()
    for one in kept:
        if one.words == words:
            return one
    if len(kept) >= SEARCHES_LIMIT:
        raise Refusal(
            _("Vous gardez déjà %(count)s recherches : oubliez-en une.", count=SEARCHES_LIMIT)
        )
    search = SavedSearch(user_id=by.id, words=words)
    db.session.add(search)
    db.session.flush()
    return search


def hear_search(number: int, *, at_once: bool, by: User) -> None:
    """At once or with the digest; nothing happens to a search of somebody else."""
    db.session.execute(
        update(SavedSearch)
        .where(SavedSearch.id == number, SavedSearch.user_id == by.id)
        .values(at_once=at_once)
    )


def forget_search(number: int, *, by: User) -> None:
    """Nothing happens to a search of somebody else, or one already forgotten."""
    db.session.execute(
        delete(SavedSearch).where(SavedSearch.id == number, SavedSearch.user_id == by.id)
    )
