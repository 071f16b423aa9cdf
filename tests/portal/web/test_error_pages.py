"""Error pages have navigation and the number of the request, and need no database."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from pytest_django import Settings

from portal.views import errors


@pytest.mark.parametrize(
    ("view", "status", "said"),
    [
        (errors.bad_request, 400, "cannot be understood"),
        (errors.permission_denied, 403, "may not"),
        (errors.page_not_found, 404, "no such page"),
        (errors.server_error, 500, "went wrong"),
        (errors.csrf_failure, 403, "too old"),
    ],
)
def test_an_error_page_has_navigation_and_the_request_number(
    view: object, status: int, said: str
) -> None:
    request = RequestFactory().get("/nowhere/")
    request.request_id = "4H7K00000000"  # type: ignore[attr-defined]  # set by the middleware
    response = view(request)  # type: ignore[operator]  # one of the five functions
    html = response.content.decode()
    assert response.status_code == status
    assert said in html
    assert "4H7K00000000" in html
    assert 'href="/runs/"' in html


def test_a_refusal_says_who_may_and_escapes_it() -> None:
    reason = PermissionDenied("<b>Admins</b> may.")
    response = errors.permission_denied(RequestFactory().get("/"), reason)
    assert b"&lt;b&gt;Admins&lt;/b&gt; may." in response.content


@pytest.mark.django_db
def test_an_unknown_address_shows_our_page(client: object, settings: Settings) -> None:
    settings.DEBUG = False
    response = client.get("/nowhere/")  # type: ignore[attr-defined]  # a test client
    assert response.status_code == 404
    assert response["X-Request-Id"].encode() in response.content
