from django.urls import path

from uploads.api import views

urlpatterns = [
    path("uploads/", views.Photos.as_view()),
    path("uploads/<int:pk>/", views.Photo.as_view()),
]
