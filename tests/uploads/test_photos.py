"""Sending photos and looking at them, over the API."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Scope
from core.clock import clock_moved
from core.rates import take
from tests.api import API, Program
from tests.uploads.conftest import picture
from uploads import rooms
from uploads.errors import UploadError
from uploads.models import Upload
from uploads.services import MOST_BYTES, RATE, forget_unused_photos, keep_photo, use_photo

pytestmark = pytest.mark.django_db


def send(program, content, name="p.jpg", field="photo", **more):
    body = {field: SimpleUploadedFile(name, content), **more}
    return program.client.post(f"{API}/uploads/", body, headers=program.headers)


def look(program, upload):
    return program.client.get(upload.get_absolute_url(), headers=program.headers)


@pytest.fixture
def alice_api(alice):
    return Program(alice)


@pytest.fixture
def photo(alice) -> Upload:
    return keep_photo(by=alice, file=SimpleUploadedFile("p.jpg", picture()))


@pytest.fixture
def shop_window(monkeypatch, bob):
    """A room that shows its photos to bob, to programs that may chat."""
    monkeypatch.setattr(rooms, "_rooms", {})
    rooms.shows_photos("window", Scope.MESSAGE)(lambda user, _upload: user == bob)


def test_a_photo_is_drawn_anew_and_kept(alice_api, alice):
    response = send(alice_api, picture("PNG", size=(100, 80)), name="../../etc/<b>.svg")
    assert response.status_code == 201, response.content
    upload = Upload.objects.get()
    with upload.file.open() as file:
        stored = file.read()
    assert response.json() == {
        "id": upload.pk,
        "url": f"/api/v1/uploads/{upload.pk}/",
        "width": 100,
        "height": 80,
        "size": len(stored),
        "sha256": sha256(stored).hexdigest(),
    }
    assert (upload.owner, upload.use) == (alice, "")
    assert upload.file.name.startswith("photos/")
    assert "svg" not in upload.file.name


def test_the_owner_sees_it_as_nothing_but_a_picture(alice_api, photo):
    response = look(alice_api, photo)
    assert response.status_code == 200
    with photo.file.open() as file:
        assert response.content == file.read()
    headers = {
        "Content-Type": "image/jpeg",
        "Content-Disposition": f'inline; filename="photo-{photo.pk}.jpg"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=3600",
    }
    assert {name: response[name] for name in headers} == headers


def test_a_stranger_is_told_the_same_as_of_no_photo(alice_api, charlie, photo):
    assert look(alice_api, photo).status_code == 200
    hidden = look(Program(charlie), photo)
    unknown = Program(charlie).get(f"/uploads/{photo.pk + 1}/")
    assert (hidden.status_code, hidden.json()) == (404, unknown.json())


def test_nobody_signed_in_sees_nothing(client, photo):
    assert client.get(photo.get_absolute_url()).status_code == 401


def test_a_room_shows_its_photos_to_whom_it_permits(bob, charlie, alice, photo, shop_window, bob_page):
    assert bob_page.get(photo.get_absolute_url()).status_code == 404
    use_photo(upload_id=photo.pk, by=alice, use="window")
    assert bob_page.get(photo.get_absolute_url()).status_code == 200
    assert look(Program(bob, [Scope.MESSAGE, Scope.READ]), photo).status_code == 200
    assert look(Program(bob, [Scope.READ]), photo).status_code == 403
    assert look(Program(charlie, [Scope.MESSAGE, Scope.READ]), photo).status_code == 404


@pytest.mark.parametrize(
    ("scope", "status"), [("trade", 201), ("message", 201), ("read", 403), ("binder", 403)]
)
def test_tokens_for_trades_or_chat_may_send(alice, scope, status):
    assert send(Program(alice, [scope]), picture()).status_code == status


def test_what_is_no_photo_leaves_nothing_behind(alice_api):
    refused = [
        (send(alice_api, b"<svg/>"), 415, "unsupported_image"),
        (send(alice_api, picture()[:300]), 400, "broken_image"),
        (send(alice_api, b"\xff" * (MOST_BYTES + 1)), 413, "too_large"),
        (send(alice_api, b"\xff" * (MOST_BYTES + 20_000)), 413, "too_large"),
        (send(alice_api, picture(), field="picture"), 400, "invalid"),
        (send(alice_api, picture(), owner="bob"), 400, "invalid"),
        (alice_api.post("/uploads/", {"photo": "x"}), 415, "unsupported_media_type"),
    ]
    assert [(r.status_code, r.json()["code"]) for r, *_ in refused] == [tuple(e) for _, *e in refused]
    assert {r["Content-Type"] for r, *_ in refused} == {"application/problem+json"}
    assert Upload.objects.count() == 0


def test_a_broken_form_is_refused(alice_api):
    response = alice_api.client.generic(
        "POST", f"{API}/uploads/", b"--x\r\n", "multipart/form-data; boundary=", headers=alice_api.headers
    )
    assert response.status_code == 400


def test_two_photos_at_once_are_refused(alice_api):
    files = [SimpleUploadedFile("a.jpg", picture()), SimpleUploadedFile("b.jpg", picture())]
    response = alice_api.client.post(f"{API}/uploads/", {"photo": files}, headers=alice_api.headers)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/photo")


def test_sixty_an_hour(alice):
    for _photo in range(60):
        assert take(RATE, str(alice.pk)).allowed
    with pytest.raises(UploadError) as error:
        keep_photo(by=alice, file=SimpleUploadedFile("p.jpg", picture()))
    assert (error.value.status, error.value.code) == (429, "too_many_photos")
    assert 0 < error.value.retry_after <= 3600


def test_a_photo_is_used_once_and_only_by_its_owner(alice, bob, photo):
    with pytest.raises(UploadError, match="not_found"):
        use_photo(upload_id=photo.pk, by=bob, use="window")
    use_photo(upload_id=photo.pk, by=alice, use="window")
    with pytest.raises(UploadError, match="already_used"):
        use_photo(upload_id=photo.pk, by=alice, use="window")


def test_what_nothing_uses_is_gone_after_a_day(alice, photo, django_capture_on_commit_callbacks):
    used = keep_photo(by=alice, file=SimpleUploadedFile("q.jpg", picture()))
    use_photo(upload_id=used.pk, by=alice, use="window")
    with clock_moved(timedelta(hours=23)):
        assert forget_unused_photos() == 0
    with clock_moved(timedelta(hours=25)), django_capture_on_commit_callbacks(execute=True):
        assert forget_unused_photos() == 1
        assert forget_unused_photos() == 0
    assert list(Upload.objects.all()) == [used]
    names = [str(upload.file.name) for upload in (photo, used)]
    assert [default_storage.exists(name) for name in names] == [False, True]


def test_a_page_s_form_is_bounded_too(settings, rf):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    small = rf.post("/", {"photo": SimpleUploadedFile("p.jpg", b"x" * 9_000)})
    assert small.FILES["photo"].size == 9_000
    large = rf.post("/", {"photo": SimpleUploadedFile("p.jpg", b"x" * 11_000)})
    with pytest.raises(RequestDataTooBig):
        large.FILES  # noqa: B018
