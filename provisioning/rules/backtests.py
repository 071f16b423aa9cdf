"""A draft held against what really came: who is new, who is not any more, what would be done."""

from typing import Any

from provisioning.rules.models import Backtest, Draft


def latest(draft: Draft) -> Backtest | None:
    return Backtest.objects.filter(draft=draft).order_by("-id").first()


def summary(draft: Draft) -> dict[str, Any] | None:
    """The last finished backtest of exactly what the draft says now, for an approval."""
    return None
