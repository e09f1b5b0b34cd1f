"""Sockets end with what opened them."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.signals import tokens_ended
from notifications.push import end_sockets


@receiver(user_logged_out)
def end_sockets_of_session(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and request.session.session_key:
        end_sockets(user.pk, session_key=request.session.session_key)


@receiver(tokens_ended)
def end_all_sockets(sender: Any, user: User, **kwargs: Any) -> None:
    end_sockets(user.pk)
