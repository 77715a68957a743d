"""Languages. French is written in the source; `exchange/locales/*/messages.po` hold the English
text and the plural forms of both. Catalogues are read from the .po files themselves, so nothing
compiled can be stale.

A no-break space is put where French typography asks for one (Imprimerie nationale, *Lexique des
règles typographiques*): before : ; ? ! » and after «.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import LazyProxy, Translations

from exchange import clock
from exchange.paths import LOCALES

LOCALE_NAMES = {"fr": "Français", "en": "English"}
DEFAULT_TIMEZONE = "Europe/Paris"

_locale: ContextVar[str] = ContextVar("locale", default="fr")
_timezone: ContextVar[str] = ContextVar("timezone", default=DEFAULT_TIMEZONE)

_NO_BREAK = re.compile(r" (?=[:;?!»])|(?<=«) ")


@cache
def catalogue(locale: str) -> Translations:
    """The catalogue of a language, read once a process."""
    path = LOCALES / locale / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def typeset(text: str) -> str:
    """The same French text with its no-break spaces."""
    return _NO_BREAK.sub("\u00a0", text)


def get_locale() -> str:
    """The language in force: `fr` or `en`."""
    return _locale.get()


def set_locale(locale: str, timezone: str = DEFAULT_TIMEZONE) -> None:
    """Choose the language for the rest of this request or job."""
    _locale.set(locale if locale in LOCALE_NAMES else "fr")
    _timezone.set(timezone)


@contextmanager
def speaking(locale: str, timezone: str = DEFAULT_TIMEZONE) -> Iterator[None]:
    """Inside, texts and dates are in `locale` and `timezone`."""
    before = _locale.get(), _timezone.get()
    set_locale(locale, timezone)
    try:
        yield
    finally:
        set_locale(*before)


@lru_cache(maxsize=20_000)
def _translated(locale: str, message: str) -> str:
    text = str(catalogue(locale).gettext(message))
    return typeset(text) if locale == "fr" else text


def gettext(message: str, **values: object) -> str:
    """The message in the language in force, `%(name)s` filled in. Nothing says nothing: a catalogue
    keeps what it tells of itself under the empty message."""
    text = _translated(_locale.get(), message) if message else ""
    return text % values if values else text


@lru_cache(maxsize=20_000)
def _translated_plural(locale: str, singular: str, plural: str, num: int) -> str:
    text = str(catalogue(locale).ngettext(singular, plural, num))
    return typeset(text) if locale == "fr" else text


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """The message for `num` things; `%(num)s` is filled in. Zero is singular in French."""
    values.setdefault("num", num)
    return _translated_plural(_locale.get(), singular, plural, num) % values


def lazy_gettext(message: str) -> str:
    """A message translated when it is shown: for labels written at import time."""
    return LazyProxy(gettext, message, enable_cache=False)  # type: ignore[return-value]


def mark(message: str) -> str:
    """Mark a message for the catalogues without translating it here."""
    return message


def zone() -> ZoneInfo:
    """The reader's time zone."""
    return ZoneInfo(_timezone.get())


def show_date(moment: date | datetime | None, style: str = "d MMMM y") -> str:
    """A date for people: `12 mars 2026`."""
    if moment is None:
        return ""
    if isinstance(moment, datetime):
        moment = local_day(moment)
    return _date(_locale.get(), moment, style)


@lru_cache(maxsize=4096)
def _date(locale: str, day: date, style: str) -> str:
    shown = str(format_date(day, style, locale=locale))
    return f"1er{shown[1:]}" if _is_french_first(locale, day, style) else shown


def _is_french_first(locale: str, day: date, style: str) -> bool:
    """The first of a month is an ordinal in French, `1er mars`; CLDR writes `1 mars`."""
    return locale == "fr" and day.day == 1 and style.startswith("d ")


def show_datetime(moment: datetime | None) -> str:
    """A date and time for people, in the reader's time zone."""
    if moment is None:
        return ""
    style = "' à 'HH:mm" if _locale.get() == "fr" else "' at 'HH:mm"
    hour = format_datetime(moment, style, tzinfo=zone(), locale=_locale.get())
    return f"{show_date(moment)}{hour}"


def show_appointment(moment: datetime | None) -> str:
    """A date and time to choose or to keep, with its day of the week: `mardi 2 mars 2027 à 14:00`."""
    return f"{show_date(moment, 'EEEE')} {show_datetime(moment)}" if moment else ""


def show_ago(moment: datetime | None) -> str:
    """How long ago, in words: `il y a 3 jours`."""
    if moment is None:
        return ""
    past = moment - clock.now()
    if timedelta(minutes=-1) < past <= timedelta(0):
        return gettext("à l’instant")
    return str(
        format_timedelta(
            past, granularity="minute", add_direction=True, locale=_locale.get(), threshold=1.2
        )
    )


def show_since(moment: datetime) -> str:
    """The day from which something lasts, to stand after « depuis »: hier, mardi, le 3 novembre."""
    day, today = local_day(moment), local_today()
    days = (today - day).days
    if days <= 1:
        return gettext("hier") if days == 1 else gettext("aujourd’hui")
    if days < 7:
        return show_date(day, "EEEE")
    style = "d MMMM" if day.year == today.year else "d MMMM y"
    return show_date(day, f"'le' {style}" if _locale.get() == "fr" else style)


def show_zone(key: str) -> str:
    """A time zone by its city, to stand after « l’heure de »: Paris, La Réunion."""
    return str(get_timezone_location(key, locale=_locale.get(), return_city=True)).split("/")[-1]


def show_number(number: float | int) -> str:
    """A number with the separators of the language in force."""
    return str(format_decimal(number, locale=_locale.get()))


def local_day(moment: datetime) -> date:
    """The date of an instant where the reader is."""
    return moment.astimezone(zone()).date()


def local_today() -> date:
    """Today's date where the reader is."""
    return local_day(clock.now())


def midnight(day: date) -> datetime:
    """The instant (UTC) at which `day` begins in the time zone in force."""
    return datetime(day.year, day.month, day.day, tzinfo=zone()).astimezone(UTC)
