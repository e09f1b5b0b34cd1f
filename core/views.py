"""Pages that belong to no room."""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from core import samples
from core.navigation import exists
from core.pages import THEMES, SeeOther, safe_next, wants_part
from core.styleguide import styleguide_context

YEAR = 365 * 24 * 3600
# What the offline page is made of; nothing else is ever kept by the service worker.
OFFLINE_FILES = ("css/tradepost.css", "css/components.css", "icons/mark.svg")


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    context = {"sample": samples.negotiation(), "has_signals": exists("/signals/open/")}
    return render(request, "pages/landing.html", context)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/help.html")


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/rules.html")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "styleguide/index.html", styleguide_context(request))


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark for a year; anything else leaves it to the system again."""
    theme = request.POST.get("theme", "")
    response = HttpResponse(status=204) if wants_part(request) else SeeOther(safe_next(request))
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@require_safe
@cache_control(max_age=3600)
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker for everybody who uses this browser: it names nobody."""
    return HttpResponse(render_to_string("offline.html"))


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What makes the site installable."""
    sizes = [
        ("192x192", "icon-192", "any"),
        ("512x512", "icon-512", "any"),
        ("512x512", "icon-maskable-512", "maskable"),
    ]
    icons = [
        {"src": static(f"icons/{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
        for size, name, purpose in sizes
    ]
    icons.append({"src": static("icons/mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"})
    return JsonResponse(
        {
            "id": "/",
            "name": "Tradepost",
            "short_name": "Tradepost",
            "description": _("Negotiate card trades to a fair finish."),
            "start_url": "/home/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f9fafc",
            "theme_color": "#ffffff",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )


@require_safe
@cache_control(max_age=0, must_revalidate=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Served from the root, because a worker governs only what lies below its own address."""
    files = [static(name) for name in OFFLINE_FILES]
    page = render_to_string("offline.html")
    version = hashlib.sha256("\n".join([page, *files]).encode()).hexdigest()[:12]
    script = render_to_string("pages/sw.js", {"files": files, "version": version})
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
