"""Invented content for the component gallery."""

from datetime import UTC, datetime, timedelta
from typing import Any

from portal import charts, diffing, jsonview

NOW = datetime(2026, 11, 20, 10, 2, tzinfo=UTC)
_OK = (46, 58, 62, 70, 66, 61, 55, 48, 33, 21, 14, 9, 8, 6, 5, 5, 6, 9, 15, 24, 38, 57, 70, 50)
_BAD = (0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 38)
_HELD = (0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0)
_RETRY = (0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 6)
HOSTILE = "<img src=x onerror=alert(1)>"


def chart() -> charts.BarChart:
    series = [
        charts.Series("Succeeded", "ok"),
        charts.Series("Failed", "bad"),
        charts.Series("Retrying", "warn"),
        charts.Series("Held", "hold"),
    ]
    buckets = [
        charts.Bucket(f"{(10 + index) % 24:02}:00", values, "/runs/?since=24h")
        for index, values in enumerate(zip(_OK, _BAD, _RETRY, _HELD, strict=True))
    ]
    return charts.stacked_bars("Runs by outcome", series, buckets)


def overview() -> dict[str, Any]:
    rising = charts.sparkline([4, 5, 5, 6, 6, 5, 4, 3, 2, 2, 1, 2, 4, 6, 7], "rising")
    return {
        "chart": chart(),
        "spark": rising,
        "now": NOW,
        "recent": NOW - timedelta(minutes=2),
        "causes": [
            ("Rate limit on CreateAccountAssignment", "AWS Identity Center", 38),
            ("Group not found: eng-data-eu", "Okta", 2),
            (f"Template error: {HOSTILE}", "Rule: Joiner, contractor", 1),
        ],
        "changes": [("TO", "Tomás Ortega", "proposed"), ("ML", "Maya Lindqvist", "replayed")],
    }


def run() -> dict[str, Any]:
    start = NOW - timedelta(minutes=50)
    end = start + timedelta(seconds=206)

    def at(*seconds: float) -> charts.Lane:
        tone = "ok" if len(seconds) == 1 else "bad"
        spans = [
            (start + timedelta(seconds=s), start + timedelta(seconds=s + 0.3), tone)
            for s in seconds
        ]
        return charts.lane(start, end, spans, "worked at these times")

    sent = {
        "instance": "ssoins-72231a9c",
        "permission_set": "EngineerReadOnly",
        "account": "4410-2290-7713",
        "principal_type": "USER",
        "principal": "jane.doe@acme.example",
    }
    error = {
        "code": "ThrottlingException",
        "http_status": 429,
        "retryable": True,
        "message": "Rate exceeded",
    }
    done = "gallery/step_empty.html"
    return {
        "now": NOW,
        "started": start,
        "steps": [
            (
                "succeeded",
                "1. Match rule",
                "Joiner, engineering v14: all 3 conditions true",
                0.004,
                at(0),
                False,
                done,
            ),
            (
                "succeeded",
                "2. Add to Okta group",
                "eng-baseline, 41 to 42 members",
                0.62,
                at(0.5),
                False,
                done,
            ),
            (
                "already",
                "3. Add to Okta group",
                "aws-eng-readonly, already a member: nothing to do",
                0.21,
                at(1.5),
                False,
                done,
            ),
            (
                "failed",
                "4. Assign AWS permission set",
                "EngineerReadOnly on account 4410-2290-7713",
                192,
                at(3, 5.5, 14, 45, 176),
                True,
                "gallery/step_failed.html",
            ),
            (
                "waiting",
                "5. Post to Slack",
                "#it-joiners, waits for step 4",
                None,
                None,
                False,
                done,
            ),
            (
                "waiting",
                "6. Write back to HR profile",
                "aws_access = EngineerReadOnly",
                None,
                None,
                False,
                done,
            ),
        ],
        "attempts": [
            (n, start + timedelta(seconds=4 + n * n), 0.3, f"req-7f{n}c") for n in range(1, 6)
        ],
        "input": jsonview.json_code(sent),
        "error": jsonview.json_code(error),
    }


def detail() -> dict[str, Any]:
    before = {"country": ["SE", "NO"], "team": "Data", "office": "Oslo"}
    after = {"country": ["SE", "NO", "DK"], "team": HOSTILE, "manager": None}
    event = {
        "uuid": "f8a2",
        "actor": {"id": "00u1", "displayName": HOSTILE, "alternateId": None},
        "target": [{"type": "User", "active": True, "count": 3}],
        "token": "•••• (secret)",
        "debugContext": {f"key{n}": n for n in range(210)},
    }
    old = "name: marketing\non:\n  - user.lifecycle.create\nwhen:\n  all: []\n"
    return {
        "now": NOW,
        "tree": jsonview.tree(event),
        "yaml": jsonview.code(old + "do:  # steps\n  - id: folder\n    limit: 3\n", "yaml"),
        "changes": diffing.changes(before, after),
        "lines": diffing.lines(old, old.replace("marketing", "sales") + "do: []\n"),
        "truth": [
            {
                "result": "true",
                "said": "all of these",
                "seen": "",
                "children": [
                    {
                        "result": "true",
                        "said": "user.department in Engineering, Data",
                        "seen": "Engineering",
                    },
                    {
                        "result": "false",
                        "said": "user.type is not contractor",
                        "seen": "contractor",
                    },
                    {
                        "result": "not_needed",
                        "said": "user.office is Remote EU",
                        "seen": "not needed",
                    },
                ],
            },
        ],
        "bar": charts.horizontal_bar(42, 100, "warn", "42 of 100"),
        "bars": charts.spark_bars([0, 0, 1, 0, 3, 9], "9 in the last hour"),
    }
