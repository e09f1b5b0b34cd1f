"""Sockets end with what opened them."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import token_revoked, tokens_ended
from notifications.push import end_sockets


@receiver(user_logged_out)
def end_sockets_of_session(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and request.session.session_key:
        end_sockets(user.pk, session_key=request.session.session_key)


@receiver(post_delete, sender=UserSession)
def end_sockets_of_ended_session(sender: Any, instance: UserSession, **kwargs: Any) -> None:
    """Signed out from the list of sessions, which tells nobody else."""
    end_sockets(instance.user_id, session_key=instance.session_key)


@receiver(token_revoked)
def end_sockets_of_token(sender: Any, user: User, token_id: int, **kwargs: Any) -> None:
    end_sockets(user.pk, token_id=token_id)


@receiver(tokens_ended)
def end_all_sockets(sender: Any, user: User, **kwargs: Any) -> None:
    end_sockets(user.pk)
