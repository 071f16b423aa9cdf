"""AWS for development: moto's server, and beside it what moto does not do."""
