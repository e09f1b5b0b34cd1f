"""How chat says no."""

from django.utils.translation import gettext as _

from core.errors import DomainError


class MessagingError(DomainError):
    """A refusal by a rule of domain.md §4."""


def not_found() -> MessagingError:
    """The same for a stranger's conversation or message and for one that never was."""
    return MessagingError("not_found", _("No such conversation."), 404)


def closed() -> MessagingError:
    """One answer for a block by either side and for a partner who is suspended or gone: it tells none."""
    return MessagingError("conversation_closed", _("This conversation takes no new messages."), 403)
