"""Making lists as people do: names that can be told apart, short names that are free, and a record of it."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mailer.activity.models import Activity
from mailer.db import transaction
from mailer.errors import InvalidError, RefusedError
from mailer.lists.making import make_list
from mailer.lists.queries import list_lists
from mailer.workspaces.naming import NAME_TAKEN
from mailer.workspaces.queries import create_workspace
from tests.at_once import at_once
from tests.factories.newsletters import NOON


def test_a_list_is_made_on_record(session: Session) -> None:
    workspace = create_workspace(session, "viken", "Viken", now=NOON)
    made = make_list(session, workspace.id, "Råd & tips", actor="7", now=NOON)
    assert made.slug == "rad-tips"
    fact = session.scalars(select(Activity)).one()
    assert (fact.actor, fact.verb, fact.subject) == ("7", "list.made", f"list:{made.id}")


def test_a_short_name_of_ones_own_is_taken_or_refused(session: Session) -> None:
    workspace = create_workspace(session, "viken", "Viken", now=NOON)
    assert make_list(session, workspace.id, "Råd", slug="x", actor="7", now=NOON).slug == "x"
    with pytest.raises(RefusedError, match="“x”"):
        make_list(session, workspace.id, "Tips", slug="x", actor="7", now=NOON)
    with pytest.raises(InvalidError, match="this name already"):
        make_list(session, workspace.id, "RÅD", slug="y", actor="7", now=NOON)


@pytest.mark.parametrize("names", [("Råd", "Rad", "råd!", "RAD?", "Råd.", "rad;"), ("Råd",) * 6])
def test_lists_that_are_made_at_the_same_moment_have_short_names_of_their_own(
    engine: Engine, names: tuple[str, ...]
) -> None:
    with transaction(engine) as session:
        workspace_id = create_workspace(session, "viken", "Viken", now=NOON).id
    left = list(names)

    def make() -> str:
        try:
            with transaction(engine) as session:
                return make_list(session, workspace_id, left.pop(), actor="7", now=NOON).slug
        except InvalidError as error:
            return error.problems[0].reason

    different = len({name.casefold() for name in names})
    slugs = {"rad", *(f"rad-{number}" for number in range(2, different + 1))}
    assert at_once(make) == (slugs if different == len(names) else {*slugs, NAME_TAKEN})
    with transaction(engine) as session:
        assert len(list_lists(session, workspace_id)) == different
