"""Accounts of the portal as administrators see them: who holds what, and how that changes."""
