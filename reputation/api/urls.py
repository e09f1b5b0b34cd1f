from django.urls import path

from reputation.api import views

urlpatterns = [
    path("trades/<int:pk>/review/", views.ReviewView.as_view()),
    path("reviews/<int:pk>/reply/", views.ReplyView.as_view()),
    path("reviews/<int:pk>/proof/", views.ProofView.as_view()),
    path("users/<str:username>/reputation/", views.ReputationView.as_view()),
    path("users/<str:username>/reputation/history/", views.HistoryView.as_view()),
    path("users/<str:username>/reviews/", views.ReviewsView.as_view()),
]
