"""The list behind the bell."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.reader import reader_of
from core.pages import page_at, safe_next, see_other
from core.text import is_storable
from notifications.groups import grouped
from notifications.models import Notification
from notifications.services import mark_read, mark_subject_read

PAGE_SIZE = 40


@require_safe
@login_required
def notification_list(request: HttpRequest) -> HttpResponse:
    notices = Notification.objects.of(reader_of(request)).select_related("actor")
    page = page_at(request, notices, ordering=("-id",), size=PAGE_SIZE)
    return render(request, "notifications/list.html", {"groups": grouped(page.rows), "page": page})


@require_safe
@login_required
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; with it, all that was told of the same thing counts as read."""
    notice = get_object_or_404(Notification.objects.of(reader_of(request)), pk=pk)
    mark_read(by=reader_of(request), ids=[notice.pk])
    if notice.subject:
        mark_subject_read(by=reader_of(request), subject=notice.subject)
    return redirect(notice.url)


@require_POST
@login_required
def read_notifications(request: HttpRequest) -> HttpResponse:
    """Mark as read: all, what is about one `subject`, or the posted `ids`."""
    by = reader_of(request)
    if "all" in request.POST:
        mark_read(by=by)
    elif is_storable(subject := request.POST.get("subject", "")) and subject:
        mark_subject_read(by=by, subject=subject)
    else:
        mark_read(by=by, ids=_ids(request))
    return see_other(safe_next(request, "/notifications/"))


def _ids(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.POST.getlist("ids") if text.isdecimal() and len(text) < 19]
