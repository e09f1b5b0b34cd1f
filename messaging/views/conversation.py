"""One conversation: reading it, writing into it, and what happened in it since."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.reader import reader_of
from core.pages import see_other, wants_part
from messaging.errors import MessagingError
from messaging.forms import BIGGEST_ID, MessageForm, SearchForm
from messaging.inbox import find_messages
from messaging.models import Conversation
from messaging.presence import states_of
from messaging.services import mark_read, send_message
from messaging.talks import Talk, talks_of
from messaging.thread import Thread, around, first_unread, newest, news_since
from messaging.views.pinned import pinned_trade
from uploads.errors import UploadError

REFUSED_IN_PLACE = frozenset({400, 403, 409, 429})
DIGITS = len(str(BIGGEST_ID))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """The last lines, `?before=` those below a number, `?at=` those around one, `?q=` what was found."""
    found = own_or_404(request, pk)
    if request.method == "POST":
        return _send(request, found)
    if words := SearchForm(request.GET).words:
        return _search(request, found, words)
    thread = _thread(request, found)
    if wants_part(request) and "before" in request.GET:
        return render(request, "messaging/older.html", _lines(request, found, thread))
    return render(request, "messaging/conversation.html", page_context(request, found, thread))


def own_or_404(request: HttpRequest, pk: int) -> Conversation:
    rows = Conversation.objects.visible_to(reader_of(request)).with_people().with_silence()
    return get_object_or_404(rows, pk=min(pk, BIGGEST_ID))


def _thread(request: HttpRequest, found: Conversation) -> Thread:
    reader = reader_of(request)
    if (at := number_in(request, "at")) is not None:
        return around(found, reader, at)
    return newest(found, reader, before=number_in(request, "before"))


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number of the log in the query; an address that no page ever had is a 404."""
    text = request.GET.get(name)
    if text is None:
        return None
    # Python refuses to read thousands of digits at all.
    if len(text) > DIGITS or not (text.isascii() and text.isdecimal()) or int(text) > BIGGEST_ID:
        raise Http404
    return int(text)


def page_context(
    request: HttpRequest, found: Conversation, thread: Thread, form: MessageForm | None = None
) -> dict[str, Any]:
    reader = reader_of(request)
    lines = _lines(request, found, thread)
    talk: Talk = lines["talk"]
    return {
        **lines,
        **pinned_trade(found, reader),
        "partner": talk.partner,
        "form": form or MessageForm.blank(found.last_seq),
        "head": found.last_seq,
        "presence": states_of(reader, [talk.partner])[talk.partner.pk],
        "unread_from": first_unread(thread.said, found, reader),
    }


def _lines(request: HttpRequest, found: Conversation, thread: Thread) -> dict[str, Any]:
    [talk] = talks_of([found], reader_of(request))
    return {
        "conversation": found,
        "talk": talk,
        "partner": talk.partner,
        "thread": thread,
    }


@login_required
@never_cache
@require_safe
def since(request: HttpRequest, pk: int) -> HttpResponse:
    """The lines that are new or changed above `?after=`: a script applies them and has missed nothing."""
    found = own_or_404(request, pk)
    news = news_since(found, reader_of(request), number_in(request, "after") or 0)
    context = _lines(request, found, Thread(news.said)) | {"news": news}
    return render(request, "messaging/since.html", context)


def _send(request: HttpRequest, found: Conversation) -> HttpResponse:
    """303 to the conversation, 204 for a script; what does not go stays in the form, with the reason."""
    form = MessageForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            send_message(conversation_id=found.pk, by=reader_of(request), **form.arguments())
        except (MessagingError, UploadError) as error:
            status = _refused(form, error)
        else:
            return _sent(request, found, form.cleaned_data["seen"] or 0)
    if wants_part(request):
        return render(request, "messaging/refused.html", {"form": form}, status=status)
    thread = newest(found, reader_of(request))
    context = page_context(request, found, thread, form)
    return render(request, "messaging/conversation.html", context, status=status)


def _refused(form: MessageForm, error: MessagingError | UploadError) -> int:
    """Put the reason into the form; the status with which it comes back."""
    if error.status not in REFUSED_IN_PLACE:
        raise error
    form.refuse(error)
    if error.code == "client_id_reused":
        form.start_anew()
    return 422 if error.status == 400 else error.status


def _sent(request: HttpRequest, found: Conversation, seen: int) -> HttpResponse:
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "chat:written"})
    # Who answers without a script has read what stands above the form.
    mark_read(conversation_id=found.pk, by=reader_of(request), seq=seen)
    return see_other(found)


def _search(request: HttpRequest, found: Conversation, words: str) -> HttpResponse:
    reader = reader_of(request)
    context = {
        "words": words,
        "conversation": found,
        "partner": found.partner_of(reader.pk),
        "found": find_messages(reader, words, found),
    }
    return render(request, "messaging/found_here.html", context)
