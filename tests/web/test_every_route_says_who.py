"""A route that forgets to say who may use it does not pass."""

from flask import Flask

from exchange.people.models import Role


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    silent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not _is_rule(getattr(app.view_functions[rule.endpoint], "access_rule", None))
    }
    assert silent == set()


def _is_rule(rule: object) -> bool:
    return rule == "public" or (
        isinstance(rule, tuple) and all(isinstance(role, Role) for role in rule)
    )


def test_administration_is_for_administrators(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/admin")]
    assert rules
    for rule in rules:
        view = app.view_functions[rule.endpoint]
        assert getattr(view, "access_rule", None) == (Role.ADMINISTRATOR,), rule
