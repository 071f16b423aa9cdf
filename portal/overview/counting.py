"""Many capped counts in one statement."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from portal.listing import COUNT_CAP, Count, count_of


def count_all(
    wanted: Mapping[str, QuerySet[Any]], *, rough: Collection[str] = ()
) -> dict[str, Count]:
    """The count of each queryset as its list would say it: up to COUNT_CAP, then an estimate.

    Those named in `rough` are not estimated: beyond COUNT_CAP they only say that there are more.
    """
    parts, parameters = [], []
    for rows in wanted.values():
        keys = rows.order_by().values("pk")[: COUNT_CAP + 1]
        sql, values = keys.query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django's own SQL
        parameters += list(values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        found = cursor.fetchone()
    counts = {}
    for (name, rows), number in zip(wanted.items(), found, strict=True):
        if number <= COUNT_CAP:
            counts[name] = Count(number)
        else:
            counts[name] = Count(COUNT_CAP, exact=False) if name in rough else count_of(rows)
    return counts
