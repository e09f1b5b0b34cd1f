"""Pages of chat."""

from django.urls import path

from messaging.views import attaching, beginning, conversation, inbox, keeping, messages, pinned

app_name = "messaging"
urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/archived/", inbox.inbox, {"archived": True}, name="archived"),
    path("inbox/unread/", inbox.unread, name="unread"),
    path("inbox/with/<str:username>/", beginning.with_whom, name="with"),
    path("inbox/trade/<int:pk>/", beginning.of_trade, name="of_trade"),
    path("inbox/messages/<int:pk>/", messages.message, name="message"),
    path("inbox/messages/<int:pk>/delete/", messages.delete, name="delete"),
    path("inbox/<int:pk>/", conversation.conversation, name="conversation"),
    path("inbox/<int:pk>/since/", conversation.since, name="since"),
    path("inbox/<int:pk>/pinned/", pinned.pinned, name="pinned"),
    path("inbox/<int:pk>/attach/", attaching.attach, name="attach"),
    path("inbox/<int:pk>/photo/", attaching.photo, name="photo"),
    path("inbox/<int:pk>/read/", keeping.read, name="read"),
    path("inbox/<int:pk>/sort/", keeping.sort, name="sort"),
]
