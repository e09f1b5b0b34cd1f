"""Pages of market calls."""

from django.urls import path

from signals_bridge.views import calls, own, parts, publishing

app_name = "signals"
urlpatterns = [
    path("signals/", calls.signals, name="list"),
    path("signals/publishers/", calls.publishers, name="publishers"),
    path("signals/publish/", publishing.publish, name="publish"),
    path("signals/open/", parts.open_signals, name="open"),
    path("signals/marks/", parts.marks, name="marks"),
    path("signals/<int:pk>/", calls.signal, name="signal"),
    path("signals/<int:pk>/follow/", own.follow, name="follow"),
    path("signals/<int:pk>/unfollow/", own.unfollow, name="unfollow"),
    path("me/signals/", own.signals, name="own"),
    path("me/signals/by-trading/", own.by_trading, name="by_trading"),
]
