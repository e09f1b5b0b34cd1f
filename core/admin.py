"""What the admins of several rooms have in common."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """Mixed into what is only looked at: the services write and delete it, never somebody here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
