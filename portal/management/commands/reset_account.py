"""`reset_account`: for somebody who lost password, app and recovery codes."""

import secrets
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from audit import trail
from portal.accounts import factors, owners, throttling
from portal.accounts.subjects import subject
from portal.commanding import command_actor
from portal.models import User


class Command(BaseCommand):
    help = (
        "Give a local account a new password and take its second factors away; the next sign-in "
        "sets up a new one. Ends its sessions. The password is read from standard input, or made "
        "and printed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--password-stdin", action="store_true")

    @transaction.atomic
    def handle(self, *, username: str, password_stdin: bool, **_options: object) -> None:
        user = User.objects.select_for_update().filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account called {username}.")
        if user.okta_id:
            raise CommandError(f"{username} signs in with Okta, which keeps password and factors.")
        password = sys.stdin.readline().strip() if password_stdin else secrets.token_urlsafe(12)
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.set_password(password)
        user.save(update_fields=["password"])
        actor = command_actor()
        trail.record("user.password_set", actor=actor, obj=subject(user))
        owners.tell(user, "Your password was set anew", actor=actor)
        factors.remove_all(user, actor=actor)
        throttling.forget(user)
        self.stdout.write(f"Account {username} has a new password and no second factor.")
        if not password_stdin:
            self.stdout.write(f"Password: {password}")
