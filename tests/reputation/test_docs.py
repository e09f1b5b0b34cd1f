"""The script in docs/check-a-seal.md works as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from reputation.services import submit_review
from tests.reputation.conftest import GOOD

pytestmark = pytest.mark.django_db


@pytest.fixture
def script(tmp_path):
    text = (Path(settings.BASE_DIR) / "docs" / "check-a-seal.md").read_text()
    (found,) = re.findall(r"```python\n(.*?)```", text, re.S)
    path = tmp_path / "check_seal.py"
    path.write_text(found)
    return path


def test_the_ten_lines(script, tmp_path, done, alice, bob, nobody_api):
    review = submit_review(proposal_id=done.pk, by=alice, ratings=GOOD, comment="Schön – “NM”.")
    submit_review(proposal_id=done.pk, by=bob, ratings=GOOD)
    proof = nobody_api.get(f"/reviews/{review.pk}/proof/").json()

    def check(said, *noted):
        answer = tmp_path / "proof.json"
        answer.write_text(json.dumps(said))
        return subprocess.run(
            [sys.executable, script, answer.as_uri(), *noted], capture_output=True
        ).returncode

    assert check(proof) == 0
    assert check(proof, review.seal) == 0
    assert check(proof, "0" * 64) == 1
    assert check(proof | {"canonical_json": None, "salt": None, "holds": None}) == 1
    assert check(proof | {"canonical_json": proof["canonical_json"].replace("5", "4")}) == 1
