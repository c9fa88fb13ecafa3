"""A block's data as the flat fields of a form, and back. Pure.

Names are paths, `rows.0.place`; a moment is a day and a clock, `start.day` and `start.clock`. What is empty is left
out, so that the kind's own rules say what is missing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mailer.blocks.controls import Control
from mailer.render.richtext import visible_text

Typed = Mapping[str, str]
# As people write the time of day, in Swedish and English.
_CLOCK = re.compile(r"(?:kl\.?\s*)?(?P<hour>\d{1,2})(?:[.:,]?(?P<minute>\d\d))?", re.ASCII | re.IGNORECASE)
SPARE_ROWS = 1  # empty rows that a form offers beside those that are filled in


def flatten(controls: Sequence[Control], data: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the fields of a form that hold this data."""
    flat: dict[str, str] = {}
    for control in controls:
        if (value := data.get(control.name)) is not None:
            flat |= _flatten_one(control, value, prefix + control.name)
    return flat


def collect(controls: Sequence[Control], typed: Typed, prefix: str = "") -> dict[str, Any]:
    """Return the data that was typed, as it would stand in an issue document; it is not judged here."""
    data = {control.name: _collect_one(control, typed, prefix + control.name) for control in controls}
    return {name: value for name, value in data.items() if value not in (None, "", {}, [])}


def find_field(controls: Sequence[Control], typed: Typed, path: str, prefix: str = "") -> str:
    """Return the form's name for a field of what was collected: there empty rows are counted, too."""
    name, _, rest = path.partition(".")
    control = next((one for one in controls if one.name == name), None)
    if control is None or control.kind not in {"group", "rows"} or not rest:
        return prefix + path
    if control.kind == "group":
        return find_field(control.inner, typed, rest, f"{prefix}{name}.")
    index, _, inner = rest.partition(".")
    numbers = [number for number, _ in _iter_rows(control, typed, prefix + name)]
    number = numbers[int(index)] if index.isdecimal() and int(index) < len(numbers) else index
    place = f"{prefix}{name}.{number}"
    return find_field(control.inner, typed, inner, f"{place}.") if inner else place


def iter_words(controls: Sequence[Control], data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a person reads in a block's data: the name of each field, and its text without markup."""
    for control in controls:
        value = data.get(control.name)
        if not value or control.kind == "file":
            continue
        if control.kind == "rows":
            for row in value:
                yield from iter_words(control.inner, row)
        elif control.kind == "group":
            yield from iter_words(control.inner, value)
        elif control.kind == "image":
            yield from [("alt", value["alt"])] if value.get("alt") else []
        elif control.kind == "tick":
            yield control.name, "✓"
        elif control.kind == "moment":
            yield control.name, str(value)[:16].replace("T", " ")
        else:
            yield control.name, visible_text("\n".join(value) if control.kind in {"lines", "blocks"} else str(value))


def count_rows(typed: Typed, path: str) -> int:
    """Return how many rows a form holds, the empty ones among them."""
    numbers = [int(found[1]) for name in typed if (found := re.match(rf"{re.escape(path)}\.(\d{{1,3}})\.", name))]
    return max(numbers, default=-1) + 1


def _flatten_one(control: Control, value: Any, path: str) -> dict[str, str]:  # noqa: ANN401 - JSON
    if control.kind in {"tick", "blocks"}:
        ticked = [path] if value is True else [f"{path}.{block}" for block in value or ()]
        return dict.fromkeys(ticked, "yes") or {path: ""}
    if control.kind == "moment":
        day, _, clock = str(value).partition("T")
        return {f"{path}.day": day, f"{path}.clock": clock[:5].replace(":", ".")}
    if control.kind == "image":
        across, down = value.get("focus", (0.5, 0.5))
        told = {"asset": value["asset"], "alt": value.get("alt", "")} | {"focus.0": str(across), "focus.1": str(down)}
        return {f"{path}.{name}": text for name, text in told.items()} | {
            f"{path}.decorative": "yes" if value.get("decorative") else ""
        }
    if control.kind == "group":
        return flatten(control.inner, value, f"{path}.")
    if control.kind == "rows":
        rows = [flatten(control.inner, row, f"{path}.{number}.") for number, row in enumerate(value)]
        return {name: text for row in rows for name, text in row.items()}
    text = "\n".join(value) if control.kind == "lines" else str(value)
    return {path: text.replace(":", ".") if control.kind == "clock" else text}


def _collect_one(control: Control, typed: Typed, path: str) -> Any:  # noqa: ANN401 - JSON
    if control.kind == "image":
        return _collect_image(typed, path)
    if control.kind == "group":
        return collect(control.inner, typed, f"{path}.")
    if control.kind == "rows":
        return [row for _, row in _iter_rows(control, typed, path)]
    if control.kind == "blocks":
        return [name.removeprefix(f"{path}.") for name, value in typed.items() if name.startswith(f"{path}.") and value]
    if control.kind == "moment":
        return _collect_moment(typed, path)
    return _collect_value(control, typed.get(path, "").strip())


def _iter_rows(control: Control, typed: Typed, path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows that are not empty, each with its number in the form."""
    for number in range(count_rows(typed, path)):
        if row := collect(control.inner, typed, f"{path}.{number}."):
            yield number, row


def _collect_moment(typed: Typed, path: str) -> str:
    day, clock = (typed.get(f"{path}.{part}", "").strip() for part in ("day", "clock"))
    if clock and not day and path.endswith("end"):
        day = typed.get(f"{path.removesuffix('end')}start.day", "").strip()  # it ends on the day that it starts
    return f"{day}T{_tidy_clock(clock)}" if clock else day


def _tidy_clock(clock: str) -> str:
    """Return 9.30, 9:30, 9,30, 0930, kl. 9.30 and 9 as hours and minutes; what is no time stays, to be refused."""
    found = _CLOCK.fullmatch(clock)
    return f"{int(found['hour']):02}:{found['minute'] or '00'}" if found else clock


def _collect_value(control: Control, text: str) -> Any:  # noqa: ANN401 - JSON
    if control.kind == "tick":
        # What is off by default is left out; what is on must be told that it is not.
        return bool(text) or (False if control.is_on else None)
    if control.kind == "clock":
        return _tidy_clock(text)
    if control.kind == "number":
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else text
    return [line for line in map(str.strip, text.splitlines()) if line] if control.kind == "lines" else text


def _collect_image(typed: Typed, path: str) -> dict[str, Any]:
    asset = typed.get(f"{path}.asset", "").strip()
    if not asset:
        return {}
    image: dict[str, Any] = {"asset": asset, "alt": typed.get(f"{path}.alt", "").strip()}
    if typed.get(f"{path}.decorative"):
        image["decorative"] = True
    if focus := read_focus(typed, path):
        image["focus"] = list(focus)
    return image


def read_focus(typed: Typed, path: str) -> tuple[float, float] | None:
    """Return the point that a picture is cut around: fractions from the left and the top. None when it is none."""
    across, down = (typed.get(f"{path}.focus.{axis}", "").strip().replace(",", ".") for axis in (0, 1))
    if not all(re.fullmatch(r"0?\.[0-9]{1,17}|[01]|1\.0{1,17}", one) for one in (across, down)):
        return None
    return float(across), float(down)
