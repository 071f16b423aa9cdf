"""An Okta org for development: directory, event hooks with real deliveries, System Log."""
