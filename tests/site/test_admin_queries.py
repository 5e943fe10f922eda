"""What a query string asks the lists of staff for, and cannot be, leads to the list without it, and is no error."""

from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db import OperationalError
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from animegan_site.admin import refuse_invalid_query

pytestmark = pytest.mark.mariadb

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
NONSENSE = ["-1", "abc", "9" * 30, "\x00", "(", "2020-13-45", "nan"]
LOOKUPS = ["exact", "year", "year__gte", "date", "in", "range", "regex", "isnull", "gt", "nonsense"]
PARAMETERS = ["p", "o", "all", "q", "_popup", "_to_field", "_facets", "created__year", "unknown__field"]


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/admin/gallery/work/", "created__year=-1"),
        ("/admin/gallery/exhibit/", "submitted__year=99999"),
        ("/admin/accounts/user/", "date_joined__year=-1"),
        ("/admin/accounts/user/", "username__range=x"),
        ("/admin/accounts/user/", "email__regex=("),
    ],
)
def test_such_a_query_leads_to_the_whole_list(admin_client: Client, path: str, query: str) -> None:
    response = admin_client.get(f"{path}?{query}")
    assert (response.status_code, response["Location"]) == (302, f"{path}?e=1")
    assert admin_client.get(f"{path}?e=1").status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=[model._meta.model_name for model in MODELS])
def test_no_nonsense_is_an_error_of_any_list(admin_client: Client, model: type[Model]) -> None:
    fields = [field.name for field in model._meta.get_fields()]
    names = [f"{field}__{LOOKUPS[index % len(LOOKUPS)]}" for index, field in enumerate(fields)] + PARAMETERS
    for index, name in enumerate(names):
        value = NONSENSE[index % len(NONSENSE)]
        assert admin_client.get(list_url(model), {name: value}).status_code in (200, 302, 400), (name, value)


@pytest.mark.parametrize("model", MODELS, ids=[model._meta.model_name for model in MODELS])
def test_no_nonsense_is_an_error_of_any_row_or_action(admin_client: Client, model: type[Model]) -> None:
    for key in ("-1", "abc", "9" * 30, "\x00"):
        for page in ("change", "delete", "history"):
            response = admin_client.get(f"{list_url(model)}{quote(key, safe='')}/{page}/")
            assert response.status_code in (302, 403, 404), (key, page)
        marked = {"action": "delete_selected", "_selected_action": [key]}
        assert admin_client.post(list_url(model), marked).status_code in (200, 302, 400, 403, 404), key


def test_a_page_that_fails_without_a_query_too_fails_as_ever(rf: RequestFactory) -> None:
    def broken(request: object) -> None:
        raise ValueError

    for path in ("/", "/?e=1"):
        with pytest.raises(ValueError):
            refuse_invalid_query(broken)(rf.get(path))  # type: ignore[arg-type]


def test_a_database_that_is_away_is_told_as_such(
    admin_client: Client, owner: User, monkeypatch: pytest.MonkeyPatch, rf: RequestFactory
) -> None:
    def away(request: object) -> None:
        raise OperationalError

    monkeypatch.setattr("animegan_site.admin.connection.is_usable", lambda: False, raising=False)
    with pytest.raises(OperationalError):
        refuse_invalid_query(away)(rf.get("/", {"q": "x"}))  # type: ignore[arg-type]
