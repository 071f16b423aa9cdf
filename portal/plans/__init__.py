"""The pages of plans: what would happen, deciding it, and what came of it."""
