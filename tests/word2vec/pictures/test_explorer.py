"""The explorer is one page that works offline, in a real browser if there is one."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.word2vec.pictures.samples import groups
from tests.word2vec.vectors.samples import random_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.pictures import write_explorer
from tinygrad_w2v.word2vec.vectors import KeyedVectors


def data_of(path: Path) -> dict[str, Any]:
    text = path.read_text("utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_page_holds_first_words_and_close_vectors(tmp_path) -> None:
    kv = random_vectors([f"w{n}" for n in range(50)], 10)
    page = write_explorer(kv, tmp_path / "v.html", words=40, method="pca")
    assert (page.words, page.method) == (40, "pca")
    assert page.size == (tmp_path / "v.html").stat().st_size
    data = data_of(tmp_path / "v.html")
    assert data["words"] == list(kv.words[:40])
    vectors = np.frombuffer(base64.b64decode(data["vectors"]), np.int8).reshape(40, 10)
    unit = vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    np.testing.assert_allclose(
        unit @ unit.T, kv.unit_vectors[:40] @ kv.unit_vectors[:40].T, atol=0.02
    )
    places = np.frombuffer(base64.b64decode(data["places"]), "<i2").reshape(40, 2)
    assert np.abs(places).max() == 32767


def test_page_loads_nothing(tmp_path) -> None:
    write_explorer(groups(), tmp_path / "v.html", method="pca")
    text = (tmp_path / "v.html").read_text("utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|src=|@import|url\(", text)


def test_words_cannot_end_the_script(tmp_path) -> None:
    words = ["</script><script>alert(1)</script>", "<!--", "a&b", "\u2028"]
    kv = KeyedVectors(words, np.eye(4))
    write_explorer(kv, tmp_path / "v.html", method="pca", title="<b>")
    assert data_of(tmp_path / "v.html")["words"] == words
    text = (tmp_path / "v.html").read_text("utf-8")
    assert text.count("<script") == 2
    assert "<title>&lt;b&gt;</title>" in text


def test_too_few_words_are_refused(tmp_path) -> None:
    with pytest.raises(
        InputError, match="has too few words for a page; give vectors of at least 3"
    ):
        write_explorer(KeyedVectors(["a", "b"], np.eye(2)), tmp_path / "v.html")


# --- in a browser ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None
    )
    with playwright.sync_playwright() as engine:
        try:
            found = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        except playwright.Error:
            pytest.skip("no Chromium")
        yield found
        found.close()


@pytest.fixture
def page(browser, tmp_path) -> Iterator[Any]:
    kv = groups(300)
    kv.add_vectors(["man", "woman", "king", "queen"], np.eye(4, 8) * 5)
    kv["queen"] = kv["king"] - kv["man"] + kv["woman"]
    write_explorer(kv, tmp_path / "v.html", method="pca", title="groups")
    opened = browser.new_page(viewport={"width": 1000, "height": 700})
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("request", lambda r: r.url.startswith("file:") or problems.append(r.url))
    opened.goto((tmp_path / "v.html").as_uri())
    opened.emulate_media(reduced_motion="reduce")
    yield opened
    assert not problems
    opened.close()


def answers(page: Any) -> list[str]:
    return [text.split("\n")[0] for text in page.locator("#answers button").all_inner_texts()]


def wait_until(page: Any, condition: str) -> None:
    """Wait for a condition; the page's policy refuses ``wait_for_function`` after its first try."""
    for _ in range(300):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(condition)


def test_search_shows_neighbours(page) -> None:
    page.fill("#word", "a1")
    assert page.locator("#suggestions li").first.inner_text() == "a1"
    page.press("#word", "Enter")
    assert page.inner_text("#heading") == "a1"
    assert {word[0] for word in answers(page)} == {"a"}
    assert page.url.endswith("#a1")


def test_misspelt_word_gets_similar_ones(page) -> None:
    page.fill("#word", "quean")
    assert page.locator("#suggestions li").all_inner_texts() == ["queen"]
    page.fill("#word", "zzzzz")
    assert page.locator("#suggestions li").all_inner_texts() == ["no such word"]


def test_arrow_keys_choose_a_suggestion(page) -> None:
    page.fill("#word", "b")
    second = page.locator("#suggestions li").nth(1).inner_text()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.press("#word", key)
    assert page.inner_text("#heading") == second


def test_neighbour_can_be_clicked(page) -> None:
    page.fill("#word", "a1")
    page.press("#word", "Enter")
    first = answers(page)[0]
    page.locator("#answers button").first.click()
    assert page.inner_text("#heading") == first


def test_arithmetic_answers(page) -> None:
    page.fill("#sum", "king - man + woman")
    page.press("#sum", "Enter")
    assert page.inner_text("#heading") == "king − man + woman"
    assert answers(page)[0] == "queen"
    page.fill("#sum", "king - nam")
    page.press("#sum", "Enter")
    assert page.inner_text("#heading") == "No word “nam”"
    assert "did you mean" in page.inner_text("#note")


def test_point_can_be_clicked_after_zooming(page) -> None:
    box = page.locator("canvas").bounding_box()
    before = page.evaluate("view.scale")
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    under = "[(200 - width / ratio / 2) / view.scale + view.x]"
    fixed = page.evaluate(under)[0]
    page.mouse.wheel(0, -500)
    wait_until(page, f"view.scale > {before} * 2")
    assert page.evaluate(under)[0] == pytest.approx(fixed, abs=1e-3)  # zooms about the pointer
    row = page.evaluate("rowAt(width / ratio / 2, height / ratio / 2, 1e9)")
    x, y = page.evaluate(f"[screenX({row}) / ratio, screenY({row}) / ratio]")
    page.mouse.click(box["x"] + x, box["y"] + y)
    assert page.inner_text("#heading") == page.evaluate(f"words[{row}]")


def test_map_can_be_dragged_and_reset(page) -> None:
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 330, steps=4)
    page.mouse.up()
    x, y, scale = page.evaluate("[view.x, view.y, view.scale]")
    assert (-x * scale, -y * scale) == (pytest.approx(100, abs=1), pytest.approx(30, abs=1))
    page.get_by_label("Show all").click()
    wait_until(page, "view.x === 0 && view.y === 0")


def test_map_draws_colored_points(page) -> None:
    colors = page.evaluate("draw(), new Set(pixels).size")
    assert colors > 5


def test_link_opens_a_word(page) -> None:
    page.goto(f"{page.url.split('#')[0]}#queen")
    page.reload()
    assert page.inner_text("#heading") == "queen"
