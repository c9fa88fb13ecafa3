"""What a member may do, by role: one table, read by every page and by the test that walks all of them. Pure."""

from enum import StrEnum

OWNER, EDITOR, APPROVER, VIEWER = "owner", "editor", "approver", "viewer"
ROLES = (OWNER, EDITOR, APPROVER, VIEWER)


class Right(StrEnum):
    LOOK = "look"  # everything of the workspace but its people's sign-in
    WRITE = "write"  # issues, newsletters, lists, subscribers
    SEND = "send"  # start, pause and cancel dispatches
    RULE = "rule"  # members, and what binds the organisation


RIGHTS: dict[str, frozenset[Right]] = {
    OWNER: frozenset(Right),
    EDITOR: frozenset({Right.LOOK, Right.WRITE, Right.SEND}),
    APPROVER: frozenset({Right.LOOK, Right.SEND}),
    VIEWER: frozenset({Right.LOOK}),
}


def may(role: str, right: Right) -> bool:
    """Tell whether a role has a right; a role that nobody knows has none."""
    return right in RIGHTS.get(role, frozenset())
