from django.urls import include, path

from cards.api import imports, views

cards = [
    path("", views.Cards.as_view()),
    path("<int:pk>/", views.CardDetail.as_view(), name="api-card"),
    path("<int:pk>/prices/", views.Prices.as_view()),
]
binder = [
    path("", views.Binder.as_view()),
    path("bulk/", views.Bulk.as_view()),
    path("import/", imports.BinderImport.as_view()),
    path("<int:pk>/", views.HoldingDetail.as_view(), name="api-holding"),
]
wants = [
    path("", views.Wants.as_view()),
    path("import/", imports.WantsImport.as_view()),
    path("<int:pk>/", views.WantDetail.as_view(), name="api-want"),
]
urlpatterns = [
    path("cards/", include(cards)),
    path("binder/", include(binder)),
    path("wants/", include(wants)),
    path("matches/", views.Matches.as_view()),
    path("users/<str:username>/binder/", views.OthersBinder.as_view()),
    path("users/<str:username>/wants/", views.OthersWants.as_view()),
]
