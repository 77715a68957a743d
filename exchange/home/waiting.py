"""What needs the reader: one line each, from what each of their roles is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange import i18n
from exchange.home import queries
from exchange.home.queries import AnyRow, Health
from exchange.i18n import gettext as _
from exchange.i18n import ngettext, show_ago, show_date
from exchange.meetings.models import MeetingState
from exchange.moderation.queue import Entry
from exchange.questions.models import Stage
from exchange.research.models import Silence

LAG = 500
"""Events that the worker may be behind before the administrator hears of it."""


AT_ONCE = 5
"""Lines of the desk shown at home."""


@dataclass(frozen=True)
class Todo:
    icon: str
    title: str
    text: str
    when: str
    href: str
    at: datetime | None = None
    """Since when it waits, when that is what `when` says."""


def in_order(found: Iterable[Todo]) -> list[Todo]:
    """What has waited longest first; then, as it came, what has a day of its own."""
    items = list(found)
    dated = [(item.at, place, item) for place, item in enumerate(items) if item.at]
    return [
        *(item for _at, _place, item in sorted(dated, key=lambda one: one[:2])),
        *(i for i in items if not i.at),
    ]


def of_asker(own: Sequence[AnyRow], opinions: Sequence[AnyRow]) -> Iterator[Todo]:
    """Questions to answer or to write anew, opinions to give, drafts to finish."""
    for row in own:
        if row.hidden_at is not None:
            yield Todo(
                "flag",
                _("Votre question est masquée le temps d’une relecture"),
                row.ref,
                _day(row.hidden_at),
                f"/questions/{row.ref}",
                row.hidden_at,
            )
        elif row.stage is Stage.RETURNED:
            yield Todo(
                "reply",
                _("Un modérateur vous demande une précision"),
                _about(row.ref, row.title),
                _day(row.stage_since),
                f"/questions/{row.ref}",
                row.stage_since,
            )
    for row in opinions:
        yield Todo(
            "hypothesis",
            _("L’hypothèse %(ref)s attend votre avis", ref=row.ref),
            _about(row.question, row.title),
            _day(row.at),
            f"/hypotheses/{row.ref}",
            row.at,
        )
    for row in own:
        if row.stage is Stage.DRAFT:
            yield Todo(
                "edit",
                _("Un brouillon à terminer"),
                row.title or _("Sans titre"),
                _day(row.edited_at),
                f"/questions/drafts/{row.id}",
                row.edited_at,
            )


def of_meetings(rows: Sequence[AnyRow]) -> Iterator[Todo]:
    """Dates to answer; one to choose, once everybody has; another, when somebody cannot come."""
    for row in rows:
        if row.state is MeetingState.FIXED:
            title = _("Quelqu’un ne pourra pas venir à la rencontre que vous avez fixée")
        elif row.mine:
            title = _("Chacun a répondu : fixez la date de la rencontre")
        else:
            title = _("Une rencontre attend votre réponse")
        yield Todo(
            "calendar",
            title,
            _about(row.ref, row.title),
            _day(row.at),
            f"/meetings/{row.id}",
            row.at,
        )


def of_team(promises: Sequence[AnyRow]) -> Iterator[Todo]:
    """News that are asked for, next steps that are late or near, claims that promise nothing."""
    today = i18n.local_today()
    for row in promises:
        href = f"/questions/{row.ref}"
        if row.silence is not Silence.NONE:
            title = _("Des nouvelles de votre équipe sont attendues")
            when = _("les dernières : %(day)s", day=show_date(row.updated_at))
            yield Todo("clock", title, _about(row.ref, row.title), when, f"/claims/{row.id}/update")
        elif row.next_step_on is None:
            if not row.next_step:
                title = _("Votre équipe n’a pas annoncé de prochaine étape")
                yield Todo("calendar", title, _about(row.ref, row.title), "", href)
        elif row.next_step_on < today:
            when = _("promise pour le %(day)s", day=show_date(row.next_step_on))
            title = _("En retard : %(step)s", step=row.next_step)
            yield Todo("alert", title, _about(row.ref, row.title), when, href)
        elif row.next_step_on <= today + queries.SOON:
            when = _("pour le %(day)s", day=show_date(row.next_step_on))
            yield Todo("calendar", row.next_step, _about(row.ref, row.title), when, href)


def of_desk(entries: Sequence[Entry]) -> Iterator[Todo]:
    """The head of the queue, with its age against the promise: first what only the desk can
    decide."""
    for entry in sorted(entries, key=lambda entry: not entry.at_desk)[:AT_ONCE]:
        about = [_(entry.label), entry.ref, entry.about]
        yield Todo(
            "alert" if entry.left < 0 else entry.icon,
            entry.title,
            " · ".join(dict.fromkeys(filter(None, about))),
            _left(entry.left),
            entry.href,
        )


def of_site(health: Health) -> Iterator[Todo]:
    """What is wrong with the worker and the mail; nothing when all is well."""
    if health.lag > LAG:
        title = ngettext(
            "Le travail de fond a %(num)s événement de retard",
            "Le travail de fond a %(num)s événements de retard",
            health.lag,
        )
        yield Todo("clock", title, health.trouble, "", "/admin")
    if health.parked:
        title = ngettext(
            "%(num)s événement mis de côté", "%(num)s événements mis de côté", health.parked
        )
        yield Todo("alert", title, _("Le travail de fond n’a pas su les lire."), "", "/admin")
    if health.failed:
        title = ngettext(
            "%(num)s courriel n’est pas parti",
            "%(num)s courriels ne sont pas partis",
            health.failed,
        )
        yield Todo("mail", title, "", "", "/admin/mail")
    if health.late_since:
        title = _("Des courriels attendent de partir")
        yield Todo("mail", title, "", show_ago(health.late_since), "/admin/mail")


def _about(ref: str, words: str) -> str:
    return f"{ref} · {words}"


def _day(moment: datetime) -> str:
    return show_date(moment, "d MMM")


def _left(days: int) -> str:
    if days < 0:
        return ngettext(
            "en retard de %(num)s jour ouvré", "en retard de %(num)s jours ouvrés", -days
        )
    if days == 0:
        return _("à faire aujourd’hui")
    return ngettext("reste %(num)s jour ouvré", "restent %(num)s jours ouvrés", days)
