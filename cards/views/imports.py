"""Bringing a binder or a want list along: paste or upload, look, confirm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.reader import reader_of
from cards import imports
from cards.forms import BinderImportForm, WantsImportForm
from core.pages import render_invalid, see_other

ROWS_SHOWN = 200  # of a preview; the sums are over all


@dataclass(frozen=True, slots=True)
class Kind:
    """The two lists that can be imported."""

    of: Literal["binder", "wants"]
    title: Any
    form: type[WantsImportForm]
    plan: Callable[..., Any]
    apply: Callable[..., Any]

    @property
    def url(self) -> str:
        return reverse(f"cards:{self.of}_import")

    @property
    def home(self) -> str:
        return reverse(f"cards:{self.of}")

    @property
    def check_url(self) -> str:
        return reverse(f"cards:{self.of}_import_check")

    @property
    def confirm_url(self) -> str:
        return reverse(f"cards:{self.of}_import_confirm")


BINDER = Kind(
    "binder",
    gettext_lazy("Import a binder"),
    BinderImportForm,
    imports.plan_import,
    imports.apply_import,
)
WANTS = Kind(
    "wants",
    gettext_lazy("Import a want list"),
    WantsImportForm,
    imports.plan_wants_import,
    imports.apply_wants_import,
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def choose(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Paste or upload: kept by the server, and on to the preview."""
    if request.method != "POST":
        return render(request, "cards/import.html", {"form": kind.form(), "kind": kind})
    form, me = kind.form(request.POST, request.FILES), reader_of(request)
    token = ""

    def keep() -> None:
        nonlocal token
        content = form.content()
        kind.plan(owner=me, content=content, **form.answers())  # what cannot be read is said at once
        token = imports.keep_upload(owner=me, of=kind.of, content=content)

    if not form.carries_out(keep):
        return render_invalid(request, "cards/import.html", {"form": form, "kind": kind})
    return see_other(f"{kind.check_url}?{urlencode({'token': token, **form.answers()})}")


@require_safe
@login_required
def check(request: HttpRequest, kind: Kind) -> HttpResponse:
    """What would be done with each row; nothing is written yet."""
    me, answers = reader_of(request), _answers(request.GET, kind)
    token = request.GET.get("token", "")
    content = imports.kept_upload(owner=me, of=kind.of, token=token)
    plan = kind.plan(owner=me, content=content, **answers)
    context = {
        "kind": kind,
        "plan": plan,
        "answer": plan.answer(),
        "changes": [change for change in plan.changes if change.outcome != "unchanged"][:ROWS_SHOWN],
        "unchanged": plan.count("unchanged"),
        "token": token,
        "answers": answers,
        "form": kind.form(initial=answers),
    }
    return render(request, "cards/import_check.html", context)


@require_POST
@login_required
def confirm(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Write what was previewed, once."""
    me, answers = reader_of(request), _answers(request.POST, kind)
    with imports.confirmed_upload(owner=me, of=kind.of, token=request.POST.get("token", "")) as content:
        done = kind.apply(plan=kind.plan(owner=me, content=content, **answers))
    messages.success(request, _outcome(done))
    return see_other(kind.home)


def _answers(given: QueryDict, kind: Kind) -> dict[str, Any]:
    """The answers that travelled in the address; one that is no answer counts as not given."""
    fields = {name: field for name, field in kind.form.base_fields.items() if name in ("mode", "for_trade")}
    answers = {}
    for name, field in fields.items():
        choices = {value for value, _label in field.choices}  # type: ignore[attr-defined]
        answers[name] = given.get(name) if given.get(name) in choices else field.initial
    return answers


def _outcome(done: Any) -> str:
    rows = done.count("created") + done.count("updated") + done.count("removed")
    words = ngettext("%(rows)d row was changed.", "%(rows)d rows were changed.", rows) % {"rows": rows}
    if done.errors:
        left = ngettext("%(rows)d row was left out.", "%(rows)d rows were left out.", len(done.errors))
        words = f"{words} {left % {'rows': len(done.errors)}}"
    return words
