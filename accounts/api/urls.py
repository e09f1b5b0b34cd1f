from django.urls import path

from accounts.api import views

urlpatterns = [
    path("auth/tokens/", views.Tokens.as_view()),
    path("auth/tokens/<int:pk>/", views.TokenDetail.as_view()),
    path("auth/ws-ticket/", views.SocketTicket.as_view()),
    path("me/", views.Me.as_view()),
    path("users/<str:username>/", views.Profile.as_view()),
    path("users/<str:username>/block/", views.UserBlock.as_view()),
]
