"""The file numbers of a hospital, told once by a setting and refused everywhere."""

import json

import pytest
from click.testing import CliRunner

from exchange.app import create_app
from exchange.cli import main
from exchange.guard import IdentityFound, check
from exchange.settings import Settings, WrongSetting

NORTH = "Nord visite = V## ###@"
TEXT = "Rechute vue en V24 118k, sous adalimumab."


def test_a_site_that_told_its_numbering_refuses_it(settings: Settings) -> None:
    create_app(settings.replaced(file_patterns=NORTH))
    with pytest.raises(IdentityFound) as caught:
        check({"problem": TEXT}, confirmed=True)
    assert caught.value.sure
    create_app(settings)
    assert check({"problem": TEXT}) == []


@pytest.mark.parametrize(("told", "found"), [(NORTH, ["V24 118k"]), ("", [])])
def test_the_command_that_tells_why_knows_it_too(told: str, found: list[str]) -> None:
    line = json.dumps({"id": 1, "text": TEXT})
    answer = CliRunner().invoke(
        main, ["guard"], input=line, env={"EXCHANGE_FILE_PATTERNS": told}, catch_exceptions=False
    )
    findings = json.loads(answer.stdout)["findings"]
    assert [TEXT[one["start"] : one["end"]] for one in findings] == found


@pytest.mark.parametrize("told", ["IPP", "IPP = ##", "= ########"])
def test_a_numbering_that_cannot_be_read_is_refused_by_its_name(told: str) -> None:
    with pytest.raises(WrongSetting, match="EXCHANGE_FILE_PATTERNS"):
        Settings.from_env({"EXCHANGE_FILE_PATTERNS": told})
