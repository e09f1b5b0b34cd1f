"""What a changed password brings with it, by Django's own hook: whoever changes it, wherever."""

from accounts.models import User
from accounts.services import end_tokens


class TokensEndWithThePassword:
    """Listed among the password validators, because those are told of every password that is stored."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Any password will do."""

    def password_changed(self, password: str, user: User) -> None:
        end_tokens(user=user)

    def get_help_text(self) -> str:
        return ""
