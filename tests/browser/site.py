"""The portal as people use it: a database of its own and `manage.py web` as a process.

Nothing here needs pytest, so that scripts/pictures.py uses the same site.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from unittest import mock

from django.contrib.auth.models import Group
from django.db import connections
from django.test import override_settings

from portal.models import User
from portal.roles import Role
from tests.support import cluster as clusters
from tests.support.cluster import Cluster
from tests.support.processes import Processes

PASSWORD = "a long password of the tests"
#: What each role's account is called, and the name that pages show.
PEOPLE: Mapping[Role, tuple[str, str, str]] = {
    Role.ADMIN: ("maya", "Maya", "Lindqvist"),
    Role.OPERATOR: ("tomas", "Tomás", "Herrera"),
    Role.APPROVER: ("noor", "Noor", "Haddad"),
    Role.AUDITOR: ("grace", "Grace", "Whitfield"),
}
#: playwright runs an event loop in this thread; Django refuses to work beside one unless told.
_BESIDE_A_LOOP = {"DJANGO_ALLOW_ASYNC_UNSAFE": "1"}


class Site:
    """A migrated database and the portal on it. `with site.inside():` works in its database."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        redis_url: str,
        environ: Mapping[str, str] | None = None,
        settings: Mapping[str, Any] | None = None,
        allowed: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`allowed` is entered before this process asks the database, for what else guards it."""
        self._cluster, self._settings = cluster, dict(settings or {})
        self._allowed = allowed
        self.name = clusters.fresh_name("browser")
        self._environ = {
            **cluster.environ(self.name),
            "REDIS_URL": redis_url,
            "ENVIRONMENT_LABEL": "Test",
            "SECRET_KEY": "of no other site",
            **(environ or {}),
        }
        self.processes = Processes(self._environ)
        self.url = ""

    @property
    def environ(self) -> Mapping[str, str]:
        """What its processes were started with."""
        return self._environ

    def start(self) -> None:
        self._cluster.create(self.name)
        _, self.url = self.processes.web()

    def stop(self) -> None:
        self.processes.end()
        self._cluster.drop(self.name)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Work in this process as a worker of the site would, with its settings."""
        before = connections["default"].settings_dict["NAME"]
        with (
            self._allowed(),
            mock.patch.dict(os.environ, {**self._environ, **_BESIDE_A_LOOP}),
            override_settings(**self._settings),
        ):
            clusters.point_django_at(self._cluster, self.name)
            try:
                yield
            finally:
                clusters.point_django_at(self._cluster, before)

    def make_accounts(self) -> None:
        """One for each role; all have PASSWORD."""
        for role, (username, first, last) in PEOPLE.items():
            user = User.objects.create_user(
                username, password=PASSWORD, first_name=first, last_name=last
            )
            user.groups.add(Group.objects.get_or_create(name=role.value)[0])
