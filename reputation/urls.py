"""Pages of reviews and scores."""

from django.urls import path

from reputation.views import reviews, standing

app_name = "reputation"
urlpatterns = [
    path("reputation/", standing.own, name="own"),
    path("trades/<int:pk>/review/", reviews.trade_review, name="review"),
    path("reviews/waiting/", reviews.waiting, name="waiting"),
    path("reviews/<int:pk>/reply/", reviews.reply, name="reply"),
    path("u/<str:username>/reviews/", reviews.reviews, name="reviews"),
    path("u/<str:username>/reputation/", standing.reputation, name="reputation"),
]
