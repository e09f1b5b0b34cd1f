"""The house stands as docs/architecture says: rooms in one order, files where one looks for them."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

ROOT = Path(settings.BASE_DIR)
# Lowest first; rooms in one tuple are siblings.
FLOORS = [
    ("core",),
    ("accounts",),
    ("uploads",),
    ("notifications",),
    ("cards",),
    ("trades",),
    ("messaging", "reputation"),
    ("moderation", "signals_bridge"),
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ROOMS = [room for rooms in FLOORS for room in rooms if (ROOT / room / "__init__.py").exists()]
# signals_bridge may use reputation, which is a floor below it; siblings never meet.
FORBIDDEN_NAMES = {"utils", "helpers", "managers", "common", "misc"}


def sources(room: str) -> list[Path]:
    return [p for p in (ROOT / room).rglob("*.py") if "migrations" not in p.parts]


def foreign_keys():
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and model._meta.app_label in FLOOR:
                yield model, field


@pytest.mark.parametrize(
    ("model", "field"), [pytest.param(m, f, id=f"{m.__name__}.{f.name}") for m, f in foreign_keys()]
)
def test_foreign_keys_point_downwards(model, field):
    there = field.related_model._meta.app_label
    if there in FLOOR:
        here = model._meta.app_label
        assert there == here or FLOOR[there] < FLOOR[here]


def test_there_are_foreign_keys_to_walk():
    assert len(list(foreign_keys())) > 10


@pytest.mark.parametrize("room", ROOMS)
def test_no_rooms_for_leftovers(room):
    assert [p.name for p in sources(room) if p.stem in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_outgrows_its_room(room):
    assert [f"{p.relative_to(ROOT)}" for p in sources(room) if len(p.read_text().splitlines()) > 400] == []


@pytest.mark.parametrize("room", ROOMS)
def test_services_are_keyword_only_and_annotated(room):
    """What a room lets others call takes names, not positions."""
    loose = []
    for path in sources(room):
        if path.stem != "services" and path.parent.name != "services":
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                takes_by = any(arg.arg == "by" for arg in [*node.args.args, *node.args.kwonlyargs])
                is_verb = takes_by and any(
                    getattr(d, "attr", getattr(d, "id", "")) == "atomic" or isinstance(d, ast.Call)
                    for d in node.decorator_list
                )
                if is_verb and node.args.args:
                    loose.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert loose == []


def test_no_receiver_of_post_save_carries_domain_logic():
    found = [
        str(p.relative_to(ROOT))
        for room in ROOMS
        for p in sources(room)
        if re.search(r"\b(post_save|pre_save|post_transition|pre_transition)\b", p.read_text())
    ]
    assert found == []


def test_every_pin_has_its_reason():
    for name in ("requirements.txt", "requirements-dev.txt"):
        pins = [line for line in (ROOT / name).read_text().splitlines() if "==" in line]
        assert pins
        assert [line for line in pins if "# " not in line] == []
