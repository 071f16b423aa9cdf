"""The page of the emergency brake, and the line about it on every other page."""
