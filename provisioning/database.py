"""What an error of the database means for whoever does one thing after another."""

from django.db import DataError, Error, IntegrityError, InterfaceError, OperationalError

#: The database is away: nothing that follows could be done either.
AWAY = (OperationalError, InterfaceError)
#: What was to be written cannot be; other rows can.
_OF_A_ROW = (DataError, IntegrityError)


def refuses_all(problem: Exception) -> bool:
    """Whether the database is away or refuses us, and not only what was to be written."""
    return isinstance(problem, Error) and not isinstance(problem, _OF_A_ROW)
