"""Pages of trades."""

from django.urls import path

from trades import views

app_name = "trades"
urlpatterns = [path("trades/<int:pk>/", views.trade, name="trade")]
