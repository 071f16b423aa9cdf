"""What a backtest found, as its page and the page of an approval tell it."""

from typing import Any

from portal.masking import masked
from provisioning.actions.registry import ACTIONS
from provisioning.rules import backtests
from provisioning.rules.models import Backtest, Draft


def shown(draft: Draft) -> dict[str, Any]:
    found = backtests.latest(draft)
    if found is None:
        return {"backtest": None}
    return {"backtest": found, "stale": backtests.is_stale(found, draft), **told(found)}


def told(backtest: Backtest) -> dict[str, Any]:
    """Counts, lists and calls; while it runs, what was found so far."""
    result = masked(backtest.result)
    people = result.get("people", {})
    counts = {f"people_{kind}": len(listed) for kind, listed in people.items()}
    return {
        "live": backtest.state in Backtest.OPEN_STATES,
        "counts": {**counts, **result["counts"]},
        "new": result["new"],
        "gone": result["gone"],
        "problems": result["problems"],
        "calls": [
            (ACTIONS[name].title if name in ACTIONS else name, count)
            for name, count in sorted(result["calls"].items())
        ],
    }
