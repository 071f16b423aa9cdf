"""CSV that a spreadsheet opens as text, whatever the cells say, and that reads back the same.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does one that
has an apostrophe there already: taking one away gives the original of every cell back.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

#: Full-width forms too: spreadsheets fold them to the plain ones.
_MARKS = tuple("=+-@\t\r\n'＝＋－＠")


def safe(value: object) -> str:
    text = "" if value is None else str(value).replace("\x00", "")
    return f"'{text}" if text.startswith(_MARKS) else text


def original(cell: str) -> str:
    """The text that `safe` made this cell of. An apostrophe that protects nothing stays: people
    write files by hand."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_MARKS) else cell


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    for row in rows:
        yield writer.writerow([safe(cell) for cell in row])
