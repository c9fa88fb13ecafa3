"""Who wrote a mail by its own word, and whether a program did. Pure; nothing here proves anything."""

from email.utils import getaddresses

from mailer.mime.parts import find_header

Headers = list[tuple[str, str]]


def read_sender(headers: Headers) -> str:
    """Return the one address of From (RFC 5322 §3.6.2), or nothing when there are several or none."""
    found = [address for _name, address in getaddresses([find_header(headers, "from")]) if address]
    return found[0] if len(found) == 1 else ""


def is_from_a_machine(headers: Headers) -> bool:
    """Tell whether a mail is an automatic answer, a report or bulk, to which nothing is answered (RFC 3834 §2)."""
    names = {name.lower() for name, _value in headers}
    submitted = find_header(headers, "auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or find_header(headers, "precedence").strip().lower() in {"bulk", "list", "junk"}
        or find_header(headers, "content-type").strip().lower().startswith("multipart/report")
        or not names.isdisjoint({"list-id", "list-unsubscribe", "x-autoreply", "x-autorespond"})
    )
