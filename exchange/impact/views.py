"""HTTP of the figures. Each figure leads to its questions, each table to its files."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, abort, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from exchange import clock, web
from exchange.access import access, me
from exchange.i18n import get_locale, ngettext, show_number
from exchange.i18n import gettext as _
from exchange.i18n import mark as _m
from exchange.impact import board as boards
from exchange.impact import queries, targets
from exchange.impact.board import SUM_LABELS, Board, Sum
from exchange.impact.figures import (
    DELAY_LABELS,
    SHORT_LABELS,
    STEP_LABELS,
    STEPS,
    Course,
    Line,
    Promise,
    Rate,
    Step,
)
from exchange.impact.forms import FILTER_LABELS, Filters
from exchange.impact.queries import Followed, Result, Scope
from exchange.impact.targets import Standing, Target
from exchange.people.models import AREA_LABELS, Area
from exchange.questions import tags
from exchange.questions.models import STAGE_LABELS
from exchange.research.models import OUTCOME_LABELS, OutcomeKind
from exchange.tables import MIMETYPES, Cell, Table, written

bp = Blueprint("impact", __name__)

SHOWN = 200
"""Questions, or outcomes, on a page; the files hold them all."""

FIGURE_LABELS = {
    Step.QUESTION: _m("Questions publiées"),
    Step.CLAIM: _m("Questions prises en charge, un jour au moins"),
    Step.HYPOTHESIS: _m("Questions qui ont eu une hypothèse"),
    Step.PROJECT: _m("Questions devenues un projet"),
    Step.OUTCOME: _m("Questions avec un résultat"),
    "no-claim": _m("Questions qui n’ont jamais été prises en charge et attendent"),
    "no-hypothesis": _m("Questions prises en charge, sans hypothèse encore"),
    "no-project": _m("Questions avec une hypothèse, sans projet encore"),
    "no-outcome": _m("Questions devenues un projet, sans résultat encore"),
    "unclaimed": _m("Questions ouvertes, sans équipe aujourd’hui"),
    "soon": _m("Questions prises en charge en 90 jours au plus"),
    "ripe": _m("Questions publiées depuis 90 jours au moins"),
    "kept": _m("Questions décidées dans le délai promis"),
    "due": _m("Questions dont la décision est venue, ou aurait dû venir"),
    "across": _m("Questions prises en charge par un autre établissement"),
    "clinicians": _m("Questions sur lesquelles des cliniciens ont agi"),
    "labs": _m("Questions sur lesquelles des équipes de recherche ont agi"),
}


@bp.get("/impact")
@access()
def board() -> ResponseReturnValue:
    """The figures: twelve queries at most, whatever the size."""
    asked = _asked()
    followed = queries.followed()
    if same := web.unchanged(
        "impact",
        request.full_path,
        asked.last,
        asked.promise.days,
        asked.targets,
        sorted(followed.areas),
        sorted(followed.tags),
    ):
        return same
    read = _read(asked, followed)
    filters = asked.filters
    return web.page(
        "impact/board.html",
        board=read,
        filters=filters,
        applied=not asked.scope.is_whole,
        labels=FILTER_LABELS,
        chips=filters.chips("/impact"),
        promise=asked.promise.days,
        top=_top(read, filters, asked.promise.days),
        funnel=[
            {"label": _(STEP_LABELS[step]), "value": count, "href": _list(filters, step)}
            for step, count in read.funnel.items()
        ],
        delays=_delays(read, filters),
        breakdowns=_breakdowns(read, filters),
        steps=[_(SHORT_LABELS[step]) for step in STEPS],
        waiting=_waiting(read, filters),
        unfollowed=_unfollowed(read, filters),
        targets=[_standing(standing) for standing in read.standings],
        kinds=_kinds(read.results),
        sums=[_sum(one, filters) for one in read.sums],
        results=_by_kind(read.results[:SHOWN]),
        results_total=len(read.results),
        shown=SHOWN,
        file=lambda name: filters.address(f"/impact/{name}"),
    )


@bp.get("/impact/questions")
@access()
def evidence() -> ResponseReturnValue:
    """The questions behind a figure: nine queries at most."""
    asked = _asked()
    figure = _figure()
    courses = boards.evidence(me(), asked.scope, asked.promise, figure)
    filters = asked.filters
    return web.page(
        "impact/questions.html",
        title=_(FIGURE_LABELS[figure]),
        filters=filters,
        chips=filters.chips("/impact/questions", figure=figure),
        rows=_rows(asked, courses[:SHOWN]),
        total=len(courses),
        steps=[_(SHORT_LABELS[step]) for step in STEPS[1:]],
        back=filters.address("/impact"),
        file=lambda name: filters.address(f"/impact/{name}", figure=figure),
    )


@bp.get("/impact/sums/<any(patients,jobs,funds):name>")
@access()
def total(name: str) -> ResponseReturnValue:
    """The results that add up to a sum, with the filters of the page: four queries."""
    asked = _asked()
    added = boards.Sum.of(name, queries.results(me(), asked.scope))
    filters = asked.filters
    return web.page(
        "impact/sum.html",
        title=_(SUM_LABELS[name]),
        added=added,
        labels=OUTCOME_LABELS,
        chips=filters.chips(f"/impact/sums/{name}"),
        filters=filters,
        back=filters.address("/impact"),
        file=lambda table: filters.address(f"/impact/{table}"),
    )


@bp.get("/impact/targets/<name>")
@access()
def target(name: str) -> ResponseReturnValue:
    """What counts for a target: four queries."""
    settings = web.settings()
    chosen = [one for one in targets.of(settings.targets_file) if one.name == name]
    if not chosen:
        abort(404)
    (standing,) = boards.standings(me(), Scope(settings.zone()), chosen)
    return web.page(
        "impact/target.html",
        title=chosen[0].label(get_locale()),
        standing=standing,
        told=_standing(standing),
    )


@bp.get(
    "/impact/<any(funnel,rates,areas,institutions,years,unfollowed,outcomes,targets,questions):name>"
    ".<any(csv,xlsx):form>"
)
@access()
def table(name: str, form: str) -> ResponseReturnValue:
    """A table as a file, with the filters of the page: eleven queries at most."""
    asked = _asked()
    if name == "questions":
        figure = _figure()
        made = _questions(asked, boards.evidence(me(), asked.scope, asked.promise, figure))
    else:
        made = TABLES[name](_read(asked, queries.followed()))
    response = make_response(written(made, form))
    response.headers["Content-Type"] = MIMETYPES[form]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


# -- what the address asks ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    filters: Filters
    scope: Scope
    promise: Promise
    houses: Sequence[Row[*tuple[Any, ...]]]
    targets: Sequence[Target]
    last: int | None


def _asked() -> _Asked:
    """The address, read against what exists: two queries."""
    zone = web.settings().zone()
    houses = queries.institutions()
    version = queries.version(me())
    this_year = clock.now().astimezone(zone).year
    first_year = version.first.astimezone(zone).year if version.first else this_year
    filters = Filters.read(
        request.args.to_dict(flat=False),
        institutions=houses,
        years=range(this_year, first_year - 1, -1),
    )
    chosen = filters.chosen
    ids = {house.slug: house.id for house in houses}
    scope = Scope(
        zone=zone,
        area=Area(chosen["area"]) if "area" in chosen else None,
        institution_id=ids[chosen["institution"]] if "institution" in chosen else None,
        year=int(chosen["year"]) if "year" in chosen else None,
    )
    settings = web.settings()
    promise = Promise(settings.decision_days, zone)
    return _Asked(filters, scope, promise, houses, targets.of(settings.targets_file), version.last)


def _read(asked: _Asked, followed: Followed) -> Board:
    return boards.read(me(), asked.scope, asked.promise, asked.houses, asked.targets, followed)


def _figure() -> str:
    figure = request.args.get("figure", Step.QUESTION)
    if figure not in boards.FIGURES:
        abort(404)
    return figure


# -- figures in words, each with the address of its list ----------------------------------------


def _list(filters: Filters, figure: str, **narrower: str) -> str:
    """The address of the questions behind a figure; the list that everybody knows where it holds
    the very same ones."""
    year = {**filters.chosen, **narrower}.get("year")
    if figure == "unclaimed" and year is None:
        return filters.address("/questions", unclaimed="1", **narrower)
    return filters.address("/impact/questions", figure=figure, **narrower)


def _days(days: float | None) -> str:
    """Days for people: a decimal below ten, nothing where nothing is known."""
    if days is None:
        return ""
    return show_number(round(days, 1) if days < 10 else round(days))


def _unbroken(text: str) -> str:
    """On one line, however narrow the chart."""
    return text.replace(" ", "\u00a0")


def _percent(rate: Rate) -> str:
    return "" if rate.percent is None else _("%(share)s %%", share=round(rate.percent))


def _top(board: Board, filters: Filters, promise: int) -> list[dict[str, str]]:
    """The figures in large, n beside each rate."""
    people = board.participation
    period = (
        _("en %(year)s", year=filters.chosen["year"])
        if "year" in filters.chosen
        else _("depuis douze mois")
    )
    return [
        {
            "label": _("prises en charge en 90 jours"),
            "value": _percent(board.soon) or "–",
            "note": _("%(part)s sur n = %(n)s", part=board.soon.part, n=board.soon.n),
            "href": _list(filters, "soon"),
        },
        {
            "label": ngettext(
                "décidées en %(num)s jour ouvré", "décidées en %(num)s jours ouvrés", promise
            ),
            "value": _percent(board.kept) or "–",
            "note": _("%(part)s sur n = %(n)s", part=board.kept.part, n=board.kept.n),
            "href": _list(filters, "kept"),
        },
        {
            "label": _("engagements d’un autre établissement"),
            "value": _percent(board.across) or "–",
            "note": _("%(part)s sur n = %(n)s", part=board.across.part, n=board.across.n),
            "href": _list(filters, "across"),
        },
        {
            "label": ngettext("clinicien actif", "cliniciens actifs", people.clinicians),
            "value": show_number(people.clinicians),
            "note": period,
            "href": _list(filters, "clinicians"),
        },
        {
            "label": ngettext("équipe active", "équipes actives", people.labs),
            "value": show_number(people.labs),
            "note": period,
            "href": _list(filters, "labs"),
        },
    ]


def _delays(board: Board, filters: Filters) -> list[dict[str, Any]]:
    return [
        {
            "label": _(DELAY_LABELS[delay.step]),
            "value": delay.days.median or 0,
            "shown": _unbroken(_("%(days)s j", days=_days(delay.days.median)))
            if delay.days.median is not None
            else _("pas encore"),
            "n": delay.n,
            "reached": delay.reached,
            "waiting": delay.waiting,
            "waiting_href": _list(filters, f"no-{delay.step}"),
            "href": _list(filters, delay.step),
            "first": _days(delay.days.first),
            "median": _days(delay.days.median),
            "third": _days(delay.days.third),
        }
        for delay in board.delays
    ]


def _waiting(board: Board, filters: Filters) -> list[dict[str, Any]]:
    """Open questions without a team, by area."""
    return [
        {
            "label": line.label,
            "value": line.unclaimed,
            "shown": _unbroken(
                _(
                    "%(unclaimed)s sur %(n)s",
                    unclaimed=show_number(line.unclaimed),
                    n=show_number(line.reached[Step.QUESTION]),
                )
            ),
            "href": _list(filters, "unclaimed", area=line.key),
        }
        for line in board.areas
    ]


def _unfollowed(board: Board, filters: Filters) -> list[dict[str, Any]]:
    """Areas, then tags, of which nobody asked to hear, each with its published questions."""
    areas = [
        {
            "kind": _("Domaine"),
            "label": line.label,
            "count": line.reached[Step.QUESTION],
            "href": _list(filters, Step.QUESTION, area=line.key),
        }
        for line in board.unfollowed
    ]
    labels = dict(tags.labelled(board.unfollowed_tags, get_locale()))
    return areas + [
        {
            "kind": _("Étiquette"),
            "label": labels[key],
            "count": count,
            "href": f"/questions?tag={key}",
        }
        for key, count in board.unfollowed_tags.items()
        if key in labels
    ]


def _sum(added: Sum, filters: Filters) -> dict[str, str]:
    n = len(added.results)
    return {
        "label": _(SUM_LABELS[added.name]),
        "value": show_number(added.total),
        "note": ngettext("de %(num)s résultat", "de %(num)s résultats", n),
        "href": filters.address(f"/impact/sums/{added.name}"),
    }


def _breakdowns(board: Board, filters: Filters) -> list[dict[str, Any]]:
    """By area, institution and year; each line narrows the page, each count leads to its list."""
    return [
        {
            "name": name,
            "title": title,
            "head": _(FILTER_LABELS[key]),
            "lines": [_line(line, key, filters) for line in lines],
        }
        for name, key, title, lines in (
            ("areas", "area", _("Par domaine"), board.areas),
            ("institutions", "institution", _("Par établissement qui pose"), board.institutions),
            ("years", "year", _("Par année d’envoi"), board.years),
        )
    ]


def _line(line: Line, key: str, filters: Filters) -> dict[str, Any]:
    here = {key: line.key}
    asked, claimed = line.reached[Step.QUESTION], line.reached[Step.CLAIM]
    return {
        "label": line.label,
        "href": filters.address("/impact", **here),
        "steps": [
            {"label": _(SHORT_LABELS[step]), "count": count, "href": _list(filters, step, **here)}
            for step, count in line.reached.items()
        ],
        "share": _percent(Rate(claimed, asked)),
        "nobody": asked > 0 and claimed == 0,
        "unclaimed": line.unclaimed,
        "unclaimed_href": _list(filters, "unclaimed", **here),
        "oldest": _days(line.oldest),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    """A target in words, with the address of what counts for it."""
    target = standing.target
    if target.goal is None and target.baseline is None:
        base = _("à fixer")
    else:
        base = show_number(target.baseline or 0)
    return {
        "label": target.label(get_locale()),
        "href": f"/impact/targets/{target.name}",
        "base": base,
        "today": standing.today,
        "aim": _("+ %(growth)s %%", growth=target.growth)
        if target.aim is None
        else show_number(target.aim),
        "percent": standing.percent,
        "share": "" if standing.percent is None else _share(standing.percent),
        "works": standing.works,
    }


def _share(percent: float) -> str:
    return _(
        "%(share)s %%", share=show_number(round(percent, 1) if percent < 10 else round(percent))
    )


def _kinds(results: Sequence[Result]) -> list[dict[str, Any]]:
    counts = Counter(result.kind for result in results)
    return [
        {"label": _(OUTCOME_LABELS[kind]), "value": counts[kind], "href": f"#kind-{kind}"}
        for kind in OutcomeKind
        if counts[kind]
    ]


def _by_kind(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Outcomes by kind, in the order of the kinds, the latest first."""
    return [
        {"kind": kind, "label": _(OUTCOME_LABELS[kind]), "results": found}
        for kind in OutcomeKind
        if (found := [result for result in results if result.kind is kind])
    ]


def _rows(asked: _Asked, courses: Sequence[Course]) -> list[dict[str, Any]]:
    """Questions with the day of each step: one query."""
    names = queries.names(me(), asked.scope)
    houses = {house.id: house.short for house in asked.houses}
    return [
        {
            "ref": names[course.id].ref,
            "title": names[course.id].title,
            "lang": names[course.id].language,
            "area": _(AREA_LABELS[course.area]),
            "institution": houses.get(course.institution_id, ""),
            "stage": _(STAGE_LABELS[course.stage]),
            "sent": _day(course.submitted, asked),
            "steps": [_day(instant, asked) for instant in course.steps],
        }
        for course in courses
    ]


def _day(instant: int | None, asked: _Asked) -> date | None:
    if instant is None:
        return None
    return datetime.fromtimestamp(instant, UTC).astimezone(asked.scope.zone).date()


# -- tables for files ---------------------------------------------------------------------------


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)


def _funnel_table(board: Board) -> Table:
    delays: dict[Step, Sequence[Cell]] = {
        delay.step: (
            delay.n,
            delay.waiting,
            _rounded(delay.days.first),
            _rounded(delay.days.median),
            _rounded(delay.days.third),
        )
        for delay in board.delays
    }
    published = board.funnel[Step.QUESTION]
    return Table(
        _("Parcours"),
        (
            _("Étape"),
            _("Questions"),
            _("Part des publiées (%)"),
            _("Venues de l’étape d’avant (n)"),
            _("Attendent encore"),
            _("Premier quartile (jours)"),
            _("Médiane (jours)"),
            _("Troisième quartile (jours)"),
        ),
        [
            (
                _(STEP_LABELS[step]),
                count,
                _rounded(Rate(count, published).percent),
                *delays.get(step, (None,) * 5),
            )
            for step, count in board.funnel.items()
        ],
    )


def _rates_table(board: Board) -> Table:
    people = board.participation
    return Table(
        _("Indicateurs"),
        (_("Indicateur"), _("Nombre"), _("n"), _("Part (%)")),
        [
            *(
                (label, rate.part, rate.n, _rounded(rate.percent))
                for label, rate in (
                    (_("Prises en charge en 90 jours"), board.soon),
                    (_("Décidées dans le délai promis"), board.kept),
                    (_("Engagements d’un autre établissement"), board.across),
                )
            ),
            (_("Cliniciens actifs"), people.clinicians, None, None),
            (_("Équipes de recherche actives"), people.labs, None, None),
            *((_(SUM_LABELS[one.name]), one.total, len(one.results), None) for one in board.sums),
        ],
    )


def _lines_table(title: str, key: str, lines: Sequence[Line]) -> Table:
    return Table(
        title,
        (
            _(FILTER_LABELS[key]),
            *(_(STEP_LABELS[step]) for step in STEPS),
            _("Sans équipe aujourd’hui"),
            _("Plus longue attente (jours)"),
        ),
        [
            (
                line.label,
                *line.reached.values(),
                line.unclaimed,
                _rounded(line.oldest),
            )
            for line in lines
        ],
    )


def _unfollowed_table(board: Board) -> Table:
    return Table(
        _("Que personne ne suit"),
        (_("Genre"), _("Domaine ou étiquette"), _("Questions publiées")),
        [
            (row["kind"], row["label"], row["count"])
            for row in _unfollowed(board, Filters({}, (), {}))
        ],
    )


def _outcomes_table(board: Board) -> Table:
    return Table(
        _("Résultats"),
        (
            _("Genre"),
            _("Date"),
            _("Résultat"),
            _("Preuve"),
            _("Projet"),
            _("Titre du projet"),
            _("Questions"),
            _("Nombre"),
        ),
        [
            (
                _(OUTCOME_LABELS[result.kind]),
                result.on.isoformat(),
                result.summary,
                result.reference,
                ", ".join(work.ref for work in result.works),
                ", ".join(work.title for work in result.works),
                ", ".join(question.ref for question in result.questions),
                result.quantity,
            )
            for result in board.results
        ],
    )


def _targets_table(board: Board) -> Table:
    return Table(
        _("Objectifs"),
        (
            _("Objectif"),
            _("Base"),
            _("Aujourd’hui"),
            _("Visé"),
            _("Part (%)"),
            _("Projets"),
        ),
        [
            (
                standing.target.label(get_locale()),
                standing.target.baseline,
                standing.today,
                standing.target.aim,
                _rounded(standing.percent),
                ", ".join(work.ref for work in standing.works),
            )
            for standing in board.standings
        ],
    )


def _questions(asked: _Asked, courses: Sequence[Course]) -> Table:
    return Table(
        _("Questions"),
        (
            _("Référence"),
            _("Titre"),
            _("Domaine"),
            _("Établissement"),
            _("Étape"),
            _("Envoyée"),
            *(_(STEP_LABELS[step]) for step in STEPS),
        ),
        [
            (
                row["ref"],
                row["title"],
                row["area"],
                row["institution"],
                row["stage"],
                *(day.isoformat() if day else None for day in (row["sent"], *row["steps"])),
            )
            for row in _rows(asked, courses)
        ],
    )


TABLES: dict[str, Callable[[Board], Table]] = {
    "funnel": _funnel_table,
    "rates": _rates_table,
    "areas": lambda board: _lines_table(_("Domaines"), "area", board.areas),
    "institutions": lambda board: _lines_table(
        _("Établissements"), "institution", board.institutions
    ),
    "years": lambda board: _lines_table(_("Années"), "year", board.years),
    "unfollowed": _unfollowed_table,
    "outcomes": _outcomes_table,
    "targets": _targets_table,
}
"""The tables of the page, by the name of their files."""
