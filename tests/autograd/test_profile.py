"""Where time and memory go."""

import json

import numpy as np

import tinygrad_w2v as tg


def run():
    x = tg.tensor(np.ones((4, 5)), requires_grad=True)
    with tg.profile() as profile:
        for _ in range(3):
            np.tanh(x * x).sum().backward()
    return profile


def test_ops_are_counted_forward_and_backward():
    totals = run().totals
    assert {name: totals[name].calls for name in totals} == {"multiply": 3, "tanh": 3, "sum": 3}
    assert all(entry.forward > 0 and entry.backward > 0 for entry in totals.values())


def test_saved_bytes_are_those_of_the_rules():
    totals = run().totals
    assert totals["tanh"].saved_bytes == 3 * 4 * 5 * 8
    assert totals["sum"].saved_bytes == 0


def test_outside_the_block_nothing_is_counted():
    profile = run()
    tg.tensor([1.0], requires_grad=True) * 2
    assert profile.totals["multiply"].calls == 3


def test_the_table_names_every_op_and_the_sum():
    text = str(run())
    assert text.splitlines()[0].split()[:2] == ["op", "calls"]
    assert {"multiply", "tanh", "sum"} <= set(text.split())
    assert "ms in ops" in text


def test_the_chrome_trace_has_an_event_for_each_call_and_rule(tmp_path):
    path = tmp_path / "trace.json"
    run().save_chrome_trace(path)
    events = json.loads(path.read_text())["traceEvents"]
    assert len(events) == 18
    assert {event["cat"] for event in events} == {"forward", "backward"}
    assert all(event["dur"] >= 0 and event["ph"] == "X" for event in events)
