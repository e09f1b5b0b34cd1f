from django.urls import path

from notifications.api import views

urlpatterns = [
    path("notifications/", views.Notifications.as_view()),
    path("notifications/read/", views.Read.as_view()),
]
