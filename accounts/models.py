"""People: users, blocks, API tokens and the keys of requests already answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from knox.models import AbstractAuthToken

from accounts.limits import FRAME_FROM, PHOTOS_FROM, TRUSTED_FROM, Tier
from accounts.validators import validate_country, validate_time_zone, validate_username

if TYPE_CHECKING:
    from datetime import datetime


class OffersBy(models.TextChoices):
    ANY = "any", _("mail or in person")
    MAIL = "mail", _("mail only")
    IN_PERSON = "in_person", _("in person only")


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, viewer: Any) -> UserQuerySet:
        """Everyone `viewer` may know of: not gone, not banned, and no block either way."""
        present = self.filter(is_active=True, deleted_at=None, banned_at=None)
        if not getattr(viewer, "is_authenticated", False):
            return present
        blocked_by = Block.objects.filter(blocker=OuterRef("pk"), blocked=viewer)
        has_blocked = Block.objects.filter(blocker=viewer, blocked=OuterRef("pk"))
        return present.filter(~Exists(blocked_by), ~Exists(has_blocked))

    def named(self, username: str) -> UserQuerySet:
        """The one of that name, however it is written."""
        return self.alias(folded=Lower("username")).filter(folded=username.lower())


class UserManager(DjangoUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def named(self, username: str) -> UserQuerySet:
        return self.get_queryset().named(username)

    def visible_to(self, viewer: Any) -> UserQuerySet:
        return self.get_queryset().visible_to(viewer)


class User(AbstractUser):  # type: ignore[django-manager-missing]  # of tokens: knox ships no types
    """A person. The row outlives a deleted account as a tombstone, so a name is never used again."""

    first_name = None  # type: ignore[assignment]  # one display name, as people write it
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        _("username"),
        max_length=30,
        unique=True,
        validators=[validate_username],
        error_messages={"unique": _("This name is taken.")},
    )
    email = models.EmailField(_("e-mail"))
    display_name = models.CharField(_("display name"), max_length=50, blank=True)
    country = CountryField(_("country"), blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="UTC", validators=[validate_time_zone]
    )
    bio = models.TextField(_("about you"), max_length=1_000, blank=True)

    # Written only by reputation; read by everyone.
    trust_tier = models.CharField(max_length=8, choices=Tier.choices, default=Tier.NEW, editable=False)
    last_seen = models.DateTimeField(null=True, editable=False)
    vacation_until = models.DateField(_("away until"), null=True, blank=True)

    offers_from_countries = ArrayField(
        models.CharField(max_length=2, validators=[validate_country]),
        verbose_name=_("offers from these countries"),
        default=list,
        blank=True,
    )
    offers_by = models.CharField(_("offers by"), max_length=9, choices=OffersBy.choices, default=OffersBy.ANY)
    offers_min_value = models.DecimalField(
        _("offers from this value on"), max_digits=10, decimal_places=2, default=0
    )
    offers_min_tier = models.CharField(
        _("offers from this tier on"), max_length=8, choices=Tier.choices, default=Tier.NEW
    )

    shows_receipts = models.BooleanField(_("show when I have read"), default=True)
    shows_typing = models.BooleanField(_("show when I type"), default=True)
    shows_presence = models.BooleanField(_("show when I am here"), default=True)

    # Written only by moderation.
    restricted_until = models.DateTimeField(null=True, editable=False)
    suspended_until = models.DateTimeField(null=True, editable=False)
    banned_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_without_case",
                violation_error_message=_("This name is taken."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_without_case",
                violation_error_message=_("This address belongs to an account already."),
            ),
            models.CheckConstraint(
                condition=Q(offers_min_value__range=(0, "99999999.99")), name="user_offers_min_value"
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def name(self) -> str:
        """What others read: the display name, or the username."""
        return self.display_name or self.username

    @property
    def has_frame(self) -> bool:
        """Whether the trust tier has earned the ring around the picture."""
        return self._is_at_least(FRAME_FROM)

    @property
    def may_send_photos_anywhere(self) -> bool:
        """Whether photos in chat need no live trade with the partner."""
        return self._is_at_least(PHOTOS_FROM)

    @property
    def may_publish_signals(self) -> bool:
        return self._is_at_least(TRUSTED_FROM)

    def _is_at_least(self, tier: Tier) -> bool:
        return Tier(self.trust_tier).rank >= tier.rank

    def get_absolute_url(self) -> str:
        return f"/u/{self.username}/"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def is_suspended(self, now: datetime) -> bool:
        return self.banned_at is not None or (self.suspended_until is not None and self.suspended_until > now)

    def is_restricted(self, now: datetime) -> bool:
        """May finish what was begun, may not begin anything."""
        return self.is_suspended(now) or (self.restricted_until is not None and self.restricted_until > now)

    def is_visible_to(self, viewer: User) -> bool:
        """Whether `visible_to(viewer)` has this row, which is fresh; one query of two columns."""
        present = self.is_active and self.deleted_at is None and self.banned_at is None
        pair = [self.pk, viewer.pk]
        return present and not Block.objects.filter(blocker__in=pair, blocked__in=pair).exists()

    def has_verified_email(self) -> bool:
        return bool(self.emailaddress_set.filter(verified=True).exists())  # type: ignore[attr-defined]  # allauth


class Block(models.Model):
    """`blocker` wants nothing to do with `blocked`; enforced in both directions on every path."""

    blocker = models.ForeignKey(User, models.CASCADE, related_name="blocks_made")
    blocked = models.ForeignKey(User, models.CASCADE, related_name="blocks_received")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} → {self.blocked_id}"


class ShippingAddress(models.Model):
    """Where parcels go. Only accounts.addresses opens the seal."""

    user = models.OneToOneField(User, models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"address of {self.user_id}"


class Scope(models.TextChoices):
    READ = "read", _("read everything of yours except chat and addresses")
    BINDER = "binder", _("change your binder and wants")
    TRADE = "trade", _("propose and answer trades")
    MESSAGE = "message", _("read and write chat")
    SIGNALS_IMPORT = "signals:import", _("import signals")


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox ships no types
    """A program's key: only its digest is stored; the key itself is shown once."""

    id = models.BigAutoField(primary_key=True)  # knox names a token by its digest, which no list should show
    digest = models.CharField(max_length=128, unique=True, editable=False)
    name = models.CharField(max_length=50, blank=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices))
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.token_key}… ({', '.join(self.scopes)})"


class IdempotencyKey(models.Model):
    """One request already answered, with its answer; written in the same transaction as its work."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user"),
        ]

    def __str__(self) -> str:
        return self.key
