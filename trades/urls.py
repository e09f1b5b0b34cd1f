"""Pages of trades."""

from django.urls import path

from trades.views import addresses, answers, builder, detail, disputes, home, lists
from trades.views.verbs import VERBS

app_name = "trades"
urlpatterns = [
    path("home/", home.home, name="home"),
    path("home/matches/", home.matches, name="home_matches"),
    path("trades/", lists.trade_list, name="list"),
    path("trades/<int:pk>/", detail.trade, name="trade"),
    *[path(f"trades/<int:pk>/{verb}/", answers.answer, {"verb": verb}, name=verb) for verb in VERBS],
    path("trades/<int:pk>/address/", addresses.address, name="address"),
    path("trades/<int:pk>/dispute/", disputes.dispute, name="dispute"),
    *[
        path(f"trades/<int:pk>/dispute/{verb}/", disputes.act, {"verb": verb}, name=f"dispute-{verb}")
        for verb in disputes.VERBS
    ],
    path("trades/new/", builder.new, name="new"),
    path("trades/<int:pk>/edit/", builder.edit, name="edit"),
    path("trades/<int:pk>/counter/", builder.counter, name="counter"),
    path("trades/<slug:tab>/", lists.trade_list, name="list"),
]
