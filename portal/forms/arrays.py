"""A condition on what a subquery finds, that indexes answer."""

from typing import Any

from django.db.models import Lookup
from django.db.models.sql.compiler import SQLCompiler


class EqualsAny(Lookup):
    """`column = ANY (array)`. Unlike IN with a subquery an index answers it within an OR: the
    array is made once, before the rows are looked for."""

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} = ANY {right}", (*left_values, *right_values)
