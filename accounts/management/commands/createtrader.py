"""A trader made by whoever runs the site, for scripts and for the first moderator."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import create_trader


class Command(BaseCommand):
    help = "Makes a trader with a verified e-mail and prints the id; again it sets e-mail and password anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="3 to 30 letters, digits, hyphens or underscores")
        parser.add_argument("--email", required=True)
        parser.add_argument("--password", required=True)
        parser.add_argument(
            "--moderator", action="store_true", help="may use the moderators' part of /admin/"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = create_trader(
                username=options["name"],
                email=options["email"],
                password=options["password"],
                is_moderator=options["moderator"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(str(user.pk))
