from django.urls import include, path

from messaging.api import views

conversations = [
    path("", views.Conversations.as_view()),
    path("<int:pk>/", views.ConversationDetail.as_view(), name="api-conversation"),
    path("<int:pk>/messages/", views.Messages.as_view()),
    path("<int:pk>/events/", views.Events.as_view()),
    path("<int:pk>/read/", views.Reading.as_view()),
]
urlpatterns = [
    path("conversations/", include(conversations)),
    path("messages/<int:pk>/", views.MessageDetail.as_view()),
]
