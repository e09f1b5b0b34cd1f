"""Settings, and what others see of a trader."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_countries import countries

from accounts import services
from accounts.addresses import Address, address_of, clear_address, has_address, set_address
from accounts.errors import AccountError
from accounts.forms import AddressForm, OffersForm, PrivacyForm, ProfileForm, TokenForm, UserForm
from accounts.models import ApiToken, Block, User
from accounts.reader import reader_of
from core.clock import database_now, database_today
from core.navigation import exists
from core.pages import page_at, render_invalid, safe_next, see_other


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_profile(request: HttpRequest) -> HttpResponse:
    lead = _("What other traders see of you.")
    return _edit(request, ProfileForm, _("Profile"), lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_offers(request: HttpRequest) -> HttpResponse:
    lead = _("Others are told before they build an offer that you would not look at.")
    return _edit(request, OffersForm, _("Offers you accept"), lead)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_privacy(request: HttpRequest) -> HttpResponse:
    lead = _("What your partners see while you chat.")
    return _edit(request, PrivacyForm, _("Privacy"), lead)


def _edit(request: HttpRequest, form_class: type[UserForm], heading: str, lead: str) -> HttpResponse:
    # A copy: a form that fails must not leave its values on the user whom the page's head shows.
    user = User.objects.get(pk=reader_of(request).pk)
    form = form_class(request.POST or None, instance=user)
    context = {"form": form, "heading": heading, "lead": lead}
    if not form.is_bound:
        return render(request, "accounts/form.html", context)
    if not form.is_valid():
        return render_invalid(request, "accounts/form.html", context)
    services.update_profile(by=reader_of(request), changes=form.cleaned_data)
    messages.success(request, _("Saved."))
    return see_other(request.path)


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def edit_address(request: HttpRequest) -> HttpResponse:
    """Known to nobody but its owner until both sides of a mail trade agree to exchange addresses."""
    user = reader_of(request)
    if request.method != "POST":
        known = address_of(user)
        form = AddressForm(initial=asdict(known) if known else {"country": user.country.code})
        return render(request, "accounts/address.html", {"form": form, "known": known})
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            set_address(by=user, address=Address(**form.cleaned_data))
        except AccountError as error:
            for fault in error.faults:
                form.add_error(fault.pointer.removeprefix("/"), fault.detail)
        else:
            messages.success(request, _("Saved."))
            return see_other(safe_next(request, reverse("accounts:address")))
    return render_invalid(request, "accounts/address.html", {"form": form, "known": has_address(user)})


@login_required
@require_POST
def delete_address(request: HttpRequest) -> HttpResponse:
    clear_address(by=reader_of(request))
    messages.success(request, _("Your address is deleted."))
    return see_other("accounts:address")


@login_required
@require_safe
def blocked_traders(request: HttpRequest) -> HttpResponse:
    rows = Block.objects.filter(blocker=reader_of(request)).select_related("blocked")
    return render(request, "accounts/blocks.html", {"page": page_at(request, rows, ordering=("-id",))})


@login_required
@require_POST
def block(request: HttpRequest, username: str) -> HttpResponse:
    services.block_user(username=username, by=reader_of(request))
    messages.success(request, _("%(name)s is blocked.") % {"name": username})
    return see_other("accounts:blocks")


@login_required
@require_POST
def unblock(request: HttpRequest, username: str) -> HttpResponse:
    services.unblock_user(username=username, by=reader_of(request))
    messages.success(request, _("%(name)s is no longer blocked.") % {"name": username})
    return see_other(safe_next(request, reverse("accounts:blocks")))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # ships no types
def api_tokens(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if not form.is_bound:
        return _show_tokens(request, form)
    if not form.is_valid():
        return _show_tokens(request, form, status=422)
    chosen = form.cleaned_data
    _token, key = services.issue_token(
        by=reader_of(request),
        scopes=chosen["scopes"],
        name=chosen["name"],
        expires_at=database_now() + timedelta(days=chosen["days"]),
    )
    # No redirect here: the key would have to wait somewhere for the next page.
    return _show_tokens(request, TokenForm(), key=key, status=201)


def _show_tokens(request: HttpRequest, form: TokenForm, key: str = "", status: int = 200) -> HttpResponse:
    tokens = ApiToken.objects.filter(user=reader_of(request)).order_by("-id")
    context = {"form": form, "tokens": tokens, "key": key}
    return render(request, "accounts/tokens.html", context, status=status)


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    services.revoke_token(token_id=pk, by=reader_of(request))
    messages.success(request, _("The token has ended."))
    return see_other("accounts:tokens")


@require_safe
def public_profile(request: HttpRequest, username: str) -> HttpResponse:
    """Who blocked the reader, is banned or never was: the same 404."""
    person = get_object_or_404(User.objects.visible_to(request.user).named(username))
    context = {
        "person": person,
        "is_me": person == request.user,
        "away": person.vacation_until is not None and person.vacation_until >= database_today(),
        "countries": [countries.name(code) for code in person.offers_from_countries],
        "places": _places_of(person),
    }
    return render(request, "accounts/public_profile.html", context)


def _places_of(person: User) -> dict[str, Any]:
    """What the rooms above show of somebody: by address, where there is one."""
    paths = {
        "propose": f"/trades/new/?with={person.username}",
        "binder": f"/u/{person.username}/binder/",
        "wants": f"/u/{person.username}/wants/",
        "reputation": f"/u/{person.username}/reputation/",
        "chat": f"/inbox/with/{person.username}/",
    }
    return {name: path for name, path in paths.items() if exists(path.split("?")[0])}
