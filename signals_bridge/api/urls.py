from django.urls import path

from signals_bridge.api import views

urlpatterns = [
    path("signals/", views.Signals.as_view()),
    path("signals/import/", views.SignalImport.as_view()),
    path("signals/publish/", views.SignalPublishing.as_view()),
    path("signals/<int:pk>/", views.Signal.as_view()),
    path("signals/<int:pk>/follow/", views.Following.as_view()),
    path("publishers/", views.Publishers.as_view()),
    path("me/signals/", views.OwnSignals.as_view()),
    path("me/signals/settings/", views.FollowingSettings.as_view()),
]
