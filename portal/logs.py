"""How much of a record goes into the log."""

import logging


class OneLine(logging.Filter):
    """What happened, without where in the code."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = record.stack_info = None
        return True
