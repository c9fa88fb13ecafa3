"""Reading a mail's octets up to CRLF.CRLF out of a buffer that is used again for every read (RFC 5321 §4.1.1.4)."""

_END = b"\r\n.\r\n"
# When mails are only counted, the end is looked for in the last octets of each read: behind it stand at most the
# commands that a client may pipeline, and looking through 73 KB costs more than taking them from the kernel.
_WINDOW = 4096


class BodyReader:
    """Finds the end of one mail after the other; keeps the octets only when it is to."""

    def __init__(self, *, keeps: bool) -> None:
        self._keeps = keeps
        self._octets = bytearray()
        self._tail = b""
        self.size = 0

    def begin(self) -> None:
        """Start a mail: the line end of DATA is the one before a lone dot."""
        self._octets.clear()
        self._tail = b"\r\n"
        self.size = 0

    @property
    def octets(self) -> bytes | int:
        """The mail without the dot line, or how long it is."""
        return bytes(self._octets) if self._keeps else self.size

    def take(self, data: bytearray, start: int, end: int) -> int:
        """Take octets of `data`; return where what follows the mail begins, or -1 while the mail has not ended."""
        joint = self._tail + data[start : min(start + 4, end)]
        found = joint.find(_END)
        if found >= 0:
            stop = start + found + len(_END) - len(self._tail)
        else:
            first = start if self._keeps else max(start, end - _WINDOW)
            found = data.find(_END, first, end)
            stop = found + len(_END) if found >= 0 else -1
        if stop < 0:
            self._add(data, start, end)
            self._tail = (self._tail + data[max(start, end - 4) : end])[-4:]
        else:
            self._add(data, start, max(start, stop - 3))
            self._drop(max(0, start - (stop - 3)))
        return stop

    def _add(self, data: bytearray, start: int, end: int) -> None:
        self.size += end - start
        if self._keeps:
            self._octets += memoryview(data)[start:end]

    def _drop(self, count: int) -> None:
        """Take back octets of a dot line that came with an earlier read."""
        if count:
            self.size -= count
            del self._octets[max(0, len(self._octets) - count) :]
