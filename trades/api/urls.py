from django.urls import URLPattern, URLResolver, include, path

from trades.api import views
from trades.api.addresses import AddressView
from trades.api.disputes import DisputePhotosView, DisputeView
from trades.api.shipments import DelayView, ShipmentView

trade = [
    path("", views.ProposalDetail.as_view(), name="api-trade"),
    path("complete/", views.Complete.as_view()),
    path("extend/", views.Extend.as_view()),
    path("shipment/", ShipmentView.as_view()),
    path("shipment/delay/", DelayView.as_view()),
    path("address/", AddressView.as_view()),
    path("dispute/", DisputeView.as_view()),
    path("dispute/photos/", DisputePhotosView.as_view()),
    path("events/", views.Timeline.as_view()),
]
trades: list[URLPattern | URLResolver] = [
    path("", views.Proposals.as_view()),
    path("incoming/", views.Incoming.as_view()),
    path("outgoing/", views.Outgoing.as_view()),
    path("<int:pk>/", include(trade)),
]
urlpatterns = [path("trades/", include(trades)), path("events/", views.Events.as_view())]
