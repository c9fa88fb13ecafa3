"""Runs faults: a plant for as many of them as its shape serves, one dispatch for each fault and share."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from tests.lab.fault import Fault
from tests.lab.measure import Figures, Told, measure
from tests.lab.plant import Plant, Shape
from tests.lab.sending import Sending

_TLS = ("--tls", "starttls", "--user", "lab:secret")


_USUAL = Shape()
_TOGETHER = 4  # as many as there are processes that send


@dataclass(frozen=True)
class Plan:
    """How the faults are to be run."""

    recipients: int = 2000
    is_quick: bool = False
    shares: tuple[float, ...] | None = None  # None: each fault's own
    shape: Shape = _USUAL


def run_faults(faults: Sequence[Fault], plan: Plan) -> Iterator[Figures]:
    """Run the faults, those of one shape together; give each one's figures as they come."""
    for shape, of_shape in _group(faults, plan.shape):
        yield from _run_in_one_shape(of_shape, shape, plan)


def _run_in_one_shape(faults: Sequence[Fault], shape: Shape, plan: Plan) -> Iterator[Figures]:
    """A plant serves one group after the other; after one with a miss, the next gets a plant of its own."""
    plant: Plant | None = None
    with ExitStack() as opened, ThreadPoolExecutor(_TOGETHER) as pool:
        for together in _make_groups(faults, plan):
            try:
                plant = plant or opened.enter_context(Plant(shape))
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                yield from (_not_run(fault, share, error) for fault, share in together)
                continue
            tried = pool.map(partial(_try, plant, plan.recipients), together)
            all_passed = True
            for figures in tried:
                all_passed &= figures.passed
                yield figures
            if not all_passed:
                print(plant.last_words(), file=sys.stderr, flush=True)
                opened.close()
                plant = None


def _make_groups(faults: Sequence[Fault], plan: Plan) -> Iterator[list[tuple[Fault, float]]]:
    """Give what may happen at the same time to different dispatches: the product has to keep them apart."""
    shared: list[tuple[Fault, float]] = []
    for fault in faults:
        for share in _choose_shares(fault, plan):
            if fault.alone:
                yield [(fault, share)]
            else:
                shared.append((fault, share))
    yield from (shared[first : first + _TOGETHER] for first in range(0, len(shared), _TOGETHER))


def _try(plant: Plant, recipients: int, what: tuple[Fault, float]) -> Figures:
    fault, share = what
    try:
        return run_fault(fault, share, plant, recipients)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return _not_run(fault, share, error)


def _not_run(fault: Fault, share: float, error: Exception) -> Figures:
    return Figures(fault.name, share, complaints=(f"not run: {error}",))


def run_fault(fault: Fault, share: float, plant: Plant, recipients: int) -> Figures:
    """Start a dispatch, do it, let it end, measure."""
    told, started = Told(), time.monotonic()
    count = min(max(recipients, fault.at_least), fault.at_most)
    sending = _make_sending(fault, plant, count)
    try:
        if fault.prepare:
            fault.prepare(sending)
        if not sending.dispatch_id:
            sending.start()
        _do(fault, sending, share, told)
        return measure(sending, told, fault=fault.name, at=share, seconds=time.monotonic() - started)
    finally:
        sending.close()


def _do(fault: Fault, sending: Sending, share: float, told: Told) -> None:
    """Let it happen. What goes wrong with the lab itself, such as a start that never comes, counts as a miss, too."""
    told.restarts = sending.plant.restarts
    try:
        sending.wait_for_share(share)
        fault.act(sending, told)
    except (OSError, RuntimeError, SQLAlchemyError) as error:
        told.complaints.append(f"{type(error).__name__}: {error}")
    _settle(sending, told, sending.wait_for_state({"finished", "cancelled", "held"}))


def _settle(sending: Sending, told: Told, ended: str) -> None:
    """Note an end that was not expected; a cancelled dispatch is given the time its last mails take."""
    if ended == "cancelled":
        time.sleep(1)
    told.restarts = sending.plant.restarts - told.restarts
    if ended != told.ends_as:
        seen = sending.look()
        told.complaints.append(f"it ended as {ended} {seen.hold_reason} {seen.hold_detail}: {seen.deliveries}".strip())


def _make_sending(fault: Fault, plant: Plant, count: int) -> Sending:
    options = list(fault.options) or ["--latency", str(fault.latency)]
    if fault.tls:
        options += [*_TLS, "--certificate-file", str(plant.certificate)]
    for rule in fault.rules:
        options += ["--script", rule]
    sending = Sending(plant, count, options=options)
    who, query = ("lab:secret@", "required") if fault.tls or fault.is_secure_url else ("", "off")
    sending.relay_at(f"smtp://{who}127.0.0.1:{sending.sink.port}?starttls={query}")
    return sending


def _choose_shares(fault: Fault, plan: Plan) -> tuple[float, ...]:
    if len(fault.shares) == 1:
        return fault.shares
    if plan.is_quick and not plan.shares:
        return (fault.quick_at,)
    return plan.shares or fault.shares


def _group(faults: Sequence[Fault], usual: Shape) -> list[tuple[Shape, list[Fault]]]:
    groups: dict[Shape, list[Fault]] = {}
    for fault in faults:
        changes: dict[str, Any] = dict(fault.shape)
        groups.setdefault(replace(usual, **changes), []).append(fault)
    return list(groups.items())
