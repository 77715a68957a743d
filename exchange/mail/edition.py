"""What digests tell: an edition is read once for all readers, then each one's share is taken.

An edition holds as long as the log says nothing new; what is a reader's own (teams, follows, how
far they read) is read when their digest leaves. Who may read what is asked of the policy, for each
reader and question. Before a moderator has read a question, it leaves the site for its asker only.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import select

from exchange import clock, db, i18n
from exchange.discussion import facts as discussion
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.i18n import ngettext
from exchange.mail import reads
from exchange.mail.phrases import PHRASES
from exchange.mail.reads import Happening, Subscriber, Topic
from exchange.people.models import AREA_LABELS, DigestPeriod, User
from exchange.questions import facts as moves
from exchange.questions.models import Audience, FollowLevel, Question, Stage
from exchange.questions.policy import any_reader, may_ask, may_claim, may_read, may_support
from exchange.questions.tags import labelled
from exchange.research.models import Hypothesis, Project
from exchange.research.policy import hypothesis_readable_by, project_readable_by
from exchange.search import standing
from exchange.search.standing import Features
from exchange.settings import Settings
from exchange.vocabulary import current

KEPT = 20_000
"""Items kept at most for the readers that follow."""

CAP = 12
"""Items in one digest; the rest is behind a link."""

NAMED = 3
"""References of waiting questions named to a moderator."""

UNCLAIMED = 3
"""Questions nobody has taken, at the foot of a digest that has something else to say."""

OLDEST = timedelta(days=31)
"""What is older is no news, even to somebody who comes back from `never`."""

SOON = timedelta(days=2)
"""How long before its date a promise of our team is recalled."""

HEADINGS = {
    "needs": _m("Ce qui vous attend"),
    "heard": _m("Des réponses pour vous"),
    "new": _m("Nouveau pour vous"),
    "moved": _m("Ça avance"),
    "waiting": _m("Personne ne s’en est encore emparé"),
}
"""The groups, in reading order."""

ACTS = {
    "claim": _m("Prendre en charge"),
    "support": _m("Nous voyons cela aussi"),
    "follow": _m("Suivre"),
    "mute": _m("Ne plus rien en recevoir"),
}
"""What a mail offers to do; each opens a page that asks to confirm."""

_ASIDE = {Stage.MERGED, Stage.DECLINED, Stage.WITHDRAWN}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of a digest. What is kept to a circle has no title and no department. `acts`:
    what can be done from here, as (words, address of the page that asks to confirm)."""

    ref: str
    title: str
    href: str
    why: str
    meta: str = ""
    acts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What one reader is told. `groups`: headings and items; `left`: how many more there are on
    the site; `last_event_id`: up to where the log is told."""

    subject: str
    groups: list[tuple[str, list[Item]]]
    left: int
    last_event_id: int
    weekly: bool


class Edition:
    """What can be told now. Fourteen queries, whatever happened and however many will read it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.upto = db.rows(reads.LAST_EVENT).scalar() or 0
        self.since = db.rows(reads.TOO_OLD, {"old": clock.now() - OLDEST}).scalar() or 0
        self._window = {"since": self.since, "upto": self.upto}
        self._read_questions()
        self._read_happenings()
        self._read_what_awaits()
        self._items: dict[tuple[object, ...], Item] = {}

    def is_current(self) -> bool:
        """Whether the log says nothing newer: one query."""
        return bool(db.rows(reads.LAST_EVENT).scalar() == self.upto)

    def subscribers(self, ids: Sequence[int]) -> dict[int, Subscriber]:
        """These readers with what is their own: seven queries."""
        return reads.subscribers(
            ids, since=self.since, upto=self.upto, waiting=[topic.id for topic in self._waiting]
        )

    def digest(self, reader: Subscriber) -> Digest | None:
        """This reader's share, in the language in force; None when it says nothing. No query but
        for a followed question with comments on a confidential hypothesis or project."""
        activity = list(self._activity(reader))
        groups: dict[str, list[Item]] = {
            "needs": [*self._desk_item(reader), *self._needs(reader)],
            "heard": self._told(reader, activity, _is_answer),
            "new": list(self._news(reader)),
            "moved": self._told(reader, activity, _is_followed),
        }
        groups = _once_each(groups)
        if not any(groups.values()):
            return None
        subject = _subject(groups)
        groups["waiting"] = list(self._unclaimed(reader, told=_refs(groups)))
        shown, left = _capped(groups)
        return Digest(
            subject=subject,
            groups=[(_(HEADINGS[name]), items) for name, items in shown.items() if items],
            left=left,
            last_event_id=self.upto,
            weekly=reader.digest is DigestPeriod.WEEKLY,
        )

    # -- reading ---------------------------------------------------------------------------

    def _read_questions(self) -> None:
        circles: dict[int, set[int]] = defaultdict(set)
        for row in db.rows(reads.CIRCLES):
            circles[row.question_id].add(row.team_id)
        self._circles = {number: frozenset(teams) for number, teams in circles.items()}
        touched = self._topics(reads.TOUCHED, **self._window)
        self._topic = {topic.id: topic for topic, _more in touched}
        self._texts = {row.id: "\n".join(row[1:]) for row in db.rows(reads.TEXTS, self._window)}
        self._features: dict[int, Features] = {}
        self._asked_by: dict[int, list[int]] = defaultdict(list)
        self._of_team: dict[int, set[int]] = defaultdict(set)
        for topic in self._topic.values():
            self._asked_by[topic.asker_id].append(topic.id)
            for team_id in {topic.team_id, topic.lead_team_id} - {None}:
                self._of_team[cast(int, team_id)].add(topic.id)
        self._team_slugs = {row.id: row.slug for row in db.rows(reads.TEAM_SLUGS)}

    def _read_happenings(self) -> None:
        hidden = set(db.rows(reads.HIDDEN).scalars())
        happened = [
            one
            for one in map(Happening._make, db.rows(reads.HAPPENED, self._window))
            if one.kind != discussion.Commented.kind or one.data["comment_id"] not in hidden
        ]
        self._published = [one for one in happened if one.kind == moves.Published.kind]
        self._story: dict[int, list[Happening]] = defaultdict(list)
        for one in happened:
            self._story[one.question_id].append(one)
        comments = [one for one in happened if one.kind == discussion.Commented.kind]
        self._read_people(comments)
        self._sealed_hypotheses = _sealed(reads.SEALED_HYPOTHESES, comments, "hypothesis_id")
        self._sealed_projects = _sealed(reads.SEALED_PROJECTS, comments, "project_id")

    def _read_people(self, comments: list[Happening]) -> None:
        self._supported: dict[int, set[int]] = defaultdict(set)
        for row in db.rows(reads.SUPPORTERS, self._window):
            self._supported[row.user_id].add(row.question_id)
        where = {one.data["comment_id"]: one.question_id for one in comments}
        self._mentioned_in: dict[int, set[int]] = defaultdict(set)
        self._mentions: set[tuple[int, int]] = set()
        for row in db.rows(reads.MENTIONED, {"first": min(where, default=0)}):
            if row.comment_id in where:
                self._mentions.add((row.comment_id, row.user_id))
                self._mentioned_in[row.user_id].add(where[row.comment_id])

    def _read_what_awaits(self) -> None:
        self._returned: dict[int, list[Topic]] = defaultdict(list)
        for topic, _more in self._topics(reads.RETURNED):
            self._returned[topic.asker_id].append(topic)
        self._awaited: dict[int, list[tuple[Topic, str]]] = defaultdict(list)
        for topic, (hypothesis,) in self._topics(reads.AWAITED):
            self._awaited[topic.asker_id].append((topic, hypothesis))
        self._promised: dict[int, list[tuple[Topic, date]]] = defaultdict(list)
        # A day more than the reader's: theirs may have begun where it is later.
        soon = clock.now().date() + SOON + timedelta(days=1)
        for topic, (team_id, day) in self._topics(reads.PROMISED, soon=soon):
            self._promised[team_id].append((topic, day))
        self._waiting = [topic for topic, _more in self._topics(reads.WAITING)]
        self._desk = [str(row.ref) for row in db.rows(reads.DESK)]

    def _topics(self, statement: Any, **values: object) -> list[tuple[Topic, tuple[Any, ...]]]:
        return reads.topics(db.rows(statement, values).all(), self._circles)

    def names(self, comment: Happening, reader: Subscriber) -> bool:
        """Whether a comment names this reader."""
        return (comment.data["comment_id"], reader.id) in self._mentions

    def has_support(self, topic: Topic, reader: Subscriber) -> bool:
        """Whether this reader said that they see it too."""
        return topic.id in self._supported.get(reader.id, ())

    # -- the groups ------------------------------------------------------------------------

    def _desk_item(self, reader: Subscriber) -> Iterator[Item]:
        """For moderators: how many wait, by reference only. What nobody has moderated stays on
        the site."""
        if reader.is_moderator and self._desk:
            yield Item(
                ref="",
                title=ngettext(
                    "%(num)s question attend au triage",
                    "%(num)s questions attendent au triage",
                    len(self._desk),
                ),
                href=f"{self.settings.address}/triage",
                why=", ".join(self._desk[:NAMED]) + (" …" if len(self._desk) > NAMED else ""),
            )

    def _needs(self, reader: Subscriber) -> Iterator[Item]:
        """What waits for an act of the reader or of their team, new or not."""
        if may_ask(cast(User, reader)):
            for topic in self._returned[reader.id]:
                day = i18n.show_date(topic.stage_since)
                why = _("Un modérateur vous demande une précision depuis le %(day)s", day=day)
                yield self._item(topic, why)
            for topic, hypothesis in self._awaited[reader.id]:
                why = _("L’hypothèse %(ref)s attend votre avis", ref=hypothesis)
                yield self._item(topic, why, path=f"/hypotheses/{hypothesis}")
        for topic, promised in self._promised_by(reader.team_ids):
            if promised <= i18n.local_today() + SOON and _may_read(reader, topic):
                yield self._item(topic, _promise(promised))

    def _promised_by(self, team_ids: Iterable[int]) -> list[tuple[Topic, date]]:
        found = [one for team_id in team_ids for one in self._promised.get(team_id, ())]
        return sorted(found, key=lambda one: (one[1], one[0].id))

    def _news(self, reader: Subscriber) -> Iterator[Item]:
        """Questions published in the reader's areas, by a team or with a tag they watch, or that
        fit a filter or a search they keep; the newest first."""
        since = max(reader.digest_event_id, self.since)
        for one in self._published:
            if one.id <= since:
                return
            topic = self._topic[one.question_id]
            if (
                topic.stage not in _ASIDE
                and topic.asker_id != reader.id
                and (why := self._why_new(topic, reader)) is not None
                and _is_fresh(one, reader)
                and _may_hear(reader, topic)
            ):
                day = _("Publiée le %(day)s", day=i18n.show_date(one.at))
                told = " · ".join(filter(None, (day, why)))
                yield self._item(topic, told, acts=_acts(reader, topic))

    def _why_new(self, topic: Topic, reader: Subscriber) -> str | None:
        """What makes it news; nothing more than its day to whoever chose no area."""
        for one in reader.filters:
            if one.fits(topic, self._team_slugs):
                return _("votre filtre « %(name)s »", name=one.name)
        for search in reader.searches:
            if standing.fits(search.asked, self._features_of(topic)):
                return _("votre recherche « %(words)s »", words=search.words)
        if reader.watched and not reader.watched.isdisjoint({topic.team_id, topic.lead_team_id}):
            return _("une équipe que vous suivez")
        for tag, label in labelled(reader.tags, i18n.get_locale()):
            if tag in topic.tags:
                return _("l’étiquette « %(name)s », que vous suivez", name=label)
        if topic.area in reader.areas:
            return _("dans vos domaines")
        return None if reader.areas else ""

    def _features_of(self, topic: Topic) -> Features:
        """What a new question says, read once for all who search."""
        if topic.id not in self._features:
            text = self._texts.get(topic.id, "")
            self._features[topic.id] = standing.features(text, topic.tags, current.in_force())
        return self._features[topic.id]

    def _activity(self, reader: Subscriber) -> Iterator[tuple[Topic, list[Happening]]]:
        """What others did on the questions that concern the reader, the newest first."""
        found = []
        for number in self._concerning(reader):
            topic = self._topic[number]
            fresh = [one for one in self._story[number] if self._counts(one, topic, reader)]
            if fresh and _may_hear(reader, topic):
                found.append((topic, fresh))
        yield from sorted(found, key=lambda one: -one[1][0].id)

    def _concerning(self, reader: Subscriber) -> set[int]:
        follows = {n for n, level in reader.levels.items() if level is FollowLevel.FOLLOW}
        return (
            (follows & self._topic.keys())
            | set(self._asked_by.get(reader.id, ()))
            | self._supported.get(reader.id, set())
            | self._mentioned_in.get(reader.id, set())
            | {n for team_id in reader.watched for n in self._of_team.get(team_id, ())}
        )

    def _counts(self, one: Happening, topic: Topic, reader: Subscriber) -> bool:
        """News for this reader; a comment on a hypothesis or project only for whoever may read
        that."""
        if one.id <= max(reader.digest_event_id, self.since) or not _is_fresh(one, reader):
            return False
        if one.kind != discussion.Commented.kind:
            return True
        hypothesis_id, project_id = one.data["hypothesis_id"], one.data["project_id"]
        if hypothesis_id in self._sealed_hypotheses:
            return _reads_hypothesis(reader, hypothesis_id)
        if project_id in self._sealed_projects:
            return _reads_project(reader, project_id)
        return True

    def _told(
        self,
        reader: Subscriber,
        activity: list[tuple[Topic, list[Happening]]],
        wanted: Callable[["Edition", Happening, Topic, Subscriber], bool],
    ) -> list[Item]:
        """What happened on each question: the last thing that is not a comment, and how many
        there are."""
        items = []
        for topic, happened in activity:
            kinds = [one.kind for one in happened if wanted(self, one, topic, reader)]
            if kinds:
                items.append(self._item(topic, _kinds(kinds), acts=("mute",)))
        return items

    def _unclaimed(self, reader: Subscriber, *, told: set[str]) -> Iterator[Item]:
        """The questions that have been open for longest in the reader's areas."""
        left = UNCLAIMED
        for topic in self._waiting:
            if (
                topic.ref not in told
                and topic.asker_id != reader.id
                and (not reader.areas or topic.area in reader.areas)
                and reader.levels.get(topic.id) is not FollowLevel.MUTE
                and _may_hear(reader, topic)
            ):
                day = i18n.show_date(topic.stage_since)
                why = _("Ouverte depuis le %(day)s", day=day)
                yield self._item(topic, why, acts=_acts(reader, topic))
                left -= 1
                if not left:
                    return

    # -- one line --------------------------------------------------------------------------

    def _item(self, topic: Topic, why: str, *, path: str = "", acts: tuple[str, ...] = ()) -> Item:
        """The line of a question, made once for all to whom it says the same."""
        key = (i18n.get_locale(), topic.id, why, path, acts)
        if key not in self._items:
            if len(self._items) > KEPT:
                self._items.clear()
            self._items[key] = self._make_item(topic, why, path, acts)
        return self._items[key]

    def _make_item(self, topic: Topic, why: str, path: str, acts: tuple[str, ...]) -> Item:
        here = f"{self.settings.address}/questions/{topic.ref}"
        sealed = topic.audience is Audience.CIRCLE
        house = f"{topic.department} ({topic.institution})" if topic.department else ""
        return Item(
            ref=topic.ref,
            title=_("Question réservée à un cercle") if sealed else topic.title,
            href=f"{self.settings.address}{path}" if path else here,
            why=_("À lire sur le site") if sealed else why,
            meta=" · ".join(filter(None, (topic.ref, _(AREA_LABELS[topic.area]), house)))
            if not sealed
            else topic.ref,
            acts=() if sealed else tuple((_(ACTS[act]), f"{here}/{act}") for act in acts),
        )


# -- who -----------------------------------------------------------------------------------------


def _may_read(reader: Subscriber, topic: Topic) -> bool:
    return may_read(cast(User, reader), cast(Question, topic))


def _may_hear(reader: Subscriber, topic: Topic) -> bool:
    """May read it, and a moderator has."""
    return (topic.published_at is not None or topic.asker_id == reader.id) and _may_read(
        reader, topic
    )


def _reads_hypothesis(reader: Subscriber, number: int) -> bool:
    """May read a confidential hypothesis: one query."""
    rule = hypothesis_readable_by(any_reader(moderator=reader.is_moderator))
    statement = select(Hypothesis.id).join(Question, Question.id == Hypothesis.question_id)
    values = {"me": reader.id, "teams": reader.team_ids}
    return bool(db.rows(statement.where(Hypothesis.id == number, rule), values).first())


def _reads_project(reader: Subscriber, number: int) -> bool:
    """May read a confidential project: one query."""
    rule = project_readable_by(any_reader(moderator=reader.is_moderator))
    values = {"me": reader.id, "teams": reader.team_ids}
    return bool(db.rows(select(Project.id).where(Project.id == number, rule), values).first())


def _sealed(statement: Any, comments: Sequence[Happening], name: str) -> set[int]:
    """Those of the hypotheses or projects commented that are confidential: a query if any is."""
    ids = {one.data[name] for one in comments} - {None}
    return set(db.rows(statement, {"ids": list(ids)}).scalars()) if ids else set()


def _is_fresh(one: Happening, reader: Subscriber) -> bool:
    """By somebody else, neither muted nor read on the site."""
    return (
        one.actor_id != reader.id
        and reader.levels.get(one.question_id) is not FollowLevel.MUTE
        and reader.read_up_to.get(one.question_id, 0) < one.id
    )


def _is_answer(edition: Edition, one: Happening, topic: Topic, reader: Subscriber) -> bool:
    """An answer to the reader: words on their own question, words that name them, the conclusion
    of what they asked or see too."""
    mine = topic.asker_id == reader.id
    if one.kind == discussion.Commented.kind:
        return mine or edition.names(one, reader)
    return one.kind == moves.Concluded.kind and (mine or edition.has_support(topic, reader))


def _is_followed(edition: Edition, _one: Happening, topic: Topic, reader: Subscriber) -> bool:
    return (
        topic.asker_id == reader.id
        or reader.levels.get(topic.id) is FollowLevel.FOLLOW
        or not reader.watched.isdisjoint({topic.team_id, topic.lead_team_id})
    )


# -- how -----------------------------------------------------------------------------------------


def _acts(reader: Subscriber, topic: Topic) -> tuple[str, ...]:
    """What the reader may do with an open question, from the mail."""
    user, question = cast(User, reader), cast(Question, topic)
    if topic.stage is Stage.OPEN and may_claim(user, question):
        return "claim", "follow"
    return ("support", "follow") if may_support(user, question) else ("follow",)


def _promise(day: date) -> str:
    told = i18n.show_date(day)
    if day < i18n.local_today():
        return _("Étape promise par votre équipe pour le %(day)s : la date est passée", day=told)
    return _("Étape promise par votre équipe pour le %(day)s", day=told)


def _kinds(kinds: Sequence[str]) -> str:
    comments = sum(kind == discussion.Commented.kind for kind in kinds)
    other = next((kind for kind in kinds if kind != discussion.Commented.kind), None)
    told = [_(PHRASES[other])] if other else []
    if comments:
        told.append(ngettext("%(num)s commentaire", "%(num)s commentaires", comments))
    return " · ".join(told)


def _once_each(groups: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """A question stands where it matters most; several acts may be needed on one."""
    seen = {item.ref for item in groups["needs"]}
    kept = {"needs": groups["needs"]}
    for name in ("heard", "new", "moved"):
        kept[name] = [item for item in groups[name] if item.ref not in seen]
        seen |= {item.ref for item in kept[name]}
    return kept


def _refs(groups: dict[str, list[Item]]) -> set[str]:
    return {item.ref for items in groups.values() for item in items}


def _capped(groups: dict[str, list[Item]]) -> tuple[dict[str, list[Item]], int]:
    """The first `CAP` items, and how many are left."""
    room = CAP
    shown: dict[str, list[Item]] = {}
    for name in HEADINGS:
        shown[name] = groups[name][:room]
        room -= len(shown[name])
    return shown, sum(map(len, groups.values())) - (CAP - room)


def _subject(groups: dict[str, list[Item]]) -> str:
    day = i18n.show_date(clock.now())
    if count := len(groups["needs"]):
        return ngettext(
            "Le point du %(day)s : %(num)s chose vous attend",
            "Le point du %(day)s : %(num)s choses vous attendent",
            count,
            day=day,
        )
    count = sum(map(len, groups.values()))
    return ngettext(
        "Le point du %(day)s : %(num)s nouvelle",
        "Le point du %(day)s : %(num)s nouvelles",
        count,
        day=day,
    )
