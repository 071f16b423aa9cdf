"""Requests for a decision, and the decisions; knows nothing of what is decided."""
