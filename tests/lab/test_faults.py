"""The quick selection of the lab's faults: real processes, really killed. All of them run by `make faults`."""

import json
import subprocess
import sys

import pytest

from tests.lab.faults import CATALOGUE, choose
from tests.lab.processes import ROOT

QUICK = {
    *("kill-worker", "wipe-broker", "kill-postgres", "dot-cut", "dot-take-and-cut", "answers-4xx", "answers-5xx"),
    *("mail-550-571", "leave", "double-send"),
}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_nothing_is_lost_doubled_or_mixed_up_whatever_is_killed_or_answered() -> None:
    command = [sys.executable, "-m", "tests.lab", "faults", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    missed = [row for row in rows if not row["passed"]]
    assert not missed, done.stderr
    assert {row["fault"] for row in rows} == QUICK
    assert done.returncode == 0, done.stderr


def test_the_catalogue_has_a_name_for_each_fault_and_the_quick_ones_are_among_them() -> None:
    names = [fault.name for fault in CATALOGUE]
    assert len(names) == len(set(names))
    assert {fault.name for fault in choose(None, quick=True)} == QUICK
    assert {fault.name for fault in choose(["kill-w*"], quick=False)} == {"kill-worker", "kill-workers-10", "kill-web"}
    with pytest.raises(ValueError, match="no fault 'nonsense'"):
        choose(["nonsense"], quick=False)
