"""Files and pasted text by API: read whole, planned, and unless it is a dry run carried out."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from cards import imports
from cards.api import schema
from cards.api.views import SCOPES, me


class _Text(BaseParser):
    """The bytes as they came: their encoding is found out with the format."""

    def parse(  # type: ignore[override]
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return stream.read()


class PlainText(_Text):
    media_type = "text/plain"


class Csv(_Text):
    media_type = "text/csv"


class ImportQuestions(serializers.Serializer[Any]):
    """The query of an import, explained in `schema`."""

    dry_run = serializers.BooleanField(default=False)
    mode = serializers.ChoiceField(["add", "replace"], default="add")


class BinderQuestions(ImportQuestions):
    for_trade = serializers.ChoiceField(["column", "all", "none"], default="column")


class _Import(ApiView):
    required_scopes = SCOPES
    parser_classes = [Csv, PlainText]
    body_limit = imports.MOST_BYTES
    questions: type[ImportQuestions] = ImportQuestions

    def read(self, request: Request) -> tuple[dict[str, Any], bool]:
        """The answers in the query, and whether this is only a rehearsal."""
        asked = self.questions(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        answers = dict(asked.validated_data)
        is_rehearsal = answers.pop("dry_run")
        body: Any = request.data
        content = body if isinstance(body, bytes) else b""  # no body at all
        is_csv = str(request.content_type).startswith(Csv.media_type)
        return {**answers, "owner": me(request), "content": content, "is_csv": is_csv}, is_rehearsal


@schema.BINDER_IMPORT
class BinderImport(_Import):
    questions = BinderQuestions

    def post(self, request: Request) -> Response:
        answers, is_rehearsal = self.read(request)
        plan = imports.plan_import(**answers)
        return answer(plan if is_rehearsal else imports.apply_import(plan=plan))


@schema.WANTS_IMPORT
class WantsImport(_Import):
    def post(self, request: Request) -> Response:
        answers, is_rehearsal = self.read(request)
        plan = imports.plan_wants_import(**answers)
        return answer(plan if is_rehearsal else imports.apply_wants_import(plan=plan))


def answer(plan: imports.ImportPlan[Any]) -> Response:
    return Response(plan.answer())
