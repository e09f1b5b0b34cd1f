"""Pages of cards, binders, want lists, matches and traders."""

from django.urls import URLPattern, path

from cards.views import binder, cards, imports, people, wants


def _import_routes(kind: imports.Kind) -> list[URLPattern]:
    base, name, more = f"{kind.of}/import/", f"{kind.of}_import", {"kind": kind}
    return [
        path(base, imports.choose, more, name=name),
        path(f"{base}check/", imports.check, more, name=f"{name}_check"),
        path(f"{base}confirm/", imports.confirm, more, name=f"{name}_confirm"),
    ]


app_name = "cards"
urlpatterns = [
    path("cards/", cards.catalogue, name="catalogue"),
    path("cards/<int:pk>/", cards.card, name="card"),
    path("binder/", binder.binder, name="binder"),
    path("binder/add/", binder.add_search, name="add_holding"),
    path("binder/add/<int:card_id>/", binder.add, name="add_holding"),
    path("binder/<int:pk>/", binder.edit, name="edit_holding"),
    path("binder/<int:pk>/quantities/", binder.set_quantities, name="set_quantities"),
    path("binder/<int:pk>/remove/", binder.remove, name="remove_holding"),
    path("binder/export.csv", binder.export, name="binder_export"),
    path("wants/", wants.wants, name="wants"),
    path("wants/add/", wants.add_search, name="add_want"),
    path("wants/add/<int:card_id>/", wants.add, name="add_want"),
    path("wants/<int:pk>/", wants.edit, name="edit_want"),
    path("wants/<int:pk>/quantity/", wants.set_quantity, name="set_want_quantity"),
    path("wants/<int:pk>/remove/", wants.remove, name="remove_want"),
    path("wants/export.csv", wants.export, name="wants_export"),
    *_import_routes(imports.BINDER),
    *_import_routes(imports.WANTS),
    path("matches/", people.matches, name="matches"),
    path("traders/", people.traders, name="traders"),
    path("u/<str:username>/binder/", people.binder_of, name="binder_of"),
    path("u/<str:username>/wants/", people.wants_of, name="wants_of"),
]
