"""The images of the guided tour: the script makes those that the page shows, and they are small."""

import io
import re

import pytest
from PIL import Image

from tests.web.tour import IMAGES, MAX_BYTES, make_tour

PAGE = IMAGES.parents[1] / "tutorial" / "the-pages.md"


def test_the_page_shows_all_images_and_they_are_small() -> None:
    shown = re.findall(r"!\[[^\]]{20,}\]\(\.\./images/pages/([a-z-]+\.png)\)", PAGE.read_text())
    kept = {path.name: path.stat().st_size for path in IMAGES.iterdir()}
    assert sorted(shown) == sorted(kept)
    assert len(kept) == 9
    assert all(size < MAX_BYTES for size in kept.values())


@pytest.mark.long
@pytest.mark.browser
def test_the_script_makes_the_images() -> None:
    made = make_tour()
    assert {f"{name}.png" for name in made} == {path.name for path in IMAGES.iterdir()}
    for name, content in made.items():
        assert len(content) < MAX_BYTES, name
        with Image.open(io.BytesIO(content)) as image:
            assert (image.size, image.mode) == ((1_280, 800), "P"), name
