"""One message: what it said before, and for its sender changing it or taking it back."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.reader import reader_of
from core.clock import database_now
from core.pages import render_page_or_part, see_other, wants_part
from messaging.errors import MessagingError
from messaging.forms import BIGGEST_ID, EditForm
from messaging.models import Message, Revision
from messaging.services import delete_message, edit_message
from messaging.services.changing import EDITABLE

REFUSED_IN_PLACE = frozenset({400, 403, 409})


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a page of its own."""

    message: Message
    is_mine: bool
    may_edit: bool
    revisions: list[Revision]  # oldest first

    @property
    def place(self) -> str:
        """Where it stands in its conversation."""
        return f"{self.message.conversation.get_absolute_url()}?at={self.message.seq}#m{self.message.seq}"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """What it said before; a POST says it differently."""
    shown = _shown_or_404(pk, reader_of(request))
    if request.method == "POST":
        return _edit(request, shown)
    return _page(request, shown, EditForm(initial={"content": shown.message.content}))


def _shown_or_404(pk: int, reader: User) -> Shown:
    rows = Message.objects.visible_to(reader).standing().exclude(sender=None)
    people = rows.select_related("sender", "conversation__user_a", "conversation__user_b")
    found = get_object_or_404(people, pk=min(pk, BIGGEST_ID))
    is_mine = found.sender_id == reader.pk
    is_fresh = database_now() - found.created_at <= EDITABLE
    return Shown(found, is_mine, is_mine and is_fresh, list(found.revisions.all()))


def _page(request: HttpRequest, shown: Shown, form: EditForm, status: int = 200) -> HttpResponse:
    context = {"shown": shown, "form": form, "partner": shown.message.conversation.partner_of(_me(request))}
    return render_page_or_part(
        request, "messaging/message.html", "messaging/message_part.html", context, status
    )


def _me(request: HttpRequest) -> int:
    return reader_of(request).pk


def _edit(request: HttpRequest, shown: Shown) -> HttpResponse:
    form = EditForm(request.POST)
    if form.is_valid():
        try:
            edit_message(
                message_id=shown.message.pk, by=reader_of(request), content=form.cleaned_data["content"]
            )
        except MessagingError as error:
            if error.status not in REFUSED_IN_PLACE:
                raise
            form.refuse(error)
        else:
            return _changed(request, shown)
    return _page(request, shown, form, 422)


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _shown_or_404(pk, reader_of(request))
    delete_message(message_id=pk, by=reader_of(request))
    return _changed(request, shown)


def _changed(request: HttpRequest, shown: Shown) -> HttpResponse:
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "chat:written"})
    return see_other(shown.place)
