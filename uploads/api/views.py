"""Photos of the API: send one, look at one. Pages show them from the same address."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.api.permissions import HasScope
from accounts.models import ApiToken, Scope
from accounts.reader import reader_of
from core.api.documents import Document
from uploads import services
from uploads.models import Upload
from uploads.rooms import may_see, scope_of

FORM_ROOM = 16 * 1024  # bytes a multipart form may need around its photo


class PhotoForm(serializers.Serializer[Any]):
    photo = serializers.FileField(
        help_text=gettext_lazy("a still JPEG, PNG or WebP of at most 5 MiB and 40 megapixels")
    )


class PhotoKept(Document):
    """What was kept: drawn anew as a JPEG of at most 2048 pixels a side."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    size = serializers.IntegerField(help_text=gettext_lazy("bytes"))
    sha256 = serializers.CharField()

    def get_url(self, upload: Upload) -> str:
        return upload.get_absolute_url()


class MaySendPhotos(HasScope):
    """Photos are for trades and for chat: a token for either will do."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in SAFE_METHODS or request.auth is None:
            return super().has_permission(request, view)
        return Scope.MESSAGE in cast(ApiToken, request.auth).scopes or super().has_permission(request, view)


class Photos(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.TRADE}
    permission_classes = [MaySendPhotos]
    parser_classes = [MultiPartParser]
    body_limit = services.MOST_BYTES + FORM_ROOM

    @extend_schema(request=PhotoForm, responses={201: PhotoKept})
    def post(self, request: Request) -> Response:
        """Send a photo for a dispute or a message, which then names its `id`.

        It is drawn anew: upright, at most 2048 pixels a side, nothing else of the file is kept. What
        nothing has named after a day is deleted.
        """
        upload = services.keep_photo(by=reader_of(request), file=photo_in(request))
        return Response(PhotoKept(upload).data, 201)


class Photo(ApiView):
    @extend_schema(
        responses={(200, "image/jpeg"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """The photo itself, for its sender and for those who may see what it is part of."""
        upload = Upload.objects.filter(pk=pk).first()
        if upload is None or not may_see(reader_of(request), upload):
            raise Http404
        if request.auth is not None and scope_of(upload) not in cast(ApiToken, request.auth).scopes:
            raise PermissionDenied(_("This token may not see this photo."), "insufficient_scope")
        return picture(upload)


def photo_in(request: Request) -> Any:
    """The one file of a multipart body, `photo`; ValidationError (400) for anything beside it."""
    strangers = {name: [_("Unknown field.")] for name in {*request.data, *request.FILES} if name != "photo"}
    if strangers:
        raise ValidationError(strangers, code="unknown_key")
    files = request.FILES.getlist("photo")
    if len(files) != 1:
        raise ValidationError({"photo": [_("Send one file.")]}, code="required")
    return files[0]


def picture(upload: Upload) -> HttpResponse:
    """The stored JPEG, for this reader's browser alone, and as nothing but a picture.

    A few hundred kilobytes, so it is read whole: streams of files cost ASGI more than they save.
    """
    with upload.file.open() as file:
        response = HttpResponse(file.read(), content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="photo-{upload.pk}.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    return response
