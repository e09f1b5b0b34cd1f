"""What a new password must be, and what it brings with it."""

from django.contrib.auth.password_validation import MinimumLengthValidator

from accounts.models import User
from accounts.services import end_tokens


class LongEnough(MinimumLengthValidator):
    """A least length; and since Django tells its validators of every password that is stored,
    whoever stores it and wherever, the tokens of the old one end here."""

    def password_changed(self, password: str, user: User) -> None:
        end_tokens(user=user)
