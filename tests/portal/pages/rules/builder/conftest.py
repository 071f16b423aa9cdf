import pytest
from django.test import Client

from portal.roles import Role
from provisioning.rules.models import Rule
from tests.support.factories import client_of, make_rule, make_user


@pytest.fixture
def client() -> Client:
    return client_of(make_user(Role.OPERATOR))


@pytest.fixture
def rule() -> Rule:
    return make_rule("joiner")
