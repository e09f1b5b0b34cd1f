"""The list of one's conversations."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.reader import reader_of
from core.pages import page_at
from messaging.forms import SearchForm
from messaging.inbox import conversations_of, count_unread, find_messages, rows_of
from messaging.models import Conversation
from messaging.presence import states_of
from messaging.views.conversation import number_in

PAGE_SIZE = 20
MOST_CALLED = 10


@dataclass(frozen=True, slots=True)
class TabLink:
    label: str
    href: str
    current: bool
    count: int | None = None


@login_required
@never_cache
@require_safe
def inbox(request: HttpRequest, archived: bool = False) -> HttpResponse:
    """The newest first; with `?q=` whom and what the words are found in."""
    reader = reader_of(request)
    words = SearchForm(request.GET).words
    if words:
        return _found(request, reader, words)
    page = page_at(
        request,
        conversations_of(reader).archived_by(reader, archived),
        ordering=("-last_message_at", "-id"),
        size=PAGE_SIZE,
        parts=(Q(user_a=reader), Q(user_b=reader)),
    )
    partners = [conversation.partner_of(reader.pk) for conversation in page.rows]
    context = {
        "page": page,
        "rows": rows_of(page.rows, reader, states_of(reader, partners)),
        "archived": archived,
        "current": number_in(request, "current"),
        "tabs": _tabs(archived),
    }
    return render(request, "messaging/inbox.html", context)


def _tabs(archived: bool) -> list[TabLink]:
    return [
        TabLink(_("Conversations"), reverse("messaging:inbox"), not archived),
        TabLink(_("Archived"), reverse("messaging:archived"), archived),
    ]


def _found(request: HttpRequest, reader: User, words: str) -> HttpResponse:
    context = {
        "words": words,
        "rows": [row for row in rows_of(_with_somebody_called(words, reader), reader) if row.shows(words)],
        "found": find_messages(reader, words),
        "tabs": _tabs(archived=False),
    }
    return render(request, "messaging/found.html", context)


def _with_somebody_called(words: str, reader: User) -> list[Conversation]:
    called = Q()
    for side, other in (("user_a", "user_b"), ("user_b", "user_a")):
        named = Q(**{f"{other}__username__icontains": words}) | Q(
            **{f"{other}__display_name__icontains": words}
        )
        called |= Q(**{side: reader}) & named
    return list(conversations_of(reader).filter(called).order_by("-last_message_at")[:MOST_CALLED])


@login_required
@never_cache
@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """How many conversations have something new: the number that scripts put beside the inbox."""
    return HttpResponse(str(count_unread(reader_of(request))), content_type="text/plain")
