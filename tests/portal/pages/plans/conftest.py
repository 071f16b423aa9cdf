"""A database of its own for each test, actions on a shelf, and somebody who may replay."""

from collections.abc import Iterator

import pytest
from django.test import Client

from portal.roles import Role
from tests.conftest import LiveDatabase
from tests.support.actions import Shelf, installed
from tests.support.factories import client_of, make_user


@pytest.fixture
def shelf(live_db: LiveDatabase) -> Iterator[Shelf]:
    with installed() as found:
        yield found


@pytest.fixture
def client(shelf: Shelf) -> Client:
    return client_of(make_user(Role.OPERATOR))
