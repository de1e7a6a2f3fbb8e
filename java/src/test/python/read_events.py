#!/usr/bin/env python3
"""Compares a run's event file, as TensorBoard reads it, with its metrics.jsonl: read_events.py RUN. Needs tensorboard (2.21)."""

import json
import math
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator, SCALARS

run = Path(sys.argv[1]) / "run"
events = EventAccumulator(str(run), size_guidance={SCALARS: 0}).Reload()
expected = {}
for line in (run / "metrics.jsonl").read_text().splitlines():
    row = json.loads(line)
    (_, step), *rest = row.items()
    for name, value in rest:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            expected.setdefault(name, []).append((int(step), value))
assert sorted(expected) == sorted(events.Tags()["scalars"]), (sorted(expected), events.Tags()["scalars"])
for name, points in expected.items():
    found = [(e.step, e.value) for e in events.Scalars(name)]
    assert len(found) == len(points), name
    for (step, value), (found_step, found_value) in zip(points, found):
        assert step == found_step and math.isclose(value, found_value, rel_tol=1e-6, abs_tol=1e-37), (name, step, value, found_value)
print(f"{run}: {len(expected)} tags, {sum(map(len, expected.values()))} points, all equal")
