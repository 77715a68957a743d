"""Peers of single sign-on."""

from collections.abc import Iterator

import pytest

from tests.people.sso.mock import Mock


@pytest.fixture(scope="session")
def _mock() -> Iterator[Mock]:
    mock = Mock()
    yield mock
    mock.close()


@pytest.fixture
def mock(_mock: Mock) -> Mock:
    _mock.reset()
    return _mock
