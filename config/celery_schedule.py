"""What beat runs, and when (UTC). Static: a schedule is read in review, not in a database."""

from typing import Any

from celery.schedules import crontab

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "expire-trades": {"task": "trades.tasks.expire_trades", "schedule": 60.0},
    "remind-recipients": {"task": "trades.tasks.remind_recipients", "schedule": 300.0},
    "settle-trades": {"task": "trades.tasks.settle_trades", "schedule": crontab(minute="7")},
    "forget-unused-photos": {"task": "uploads.tasks.forget_unused_photos", "schedule": crontab(minute="37")},
    "forget-idempotency-keys": {
        "task": "accounts.tasks.forget_idempotency_keys",
        "schedule": crontab(minute="17"),
    },
    "reveal-reviews": {"task": "reputation.tasks.reveal_reviews", "schedule": 300.0},
    "evaluate-signals": {"task": "signals_bridge.tasks.evaluate_signals", "schedule": 300.0},
    "recalculate-everyone": {
        "task": "reputation.tasks.recalculate_everyone",
        "schedule": crontab(hour="2", minute="47"),
    },
    "check-figures": {"task": "reputation.tasks.check_figures", "schedule": crontab(hour="3", minute="17")},
}
