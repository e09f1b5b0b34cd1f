"""Showing something: a card, one of the two's trades, a photo."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.reader import reader_of
from cards.search import search_printings
from core.pages import render_page_or_part, see_other, wants_part
from messaging.errors import MessagingError
from messaging.forms import MessageForm, PhotoForm, SearchForm
from messaging.models import Attachment, Conversation, Message
from messaging.services import send_message
from messaging.services.sending import Attached
from messaging.standing import may_send_photos
from messaging.thread import offers_by_id
from messaging.views.conversation import own_or_404
from trades.models import TradeProposal
from uploads.errors import UploadError
from uploads.services import keep_photo

MOST_CARDS = 12
MOST_TRADES = 5


@login_required
@never_cache
@require_safe
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """What could be shown; each is a form of its own."""
    return _page(request, own_or_404(request, pk))


def _page(
    request: HttpRequest, found: Conversation, photo: PhotoForm | None = None, status: int = 200
) -> HttpResponse:
    reader = reader_of(request)
    partner = found.partner_of(reader.pk)
    words = SearchForm(request.GET).words
    blank = MessageForm.blank()
    context: dict[str, Any] = {
        "conversation": found,
        "partner": partner,
        "words": words,
        "cards": search_printings(words, limit=MOST_CARDS) if words else [],
        "offers": _trades_of_both(reader, partner),
        "client_id": blank["client_id"].value(),
        "photo_form": photo or PhotoForm(initial=blank.initial),
        "may_send_photos": may_send_photos(reader, partner),
    }
    return render_page_or_part(
        request, "messaging/attach.html", "messaging/attach_part.html", context, status
    )


def _trades_of_both(reader: User, partner: User) -> list[Any]:
    sent = TradeProposal.objects.between(reader.pk, partner.pk).filter(sent_at__isnull=False)
    newest = list(sent.order_by("-pk").values_list("pk", flat=True)[:MOST_TRADES])
    offers = offers_by_id(newest, reader)
    return [offers[pk] for pk in newest]


@login_required
@require_POST
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a photo and send it."""
    found, reader = own_or_404(request, pk), reader_of(request)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form, 422)
    if not _is_sent(reader, form.cleaned_data["client_id"]):
        try:
            _send_photo(found, reader, form)
        except (MessagingError, UploadError) as error:
            if error.status == 404:
                raise
            form.refuse(error)
            return _page(request, found, form, 422 if error.status in (400, 413, 415) else error.status)
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "chat:written"})
    return see_other(found)


def _is_sent(reader: User, client_id: str) -> bool:
    """Whether this form was sent before: a second press must not keep the photo twice."""
    return bool(Message.objects.filter(sender=reader, client_id=client_id).exists())


def _send_photo(found: Conversation, reader: User, form: PhotoForm) -> None:
    """A photo that may not be sent after all is shown to nobody, and forgotten within a day."""
    asked = form.cleaned_data
    upload = keep_photo(by=reader, file=asked["photo"])
    send_message(
        conversation_id=found.pk,
        by=reader,
        client_id=asked["client_id"],
        content=asked["content"],
        attached=Attached(Attachment.IMAGE, upload.pk),
    )
