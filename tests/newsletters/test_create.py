"""What a new newsletter is refused for, and how one is made by its name."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mailer.activity.models import Activity
from mailer.db import transaction
from mailer.errors import InvalidError, RefusedError
from mailer.newsletters.create import NewNewsletter, create_newsletter, propose_newsletter_slug
from mailer.newsletters.making import make_newsletter
from mailer.newsletters.theme import Theme
from mailer.workspaces.queries import create_workspace
from tests.at_once import AT_ONCE, at_once
from tests.factories.newsletters import NOON


def refuse(session: Session, **changes: str) -> list[str]:
    workspace = create_workspace(session, "viken", "Viken", now=NOON)
    facts = {"slug": "viken", "name": "Brev", "sender_name": "Viken", "sender_email": "brev@example.org", **changes}
    with pytest.raises(InvalidError) as invalid:
        create_newsletter(
            session, workspace.id, NewNewsletter(theme=Theme(organisation="Viken"), **facts), [], now=NOON
        )
    return [problem.field for problem in invalid.value.problems]


@pytest.mark.parametrize("field", ["sender_email", "reply_to"])
@pytest.mark.parametrize("address", ["föreningen@example.org", "föreningen@exempelförening.example", "nobody"])
def test_an_address_that_most_servers_could_not_take_in_a_header_is_refused(
    session: Session, field: str, address: str
) -> None:
    assert refuse(session, **{field: address}) == [field]


def test_every_fault_is_named_at_once(session: Session) -> None:
    assert refuse(session, slug="Viken!", language="xx", name="") == ["slug", "language", "name"]


def test_an_address_that_any_workspace_has_is_refused_and_another_one_proposed(session: Session) -> None:
    theme = Theme(organisation="Viken")
    new = NewNewsletter(slug="brev", name="Brev", sender_name="Viken", sender_email="brev@example.org", theme=theme)
    first, second = (create_workspace(session, slug, "Viken", now=NOON) for slug in ("viken", "udden"))
    create_newsletter(session, first.id, new, [], now=NOON)
    with pytest.raises(RefusedError, match="/n/brev/"):
        create_newsletter(session, second.id, new, [], now=NOON)
    assert propose_newsletter_slug(session, "Brev") == "brev-2"


def test_newsletters_that_are_made_at_the_same_moment_have_addresses_of_their_own(engine: Engine) -> None:
    with transaction(engine) as session:
        left = [create_workspace(session, f"viken-{number}", "Viken", now=NOON).id for number in range(AT_ONCE)]
    theme = Theme(organisation="Viken")
    new = NewNewsletter(slug="", name="Brev", sender_name="Viken", sender_email="brev@example.org", theme=theme)

    def make() -> str:
        with transaction(engine) as session:
            return make_newsletter(session, left.pop(), new, [], actor="7", now=NOON).slug

    assert at_once(make) == {"brev", *(f"brev-{number}" for number in range(2, AT_ONCE + 1))}
    with transaction(engine) as session:
        assert [one.verb for one in session.scalars(select(Activity))] == ["newsletter.made"] * AT_ONCE
