"""What every form has: the look, by Django's own hooks, and a place for a rule's "no"."""

from django.forms import BaseForm
from django.forms.renderers import TemplatesSetting

from core.errors import DomainError, Fault


class TradepostRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ field.as_field_group }}` of any form come out as our components.

    The templates are templates/django/forms/div.html and field.html; set by FORM_RENDERER, so
    forms of other packages (sign-in, second factor) look the same.
    """


class Refusable(BaseForm):
    """A form whose verb may say no: the refusal stands beside the field it is about, or above the form."""

    def refuse(self, error: DomainError) -> None:
        for fault in error.faults or [Fault("", error.code, error.detail)]:
            name = self.field_of(fault)
            self.add_error(name if name in self.fields else None, fault.detail)

    def field_of(self, fault: Fault) -> str | None:
        """The field a fault points at; a form whose fields are named otherwise than the body says which."""
        return fault.pointer.removeprefix("/")
