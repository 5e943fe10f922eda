import hashlib
from collections.abc import Iterator
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from inference import download, runtime
from inference.management.commands import fetch_weights
from inference.vgg19 import VGG19File
from tests.inference.weights_server import BODY, WeightsServer, corrupt, right, status, write_manifest

pytestmark = pytest.mark.no_database
NAME = "vgg19-dcbb9e9d.pth"


@pytest.fixture
def mirror(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    """A server whose VGG19 is a small file, and a site that takes it for the right one."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch_weights, "VGG19File", partial(VGG19File, sha256=hashlib.sha256(BODY).hexdigest()[:8]))
    settings.WEIGHTS_DIR = tmp_path
    write_manifest(tmp_path)
    runtime.get_style_registry.cache_clear()
    with WeightsServer() as server:
        yield server
    runtime.get_style_registry.cache_clear()


def _fetch(mirror: WeightsServer, *names: str) -> str:
    out = StringIO()
    url = f"--base-url={mirror.url('/mirror')}"
    try:
        call_command("fetch_weights", *(names or ["vgg19"]), url, stdout=out, stderr=out)
    except CommandError as error:
        return f"{out.getvalue()}\nfailed: {error}"
    return out.getvalue()


def test_the_name_holds_what_the_file_is_verified_by() -> None:
    file = VGG19File(Path())
    assert (file.path.name, file.sha256) == (NAME, "dcbb9e9d")
    assert file.source == f"https://download.pytorch.org/models/{NAME}"
    assert download.MAX_BYTES > 574_673_361, "it may be so large"


def test_the_file_is_downloaded_and_verified_and_only_once(mirror: WeightsServer, tmp_path: Path) -> None:
    mirror.serves(f"/mirror/{NAME}", right())
    assert "vgg19: downloaded and verified" in _fetch(mirror)
    assert (tmp_path / NAME).read_bytes() == BODY
    assert "vgg19: already there" in _fetch(mirror)
    assert len(mirror.asked) == 1


def test_a_file_that_is_not_the_right_one_is_replaced(mirror: WeightsServer, tmp_path: Path) -> None:
    mirror.serves(f"/mirror/{NAME}", right())
    (tmp_path / NAME).write_bytes(b"half of it")
    assert "1 downloaded" in _fetch(mirror)
    assert (tmp_path / NAME).read_bytes() == BODY


def test_what_is_not_what_its_name_says_is_not_kept(mirror: WeightsServer, tmp_path: Path) -> None:
    mirror.serves(f"/mirror/{NAME}", corrupt())
    said = _fetch(mirror)
    assert "nothing of it was kept" in said
    assert "failed: 1 failed" in said
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_refusal_of_the_server_is_told(mirror: WeightsServer) -> None:
    mirror.serves(f"/mirror/{NAME}", status(404))
    assert "404" in _fetch(mirror)


def test_styles_may_be_named_beside_it(mirror: WeightsServer) -> None:
    mirror.serves(f"/mirror/{NAME}", right())
    assert "no style 'inc'" in _fetch(mirror, "vgg19", "inc")
    assert mirror.asked == []


@pytest.mark.parametrize(
    "mirror", ["http://exa mple", "http://[::1", "http://a:bc", "file:///tmp", f"http://{'a' * 64}"]
)
def test_a_mirror_that_is_no_web_address_is_told_in_a_line(tmp_path: Path, settings: Settings, mirror: str) -> None:
    settings.WEIGHTS_DIR = tmp_path
    out = StringIO()
    with pytest.raises(CommandError, match="1 failed"):
        call_command("fetch_weights", "vgg19", f"--base-url={mirror}", stdout=out, stderr=out)
    assert out.getvalue().startswith(f"vgg19: {mirror}/{NAME}: only http and https can be followed")
    assert out.getvalue().count("\n") == 1
    assert not list(tmp_path.iterdir())
