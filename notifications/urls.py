"""The list behind the bell."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notification_list, name="list"),
    path("notifications/read/", views.read_notifications, name="read"),
    path("notifications/<int:pk>/", views.open_notification, name="open"),
]
