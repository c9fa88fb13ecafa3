"""`python -m tests.lab faults`: the catalogue of faults, and the command that runs them."""

import argparse
import dataclasses
import json
import multiprocessing
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.lab import answers, kills, people, report, surroundings, trust
from tests.lab.fault import Fault
from tests.lab.measure import Figures
from tests.lab.plant import POSTGRESQL, SQLITE, Shape
from tests.lab.postfix import POSTFIX
from tests.lab.running import Plan, run_faults

CATALOGUE: tuple[Fault, ...] = (
    *(*kills.FAULTS, *answers.FAULTS, *people.FAULTS, *surroundings.FAULTS, *trust.FAULTS, POSTFIX),
)
QUICK = Plan(recipients=600, is_quick=True, shape=Shape(workers=1, processes=4))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `python -m tests.lab faults`."""
    parser.add_argument("--quick", action="store_true", help="the selection of `make test`: less than a minute")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults; part of a name is enough with a *")
    parser.add_argument("--recipients", type=int, default=0, help=f"default: {Plan.recipients}; with --quick 600")
    parser.add_argument("--at", type=float, nargs="+", help="shares of the mails at which it happens")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), default=SQLITE)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one object a line for each fault and share")
    parser.add_argument("--list", action="store_true", help="only list the faults")
    parser.add_argument("--write", type=Path, help="put the table into this file, between its marks")


def run(arguments: argparse.Namespace) -> int:
    """Run the chosen faults; 1 when one of them missed a target."""
    try:
        chosen = choose(arguments.only, quick=arguments.quick)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.list:
        for fault in chosen:
            print(f"{fault.name:<28}{fault.about}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing the lab started is left behind
    started = time.monotonic()
    shown = list(_show(_run_by_halves(chosen, make_plan(arguments)), as_json=arguments.json))
    if arguments.write:
        report.write(arguments.write, shown, CATALOGUE)
    failed = [one for one in shown if not one.passed]
    said = f"{len(shown)} dispatches in {time.monotonic() - started:.0f} s, {len(failed)} missed a target."
    print(said, file=sys.stderr, flush=True)
    return 1 if failed or not shown else 0


def choose(names: list[str] | None, *, quick: bool) -> list[Fault]:
    """Return the faults of these names, or all; ValueError for a name that there is not."""
    faults = [fault for fault in CATALOGUE if fault.quick or not quick]
    if not names:
        return faults
    for name in names:
        if not any(_matches(fault, name) for fault in CATALOGUE):
            raise ValueError(f"there is no fault {name!r}; --list shows them")
    return [fault for fault in CATALOGUE if any(_matches(fault, name) for name in names)]


def make_plan(arguments: argparse.Namespace) -> Plan:
    plan = QUICK if arguments.quick else Plan()
    shape = dataclasses.replace(plan.shape, database=arguments.database)
    if arguments.workers:
        shape = dataclasses.replace(shape, workers=arguments.workers)
    shares = tuple(arguments.at) if arguments.at else plan.shares
    return dataclasses.replace(plan, recipients=arguments.recipients or plan.recipients, shares=shares, shape=shape)


def _run_by_halves(faults: Sequence[Fault], plan: Plan) -> Iterator[Figures]:
    """Run what needs a plant of its own, and what may share one, at the same time: both mostly wait."""
    halves = [half for half in ([f for f in faults if f.alone], [f for f in faults if not f.alone]) if half]
    if len(halves) == 1:
        yield from run_faults(faults, plan)
        return
    with ProcessPoolExecutor(len(halves), mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_run_half, [one.name for one in half], plan) for half in halves]):
            yield from done.result()


def _run_half(names: list[str], plan: Plan) -> list[Figures]:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    figures = []
    for one in run_faults([fault for fault in CATALOGUE if fault.name in names], plan):
        print(report.line(one), file=sys.stderr, flush=True)
        figures.append(one)
    return figures


def _matches(fault: Fault, name: str) -> bool:
    return fault.name == name or (name.endswith("*") and fault.name.startswith(name[:-1]))


def _show(figures: Iterable[Figures], *, as_json: bool) -> Iterable[Figures]:
    for one in figures:
        if as_json:
            print(json.dumps(dataclasses.asdict(one) | {"passed": one.passed}), flush=True)
        else:
            print(report.line(one), flush=True)
        yield one
