"""The pages: one module for each family, functions only."""
