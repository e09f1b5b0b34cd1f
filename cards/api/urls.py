from django.urls import path

from cards.api import imports, views

urlpatterns = [
    path("cards/", views.Cards.as_view()),
    path("cards/<int:pk>/", views.CardDetail.as_view(), name="api-card"),
    path("cards/<int:pk>/prices/", views.Prices.as_view()),
    path("binder/", views.Binder.as_view()),
    path("binder/bulk/", views.Bulk.as_view()),
    path("binder/import/", imports.BinderImport.as_view()),
    path("binder/<int:pk>/", views.HoldingDetail.as_view(), name="api-holding"),
    path("wants/", views.Wants.as_view()),
    path("wants/import/", imports.WantsImport.as_view()),
    path("wants/<int:pk>/", views.WantDetail.as_view(), name="api-want"),
    path("matches/", views.Matches.as_view()),
    path("users/<str:username>/binder/", views.OthersBinder.as_view()),
    path("users/<str:username>/wants/", views.OthersWants.as_view()),
]
