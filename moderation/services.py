"""What moderators may do: one function a verb, each leaves one row that nobody can change."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.services import MODERATORS
from core.clock import database_now
from core.errors import Fault
from core.text import is_invisible
from moderation.errors import ModerationError
from moderation.models import LONGEST_REASON, ActionKind, ModerationAction, TargetType
from notifications.models import Category
from notifications.services import Notice, notify
from reputation import services as reputation
from reputation.models import TradeReview

HIDES_REVIEWS = "moderation.hide_review"
# What members of the group may do; there is no right to add, change or delete rows by hand.
RIGHTS = (
    ("accounts", "view_user"),
    ("trades", "view_tradeproposal"),
    ("trades", "resolve_dispute"),
    ("messaging", "view_conversation"),
    ("messaging", "view_message"),
    ("reputation", "view_tradereview"),
    ("reputation", "view_userreputation"),
    ("moderation", "view_moderationaction"),
    ("moderation", "hide_review"),
)
_TEXTS = {
    ActionKind.HIDE_REVIEW: gettext_noop("A moderator hid your review: {reason}"),
    ActionKind.UNHIDE_REVIEW: gettext_noop("A moderator brought your review back: {reason}"),
}


@transaction.atomic
def hide_review(*, review_id: int, by: User, reason: str) -> bool:
    """Take an open review out of sight and out of every figure; False where it was hidden already.

    Raises ModerationError: 400 no reason, 403 no moderator or a trade of their own, 404 unknown or sealed.
    """
    review = _review_for(review_id, by, reason)
    if not reputation.hide_review(review_id=review_id, reason=reason):
        return False
    _record(ActionKind.HIDE_REVIEW, review, by, reason)
    return True


@transaction.atomic
def unhide_review(*, review_id: int, by: User, reason: str) -> bool:
    """Bring a hidden review back; False where it was not hidden. Raises as `hide_review`."""
    review = _review_for(review_id, by, reason)
    if not reputation.unhide_review(review_id=review_id):
        return False
    _record(ActionKind.UNHIDE_REVIEW, review, by, reason)
    return True


def _review_for(review_id: int, by: User, reason: str) -> TradeReview:
    """The review, if `by` may decide about it and says why."""
    if not by.has_perm(HIDES_REVIEWS):
        raise ModerationError("not_a_moderator", _("Only moderators do this."), status=403)
    # A sealed one is unknown to moderators too: nobody knows yet that it exists.
    review: TradeReview | None = TradeReview.objects.revealed().filter(pk=review_id).first()
    if review is None:
        raise ModerationError("not_found", _("No such review."), status=404)
    if by.pk in (review.reviewer_id, review.reviewee_id):
        raise ModerationError("own_trade", _("Nobody moderates a trade of their own."), status=403)
    _check_reason(reason)
    return review


def _check_reason(reason: str) -> None:
    if is_invisible(reason) or len(reason) > LONGEST_REASON:
        detail = _("Say why, in at most %(limit)s characters.") % {"limit": LONGEST_REASON}
        raise ModerationError("required", detail, status=400, faults=[Fault("/reason", "required", detail)])


def _record(kind: ActionKind, review: TradeReview, by: User, reason: str) -> None:
    action = ModerationAction.objects.create(
        kind=kind,
        by=by,
        concerns_id=review.reviewer_id,
        target_type=TargetType.REVIEW,
        target_id=review.pk,
        reason=reason,
        created_at=database_now(),
    )
    notify([_notice(action, review)])


def _notice(action: ModerationAction, review: TradeReview) -> Notice:
    """To the author, without the moderator's name."""
    return Notice(
        user_id=action.concerns_id,
        category=Category.MODERATION,
        kind=action.kind,
        text=_TEXTS[ActionKind(action.kind)],
        params={"reason": action.reason},
        url=f"/trades/{review.trade.proposal_id}/review/",
        key=f"moderation:{action.pk}",
        subject=f"review:{review.pk}",
    )


def grant_moderators() -> None:
    """Give the group of moderators its rights; again it changes nothing."""
    group, _is_new = Group.objects.get_or_create(name=MODERATORS)
    wanted = Q()
    for app, codename in RIGHTS:
        wanted |= Q(content_type__app_label=app, codename=codename)
    group.permissions.add(*Permission.objects.filter(wanted))
