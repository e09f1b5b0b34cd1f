"""Having read, putting away, keeping quiet."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from accounts.reader import reader_of
from core.pages import see_other, wants_part
from messaging.forms import BIGGEST_ID, SeqForm
from messaging.models import Conversation
from messaging.services import mark_read, sort_conversation

# What the buttons post → what of the reader's side it sets.
CHOICES = {
    "archive": {"archived": True},
    "bring-back": {"archived": False},
    "mute": {"muted": True},
    "unmute": {"muted": False},
}


@login_required
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """`seq` and everything before it was read."""
    form = SeqForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    found = mark_read(
        conversation_id=min(pk, BIGGEST_ID), by=reader_of(request), seq=form.cleaned_data["seq"]
    )
    return HttpResponse(status=204) if wants_part(request) else see_other(found)


@login_required
@require_POST
def sort(request: HttpRequest, pk: int) -> HttpResponse:
    """Archive or mute, and back; what is put away leaves the list, so the list is shown."""
    changes = CHOICES.get(request.POST.get("to", ""))
    if changes is None:
        get_object_or_404(Conversation.objects.visible_to(reader_of(request)), pk=min(pk, BIGGEST_ID))
        return HttpResponseBadRequest()
    found = sort_conversation(conversation_id=min(pk, BIGGEST_ID), by=reader_of(request), **changes)
    return see_other("messaging:inbox") if changes.get("archived") else see_other(found)
