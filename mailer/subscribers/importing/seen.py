"""The addresses that earlier chunks of a file held: a bit for each subscriber, so that a million cost 125 KB."""

PAGE_BITS = 1 << 15


class Ids:
    """A set of whole numbers that takes little memory where they lie close together."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def __contains__(self, number: int) -> bool:
        page = self._pages.get(number // PAGE_BITS)
        return page is not None and bool(page[number % PAGE_BITS >> 3] & 1 << (number & 7))

    def add(self, number: int) -> None:
        page = self._pages.get(number // PAGE_BITS)
        if page is None:
            page = self._pages[number // PAGE_BITS] = bytearray(PAGE_BITS >> 3)
        page[number % PAGE_BITS >> 3] |= 1 << (number & 7)


class Seen:
    """`ids` of subscribers, and `hashes` of addresses that have none: only a dry run leaves some of those."""

    def __init__(self) -> None:
        self.ids = Ids()
        self.hashes: set[bytes] = set()
