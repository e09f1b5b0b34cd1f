"""Pages used as by a browser without scripts: read a form, change some of it, press a button."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client


@dataclass
class Form:
    """What a browser would send: fields in page order, plus the one button that is pressed."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, bool]] = field(default_factory=list)  # name, value, disabled

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def value(self, name: str) -> str:
        (value,) = self.values(name)
        return value

    def names_of_buttons(self) -> set[str]:
        return {name for name, _value, is_disabled in self.buttons if name and not is_disabled}

    def press(self, client: Client, name: str = "", value: str | int | None = None, **typed: str) -> Any:
        """Post it with `typed` in place of what stood there (`__` for `-` in a name)."""
        changes = {key.replace("__", "-"): text for key, text in typed.items()}
        unknown = set(changes) - {key for key, _value in self.fields}
        assert not unknown, f"the page has no field {unknown}"
        data: dict[str, Any] = {}
        for key, text in self.fields:
            data.setdefault(key, []).append(changes.get(key, text))
        if name:
            choices = [text for key, text, is_disabled in self.buttons if key == name and not is_disabled]
            pressed = str(value) if value is not None else choices[0]
            assert pressed in choices, f"no button {name}={pressed}"
            data[name] = pressed
        return client.post(self.action, data)


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.text: str | None = None
        self.name = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.form = Form(given.get("action") or self.path)
            self.forms.append(self.form)
        elif self.form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str | None]) -> None:
        assert self.form is not None
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "button":
            self.form.buttons.append((name, value, "disabled" in given))
        elif tag == "input" and name and "disabled" not in given and self._counts(given):
            self.form.fields.append((name, value or ("on" if given.get("type") == "checkbox" else "")))
        elif tag in ("textarea", "select"):
            self.name, self.text, self.options = name, "", []
        elif tag == "option":
            self.options.append((value, "selected" in given))

    def _counts(self, given: dict[str, str | None]) -> bool:
        return given.get("type") not in ("radio", "checkbox", "file") or "checked" in given

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if self.form is None:
            return
        if tag == "form":
            self.form = None
        elif tag == "textarea":
            self.form.fields.append((self.name, (self.text or "").removeprefix("\n")))
            self.text = None
        elif tag == "select":
            chosen = [value for value, is_selected in self.options if is_selected]
            self.form.fields.append((self.name, (chosen or [value for value, _ in self.options] or [""])[0]))
            self.text = None


def forms_in(response: Any) -> list[Form]:
    reader = _Reader(response.wsgi_request.get_full_path())
    reader.feed(response.content.decode())
    return reader.forms


def form_to(response: Any, ending: str) -> Form:
    """The form of a page whose address ends so."""
    found = [form for form in forms_in(response) if form.action.endswith(ending)]
    assert len(found) == 1, f"{len(found)} forms to {ending}"
    return found[0]


def form_with(response: Any, button: str) -> Form:
    """The form of a page that has a button of this name."""
    (found,) = [form for form in forms_in(response) if any(name == button for name, *_ in form.buttons)]
    return found
