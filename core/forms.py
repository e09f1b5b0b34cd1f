"""How every form looks: Django's own hooks, pointed at the component templates."""

from django.forms.renderers import TemplatesSetting


class TradepostRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ field.as_field_group }}` of any form come out as our components.

    The templates are templates/django/forms/div.html and field.html; set by FORM_RENDERER, so
    forms of other packages (sign-in, second factor) look the same.
    """
