"""What beat asks of uploads. Each task may run twice."""

from celery import shared_task

from uploads.services import forget_unused_photos as forget


@shared_task
def forget_unused_photos() -> int:
    return forget()
