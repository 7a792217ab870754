"""Python in the pages runs: as a doctest, or in a test of its page."""

from __future__ import annotations

import re

import pytest

from tests.docs.test_links import PAGES

WITH_A_TEST = {  # tests/docs/test_..._page.py, tests/training/cluster
    *("CONTRIBUTING.md", "cluster.md", "coming-from-fasttext.md", "coming-from-gensim.md"),
    "gradcheck.md",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_is_a_doctest(page) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```python\n(.*?)```", text, flags=re.DOTALL | re.MULTILINE)
    plain = [block for block in blocks if not block.lstrip().startswith(">>> ")]
    assert not plain or page.name in WITH_A_TEST
