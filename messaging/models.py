"""Two people's chat: its state, its messages, and the one gapless log that clients replay."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from accounts.models import Block, User
from trades.models import TradeEvent, TradeProposal

LONGEST_CONTENT = 4_000
LONGEST_CLIENT_ID = 64
PREVIEW = 140


class ConversationQuerySet(QuerySet["Conversation"]):
    def visible_to(self, user: Any) -> ConversationQuerySet:
        """Those of `user`; also with somebody who has blocked them since: what was said stays readable."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(Q(user_a=user) | Q(user_b=user))

    def listed_for(self, user: User) -> ConversationQuerySet:
        """Those with something in them, and the empty ones that `user` opened."""
        return self.visible_to(user).filter(Q(last_seq__gt=0) | Q(opened_by=user))

    def archived_by(self, user: User, archived: bool) -> ConversationQuerySet:
        return self.filter(Q(user_a=user, a_archived=archived) | Q(user_b=user, b_archived=archived))

    def unread_by(self, user: User) -> ConversationQuerySet:
        """Those in which the other's last message is above what `user` has read."""
        return self.filter(
            Q(user_a=user, b_last_sent_seq__gt=F("a_last_read_seq"))
            | Q(user_b=user, a_last_sent_seq__gt=F("b_last_read_seq"))
        )

    def between(self, one_id: int, other_id: int) -> ConversationQuerySet:
        return self.filter(user_a=min(one_id, other_id), user_b=max(one_id, other_id))

    def with_people(self) -> ConversationQuerySet:
        return self.select_related("user_a", "user_b")

    def with_silence(self) -> ConversationQuerySet:
        """Each with `is_silenced`: a block stands between the two, and no trade binds them all the same."""
        a, b = OuterRef("user_a"), OuterRef("user_b")
        block = Block.objects.filter(Q(blocker=a, blocked=b) | Q(blocker=b, blocked=a))
        trades: Any = TradeProposal.objects  # columns will do where ids are asked for
        return self.annotate(is_silenced=Exists(block) & ~Exists(trades.between(a, b).binding()))

    def saying(self, words: str, reader: User) -> ConversationQuerySet:
        """Those whose partner's username, or a message that stands in them, has these very words."""
        said = Message.objects.saying(words).filter(conversation=OuterRef("pk"))
        partner = Q(user_a=reader, user_b__username__icontains=words)
        partner |= Q(user_b=reader, user_a__username__icontains=words)
        return self.filter(partner | Exists(said))


class Conversation(models.Model):
    """The one conversation of a pair. Columns `a_…` and `b_…` are each side's own.

    `last_seq` numbers everything that happens in it; who takes the next number holds the row's lock.
    """

    # These three are found by the indexes below: one more each would be written anew with every message.
    user_a = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    user_b = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    # Who wrote first without an offer; null where a proposal opened it. Counted against a daily limit.
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    trade_proposal = models.ForeignKey(TradeProposal, models.PROTECT, null=True, related_name="+")
    last_seq = models.BigIntegerField(default=0)
    last_message_at = models.DateTimeField()  # of an empty one: when it was opened
    preview = models.CharField(max_length=PREVIEW, blank=True)  # of the last message that stands
    created_at = models.DateTimeField()

    a_last_sent_seq = models.BigIntegerField(default=0)
    a_last_read_seq = models.BigIntegerField(default=0)
    a_last_read_at = models.DateTimeField(null=True)
    a_archived = models.BooleanField(default=False)
    a_muted = models.BooleanField(default=False)
    b_last_sent_seq = models.BigIntegerField(default=0)
    b_last_read_seq = models.BigIntegerField(default=0)
    b_last_read_at = models.DateTimeField(null=True)
    b_archived = models.BooleanField(default=False)
    b_muted = models.BooleanField(default=False)

    objects: ClassVar[Any] = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(user_a__lt=F("user_b")), name="conversation_ordered_pair"),
            models.UniqueConstraint(fields=["user_a", "user_b"], name="conversation_once_per_pair"),
            models.CheckConstraint(
                condition=Q(
                    last_seq__gte=0,
                    a_last_read_seq__range=(0, F("last_seq")),
                    b_last_read_seq__range=(0, F("last_seq")),
                    a_last_sent_seq__range=(0, F("last_seq")),
                    b_last_sent_seq__range=(0, F("last_seq")),
                ),
                name="conversation_seq_bounds",
            ),
        ]
        indexes = [
            models.Index(fields=["user_a", "-last_message_at", "-id"], name="conversation_list_a"),
            models.Index(fields=["user_b", "-last_message_at", "-id"], name="conversation_list_b"),
            models.Index(fields=["opened_by", "created_at"], name="conversation_opened"),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/inbox/{self.pk}/"

    @property
    def subject(self) -> str:
        """What notices about it are grouped and marked as read by."""
        return f"conversation:{self.pk}"

    @property
    def party_ids(self) -> tuple[int, int]:
        return self.user_a_id, self.user_b_id

    def side_of(self, user_id: int) -> str:
        """`a` or `b`: which columns are this user's."""
        return "a" if user_id == self.user_a_id else "b"

    def other_side_of(self, user_id: int) -> str:
        return "b" if user_id == self.user_a_id else "a"

    def partner_id_of(self, user_id: int) -> int:
        return self.user_b_id if user_id == self.user_a_id else self.user_a_id

    def partner_of(self, user_id: int) -> User:
        return self.user_b if user_id == self.user_a_id else self.user_a

    def last_read_by(self, user_id: int) -> int:
        return int(getattr(self, f"{self.side_of(user_id)}_last_read_seq"))

    def is_archived_by(self, user_id: int) -> bool:
        return bool(getattr(self, f"{self.side_of(user_id)}_archived"))

    def is_muted_by(self, user_id: int) -> bool:
        return bool(getattr(self, f"{self.side_of(user_id)}_muted"))

    def is_unread_by(self, user_id: int) -> bool:
        sent: int = getattr(self, f"{self.other_side_of(user_id)}_last_sent_seq")
        return sent > self.last_read_by(user_id)


class Attachment(models.TextChoices):
    CARD = "card", _("card")
    TRADE = "trade_proposal", _("trade")
    IMAGE = "image", _("photo")


class MessageQuerySet(QuerySet["Message"]):
    def visible_to(self, user: Any) -> MessageQuerySet:
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def standing(self) -> MessageQuerySet:
        return self.filter(deleted_at=None)

    def saying(self, words: str) -> MessageQuerySet:
        """Those that stand and have these very words, in either case."""
        return self.standing().filter(content__icontains=words)

    def with_senders(self) -> MessageQuerySet:
        return self.select_related("sender", "trade_event__actor")

    def unread_by(self, user: User) -> MessageQuerySet:
        """What others wrote to `user` above the last number they have read."""
        # One bound for the index of numbers: an OR of both sides would read each conversation whole.
        read = Case(
            When(conversation__user_a=user, then=F("conversation__a_last_read_seq")),
            default=F("conversation__b_last_read_seq"),
        )
        own = Q(conversation__user_a=user) | Q(conversation__user_b=user)
        return self.standing().filter(own, seq__gt=read, sender__isnull=False).exclude(sender=user)


class Message(models.Model):
    """One message, or one line about a trade (no sender). `seq` is the number of its `created` event.

    A deleted one keeps its text, for moderators only.
    """

    # Neither key has an index of its own: the two constraints below begin with them.
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="messages", db_index=False)
    seq = models.BigIntegerField()
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    client_id = models.CharField(max_length=LONGEST_CLIENT_ID, null=True)
    content = models.TextField(blank=True)
    attachment_type = models.CharField(max_length=14, choices=Attachment.choices, blank=True)
    attachment_id = models.BigIntegerField(null=True)
    trade_event = models.OneToOneField(TradeEvent, models.PROTECT, null=True, related_name="+")
    read_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects: ClassVar[Any] = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_once_per_seq"),
            models.UniqueConstraint(fields=["sender", "client_id"], name="message_once_per_client_id"),
            models.CheckConstraint(
                condition=Q(sender__isnull=True, client_id__isnull=True, trade_event__isnull=False)
                | Q(sender__isnull=False, client_id__isnull=False, trade_event__isnull=True),
                name="message_from_somebody_or_of_a_trade",
            ),
            models.CheckConstraint(
                condition=Q(attachment_type="", attachment_id__isnull=True)
                | Q(attachment_type__in=Attachment.values, attachment_id__isnull=False),
                name="message_attachment_whole",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), LONGEST_CONTENT), name="message_content_length"
            ),
        ]
        indexes = [
            models.Index(
                fields=["attachment_id"],
                condition=Q(attachment_type=Attachment.IMAGE),
                name="message_of_photo",
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Revision(models.Model):
    """What an edited message said before."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="revisions")
    content = models.TextField(blank=True)
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"revision of message {self.message_id}"


class ConversationEventKind(models.TextChoices):
    CREATED = "created", _("written")
    EDITED = "edited", _("edited")
    DELETED = "deleted", _("deleted")
    TRADE = "trade", _("trade")


class ConversationEvent(models.Model):
    """One entry of the log; append-only. What clients have not applied they fetch from here."""

    # Without an index of its own: the constraint below begins with it.
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="events", db_index=False)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=7, choices=ConversationEventKind.choices)
    message = models.ForeignKey(Message, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="conversation_event_once_per_seq"),
            models.CheckConstraint(
                condition=Q(kind__in=ConversationEventKind.values), name="conversation_event_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.seq} {self.kind}"
