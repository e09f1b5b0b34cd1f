from django.urls import path

from core.api import docs

urlpatterns = [
    path("schema/", docs.schema, name="api_schema"),
    path("docs/", docs.swagger, name="api_docs"),
    path("redoc/", docs.redoc, name="api_redoc"),
    path("problems/", docs.problems, name="api_problems"),
]
