"""The scenarios by name, apart from their code, which only their own process loads."""

SCENARIOS = (
    "marketing-folder",
    "offboarding-alert",
    "replay-after-failure",
    "held-run",
    "bulk-replay",
    "four-eyes",
    "burst-gate",
    "undo",
    "brake",
)
