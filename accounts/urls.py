"""Settings under /settings/, people under /u/."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("settings/", views.edit_profile, name="profile"),
    path("settings/offers/", views.edit_offers, name="offers"),
    path("settings/privacy/", views.edit_privacy, name="privacy"),
    path("settings/address/", views.edit_address, name="address"),
    path("settings/address/delete/", views.delete_address, name="delete_address"),
    path("settings/blocks/", views.blocked_traders, name="blocks"),
    path("settings/tokens/", views.api_tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("u/<str:username>/", views.public_profile, name="public_profile"),
    path("u/<str:username>/block/", views.block, name="block"),
    path("u/<str:username>/unblock/", views.unblock, name="unblock"),
]
