"""What a worker loads before it forks or loops, so that no job pays for it."""

from provisioning.actions.aws import client as aws
from provisioning.actions.okta import client as okta


def warm() -> None:
    """Import and prepare everything slow: botocore's models and Okta's library."""
    aws.warm()
    okta.warm()
