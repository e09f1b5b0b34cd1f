from django.urls import path

from messaging.api import views

urlpatterns = [
    path("conversations/", views.Conversations.as_view()),
    path("conversations/<int:pk>/", views.ConversationDetail.as_view(), name="api-conversation"),
    path("conversations/<int:pk>/messages/", views.Messages.as_view()),
    path("conversations/<int:pk>/events/", views.Events.as_view()),
    path("conversations/<int:pk>/read/", views.Reading.as_view()),
    path("messages/<int:pk>/", views.MessageDetail.as_view()),
]
