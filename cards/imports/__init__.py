"""Binders and want lists from other sites' CSV and from pasted text: plan first, then apply.

    plan = plan_import(owner=alice, content=upload)      # reads, writes nothing: the preview
    done = apply_import(plan=plan)                       # one transaction
    done.answer()                                        # {format, rows, created, updated, …}

content → text (`content`) → rows in our words (`tables`, `pasted`; `formats` and `words` know the
sites) → printings (`identify`) → a plan against what is there (`binder`, `wants`).
"""

from cards.imports.binder import BinderChange, BinderPlan, ForTrade, apply_import, plan_import
from cards.imports.content import MOST_BYTES
from cards.imports.kept import confirmed_upload, keep_upload, kept_upload
from cards.imports.plans import ImportPlan, Mode
from cards.imports.rows import RowError
from cards.imports.wants import WantChange, WantsPlan, apply_wants_import, plan_wants_import

__all__ = [
    "MOST_BYTES",
    "BinderChange",
    "BinderPlan",
    "ForTrade",
    "ImportPlan",
    "Mode",
    "RowError",
    "WantChange",
    "WantsPlan",
    "apply_import",
    "apply_wants_import",
    "confirmed_upload",
    "keep_upload",
    "kept_upload",
    "plan_import",
    "plan_wants_import",
]
