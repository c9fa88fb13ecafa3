"""Two hundred invented subscribers at example.org and example.se; the same ones every time."""

from collections.abc import Iterator
from dataclasses import dataclass

_FIRST = (  # noqa: SIM905 - names read better without quotes
    "Anna Erik Maria Lars Karin Anders Eva Johan Kristina Per Lena Nils Sara Mikael Emma Jan Åsa Hans Malin Göran "
    "Ingrid Björn Linnea Fredrik Elin Stefan Hanna Ulf Märta Peter Fatima Ahmed Leila Piotr Aino Sölve Tuva Ola "
    "Gun Örjan"
).split()
_LAST = (  # noqa: SIM905 - names read better without quotes
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson Jonsson "
    "Lindberg Åkesson Sjögren Ekström Öberg Håkansson Virtanen Kowalska Ali Berglund Sandström Hedlund Nyqvist"
).split()
_ORGANISATIONS = (
    "",
    "Sjöbygdens kommun",
    "Hembygdsföreningen Viken",
    "Studieförbundet Ljuset",
    "Region Sjöbygden",
    "Idrottsföreningen Norra Viken",
    "",
    "Kooperativet Handfast",
)
_ASCII = str.maketrans("åäöéüÅÄÖ", "aaoeuAAO")


@dataclass(frozen=True)
class Person:
    """A subscriber of the demo; `place` is what became of the subscription."""

    address: str
    name: str
    organisation: str
    is_partner: bool
    place: str


def iter_people(count: int = 200) -> Iterator[Person]:
    """Give people with different addresses; most are active, a few have paused, left or not confirmed yet."""
    for number in range(count):
        first, last = _FIRST[number % len(_FIRST)], _LAST[(number * 7 + number // 40) % len(_LAST)]
        domain = "example.se" if number % 3 else "example.org"
        place = {17: "paused", 43: "left", 61: "pending"}.get(number % 80, "active")
        yield Person(
            address=f"{first}.{last}{number}@{domain}".translate(_ASCII).lower(),
            name=f"{first} {last}",
            organisation=_ORGANISATIONS[number % len(_ORGANISATIONS)],
            is_partner=number % 8 in {1, 4},
            place=place,
        )
