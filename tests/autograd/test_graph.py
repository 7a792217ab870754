"""The graph as a table, as SVG, in DOT and in Mermaid."""

from xml.etree import ElementTree

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.errors import InputError


@pytest.fixture
def tape():
    x = tg.tensor(np.ones((2, 3)), requires_grad=True)
    w = tg.tensor(np.ones((3, 4)), requires_grad=True)
    return tg.graph(np.tanh(x @ w).sum())


def test_inputs_come_first(tape):
    assert [entry.name for entry in tape.entries] == ["leaf", "leaf", "matmul", "tanh", "sum"]
    for entry in tape.entries:
        assert all(source < entry.number for source in entry.inputs)


def test_saved_bytes_count_each_array_once():
    x = tg.tensor(np.ones((2, 3)), requires_grad=True)
    tape = tg.graph((x * x).sum())
    assert tape.entries[1].saved_bytes == 2 * 48
    assert tape.saved_bytes == 48


def test_table_lists_ops_shapes_and_saved_values(tape):
    lines = str(tape).splitlines()
    assert lines[0].split() == ["#", "op", "inputs", "shape", "dtype", "saves", "bytes"]
    assert "matmul" in lines[3]
    assert "(2, 4)" in lines[3]
    assert lines[-1].endswith("bytes saved in total")


def test_dot_and_mermaid_have_all_nodes_and_edges(tape):
    assert tape.to_dot().count("->") == 4
    assert tape.to_dot().count("label=") == 5
    assert tape.to_mermaid().count("-->") == 4


def test_svg_has_a_box_for_each_entry_and_an_arrow_for_each_input(tape):
    picture = ElementTree.fromstring(tape.to_svg())
    found = {tag: picture.findall(f"{{*}}{tag}") for tag in ("rect", "line", "text")}
    assert (len(found["rect"]), len(found["line"])) == (5, 4)
    assert "tanh" in [text.text for text in found["text"]]
    assert all(float(line.get("x1")) < float(line.get("x2")) for line in found["line"])


def test_svg_boxes_do_not_overlap(tape):
    boxes = ElementTree.fromstring(tape.to_svg()).findall("{*}rect")
    assert len({(box.get("x"), box.get("y")) for box in boxes}) == len(boxes)


def test_svg_of_a_leaf_is_one_box():
    tape = tg.graph(tg.tensor([1.0], requires_grad=True))
    assert tape.to_svg().count("<rect") == 1


@pytest.mark.parametrize("suffix", [".svg", ".dot", ".mmd", ".txt"])
def test_save_writes_the_format_of_the_suffix(tape, tmp_path, suffix):
    tape.save(tmp_path / f"tape{suffix}")
    assert (tmp_path / f"tape{suffix}").read_text().strip()


def test_save_refuses_other_suffixes(tape, tmp_path):
    with pytest.raises(
        InputError, match=r"cannot write a graph as .*tape\.png: use \.svg, \.dot, \.mmd"
    ):
        tape.save(tmp_path / "tape.png")


def test_leaf_is_a_graph():
    assert len(tg.graph(tg.tensor([1.0], requires_grad=True))) == 1


def test_freed_graph_is_refused():
    y = tg.tensor([1.0], requires_grad=True) * 2
    y.backward()
    with pytest.raises(RuntimeError, match=r"already walked and freed: call graph before backward"):
        tg.graph(y)


def test_deep_graph():
    y = tg.tensor([1.0], requires_grad=True)
    for _ in range(5000):
        y = y + 1
    assert len(tg.graph(y)) == 5001
