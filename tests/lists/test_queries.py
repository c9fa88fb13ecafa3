"""Making and finding lists: one short name, one list."""

import pytest
from sqlalchemy.orm import Session

from mailer.errors import RefusedError
from mailer.lists.queries import create_list, get_list, list_lists
from mailer.workspaces.queries import create_workspace
from tests.factories.newsletters import NOON


def test_a_list_that_is_called_as_another_one_is_addressed_is_not_taken_for_it(session: Session) -> None:
    workspace = create_workspace(session, "viken", "Viken", now=NOON)
    create_list(session, workspace.id, "styrelsen-2", "Brevet", now=NOON)
    addressed = create_list(session, workspace.id, "brevet", "Styrelsen", now=NOON)
    assert get_list(session, workspace.id, "brevet") is addressed
    assert get_list(session, workspace.id, "Brevet").slug == "styrelsen-2"


def test_a_taken_short_name_is_refused_and_the_rest_of_the_transaction_stays(session: Session) -> None:
    workspace = create_workspace(session, "viken", "Viken", now=NOON)
    create_list(session, workspace.id, "brevet", "Brevet", now=NOON)
    with pytest.raises(RefusedError, match="“brevet”"):
        create_list(session, workspace.id, "brevet", "Ett annat brev", now=NOON)
    assert [one.name for one in list_lists(session, workspace.id)] == ["Brevet"]


def test_lists_stand_in_the_order_of_the_alphabet(session: Session) -> None:
    workspace = create_workspace(session, "viken", "Viken", now=NOON)
    for number, name in enumerate(("Åsen", "new", "Råd & tips", "Zeta", "aaa", "Ärlan", "Rad tips")):
        create_list(session, workspace.id, f"list-{number}", name, now=NOON)
    names = [one.name for one in list_lists(session, workspace.id)]
    assert names == ["aaa", "new", "Rad tips", "Råd & tips", "Zeta", "Åsen", "Ärlan"]
