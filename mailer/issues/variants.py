"""Which mail a reader gets when some blocks are for some lists only. Pure; workers need no more of the kinds."""

from collections.abc import Iterable


def variant_key(audiences: Iterable[Iterable[str]], lists: Iterable[str]) -> str:
    """Return which of the blocks with an audience a reader through `lists` sees, as 0 and 1; "" without any.

    `audiences` are the lists (slugs) of each block in order; a block without any is for everybody and does not count.
    """
    through = frozenset(lists)
    return "".join("01"[not through.isdisjoint(audience)] for audience in map(list, audiences) if audience)
