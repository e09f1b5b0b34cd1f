"""Everything that changes about people, one function a verb."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from knox.models import get_digest_token

from accounts.errors import AccountError
from accounts.models import ApiToken, Block, IdempotencyKey, Scope, User
from accounts.signals import token_revoked, tokens_ended, user_blocked, user_unblocked
from core.api.problems import faults_of_model
from core.clock import database_now

PROFILE_FIELDS = (
    "display_name", "country", "time_zone", "bio", "vacation_until",
    "offers_from_countries", "offers_by", "offers_min_value", "offers_min_tier",
    "shows_receipts", "shows_typing", "shows_presence",
)  # fmt: skip
TOKEN_LIFE = timedelta(days=90)
LONGEST_TOKEN_LIFE = timedelta(days=366)
MOST_TOKENS = 50
SEEN_EVERY = timedelta(minutes=5)
MODERATORS = "moderators"


@transaction.atomic
def update_profile(*, by: User, changes: Mapping[str, Any]) -> User:
    """Set what `changes` names of PROFILE_FIELDS; AccountError 400 with pointers where a value is none."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    for name in PROFILE_FIELDS:
        if name in changes:
            setattr(user, name, changes[name])
    try:
        user.clean_fields(exclude=[f.name for f in User._meta.fields if f.name not in changes])
    except ValidationError as error:
        raise AccountError(
            "invalid", _("The profile is not valid."), 400, list(faults_of_model(error))
        ) from error
    user.save(update_fields=[name for name in PROFILE_FIELDS if name in changes])
    return user


@transaction.atomic
def block_user(*, username: str, by: User) -> Block:
    """Let the two know nothing of each other any more; again is the same. 404 for whom `by` cannot see."""
    other = _known_to(by, username)
    if other == by:
        raise AccountError("self", _("You cannot block yourself."), 400)
    _lock_pair(by, other)
    block, is_new = Block.objects.get_or_create(blocker=by, blocked=other)
    if is_new:
        user_blocked.send(sender=Block, blocker=by, blocked=other)
    return block


@transaction.atomic
def unblock_user(*, username: str, by: User) -> None:
    """Take the block back; nothing happens if there is none. 404 for whom `by` cannot see."""
    other = _known_to(by, username)
    gone, _rows = Block.objects.filter(blocker=by, blocked=other).delete()
    if gone:
        user_unblocked.send(sender=Block, blocker=by, blocked=other)


@transaction.atomic
def issue_token(
    *, by: User, scopes: Iterable[str], name: str = "", expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its key, which is stored nowhere. 400 for bad scopes or times, 409 for too many.

    It ends after 90 days unless `expires_at` says otherwise, a year at most.
    """
    now = database_now()
    expires_at = expires_at or now + TOKEN_LIFE
    if not now < expires_at <= now + LONGEST_TOKEN_LIFE:
        raise AccountError("invalid_expiry", _("A token ends within a year from now."), 400)
    chosen = sorted(set(scopes))
    if not chosen or not set(chosen) <= set(Scope.values):
        raise AccountError("invalid_scopes", _("Choose one scope or more of those there are."), 400)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    ApiToken.objects.filter(user=by, expiry__lte=now).delete()
    if ApiToken.objects.filter(user=by).count() >= MOST_TOKENS:
        raise AccountError(
            "too_many_tokens", _("Revoke a token first: you have %(most)s.") % {"most": MOST_TOKENS}
        )
    digest, key = get_digest_token()
    token = ApiToken(user=by, digest=digest, token_key=key[:8], expiry=expires_at, name=name, scopes=chosen)
    token.save()
    return token, key


@transaction.atomic
def revoke_token(*, token_id: int, by: User) -> None:
    """End one of `by`'s tokens at once; 404 for any other."""
    gone, _rows = ApiToken.objects.filter(pk=token_id, user=by).delete()
    if not gone:
        raise AccountError("not_found", _("No such token."), 404)
    token_revoked.send(sender=ApiToken, user=by, token_id=token_id)


@transaction.atomic
def end_tokens(*, user: User) -> None:
    """End every token of `user`: after a password change, a suspension or a ban."""
    ApiToken.objects.filter(user=user).delete()
    tokens_ended.send(sender=User, user=user)


@transaction.atomic
def release_address(*, email: str, keeper: User) -> None:
    """Take the address from every account but `keeper`'s that claimed it and never confirmed it."""
    claims = EmailAddress.objects.filter(email__iexact=email, verified=False).exclude(user=keeper)
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), email__iexact=email, verified=True)
    others = User.objects.filter(~Exists(confirmed), email__iexact=email).exclude(pk=keeper.pk)
    others.update(email="")
    claims.delete()


def note_visit(*, user: User, now: datetime) -> None:
    """Remember that `user` is here; written every SEEN_EVERY at most."""
    if user.last_seen is None or user.last_seen <= now - SEEN_EVERY:
        User.objects.filter(pk=user.pk).update(last_seen=now)


def note_token_use(*, token: ApiToken, now: datetime) -> None:
    """Remember that a program came with `token`; written every SEEN_EVERY at most."""
    if token.last_used_at is None or token.last_used_at <= now - SEEN_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        note_visit(user=token.user, now=now)


def forget_idempotency_keys(*, kept: timedelta) -> int:
    """Delete the answers older than `kept`; returns how many."""
    gone, _rows = IdempotencyKey.objects.filter(created_at__lte=database_now() - kept).delete()
    return gone


@transaction.atomic
def create_trader(*, username: str, email: str, password: str | None, is_moderator: bool = False) -> User:
    """A trader with a verified e-mail, made by whoever runs the site; again it is brought to the same state.

    Raises ValidationError where a name, address or password would not do; of an existing trader
    the password is set anew. None: nobody can sign in by password.
    """
    user = User.objects.named(username).first() or User(username=username.lower())
    user.email = email
    user.is_active = True
    user.is_staff = user.is_staff or is_moderator
    user.set_password(password)
    user.full_clean()
    user.save()
    EmailAddress.objects.filter(user=user).exclude(email__iexact=email).update(primary=False)
    EmailAddress.objects.update_or_create(
        user=user, email=email.lower(), defaults={"verified": True, "primary": True}
    )
    if is_moderator:
        user.groups.add(_moderators())
    return user


def _moderators() -> Group:
    """The group whose members may enter /admin/; the rooms above give it what they let it do."""
    group, _is_new = Group.objects.get_or_create(name=MODERATORS)
    group.permissions.add(Permission.objects.get_by_natural_key("view_user", "accounts", "user"))
    return group


def _known_to(viewer: User, username: str) -> User:
    """Whoever `viewer` sees or has blocked by that name; AccountError 404 else."""
    own_blocks = Block.objects.filter(blocker=viewer).values("blocked")
    known = Q(pk__in=User.objects.visible_to(viewer)) | Q(pk__in=own_blocks)
    found = User.objects.named(username).filter(known).first()
    if found is None:
        raise AccountError("not_found", _("No such trader."), 404)
    return found


def _lock_pair(one: User, other: User) -> None:
    """Both rows by ascending id, as every verb between two people does."""
    pair = User.objects.filter(pk__in=[one.pk, other.pk]).order_by("pk")
    list(pair.select_for_update(no_key=True).values_list("pk"))
