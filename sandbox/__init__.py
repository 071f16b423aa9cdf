"""Development only: stand-ins for Okta, AWS, Slack and a mail server, all on loopback."""
