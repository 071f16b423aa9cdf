"""`create_account`: a local sign-in with a role."""

import secrets
import sys

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from audit import trail
from portal.commanding import command_actor
from portal.models import User
from portal.roles import Role


class Command(BaseCommand):
    help = "Create a local account. The password is read from standard input, or made and printed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=[role.value for role in Role], required=True)
        parser.add_argument("--password-stdin", action="store_true")
        parser.add_argument("--email", default="", help="mail address of the person")
        parser.add_argument(
            "--break-glass",
            action="store_true",
            help="kept for emergencies: each sign-in raises an alarm",
        )

    @transaction.atomic
    def handle(
        self,
        *,
        username: str,
        role: str,
        password_stdin: bool,
        email: str = "",
        break_glass: bool = False,
        **_options: object,
    ) -> None:
        if User.objects.filter(username=username).exists():
            raise CommandError(f"There is an account called {username} already.")
        password = sys.stdin.readline().strip() if password_stdin else secrets.token_urlsafe(12)
        user = User(username=username, email=email, break_glass=break_glass)
        try:
            user.full_clean(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.set_password(password)
        user.save()
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        trail.record(
            "user.created",
            actor=command_actor(),
            obj=trail.Object("user", user.code, username),
            data={"role": role, **({"break_glass": True} if break_glass else {})},
        )
        self.stdout.write(f"Account {username} ({role}) is ready.")
        if not password_stdin:
            self.stdout.write(f"Password: {password}")
