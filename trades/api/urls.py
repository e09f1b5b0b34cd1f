from django.urls import path

from trades.api import views
from trades.api.addresses import AddressView
from trades.api.disputes import DisputePhotosView, DisputeView
from trades.api.shipments import DelayView, ShipmentView

urlpatterns = [
    path("trades/", views.Proposals.as_view()),
    path("trades/incoming/", views.Incoming.as_view()),
    path("trades/outgoing/", views.Outgoing.as_view()),
    path("trades/<int:pk>/", views.ProposalDetail.as_view(), name="api-trade"),
    path("trades/<int:pk>/complete/", views.Complete.as_view()),
    path("trades/<int:pk>/extend/", views.Extend.as_view()),
    path("trades/<int:pk>/shipment/", ShipmentView.as_view()),
    path("trades/<int:pk>/shipment/delay/", DelayView.as_view()),
    path("trades/<int:pk>/address/", AddressView.as_view()),
    path("trades/<int:pk>/dispute/", DisputeView.as_view()),
    path("trades/<int:pk>/dispute/photos/", DisputePhotosView.as_view()),
    path("trades/<int:pk>/events/", views.Timeline.as_view()),
    path("events/", views.Events.as_view()),
]
