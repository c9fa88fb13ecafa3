"""One rule for the short names of workspaces, lists and newsletters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from mailer.errors import InvalidError
from mailer.lists.queries import create_list
from mailer.workspaces.naming import check_naming, derive_slug, propose_slug
from mailer.workspaces.queries import create_workspace
from tests.factories.newsletters import NOON

WRONG = ["", "-a", "a-", "Viken", "ö", "a b", "a/b", "a\n", "a" * 64, "."]


@pytest.mark.parametrize("slug", WRONG)
def test_a_wrong_short_name_is_refused_for_workspaces_and_lists(session: Session, slug: str) -> None:
    workspace = create_workspace(session, "viken", "Viken", now=NOON)
    with pytest.raises(InvalidError, match="a-z, 0-9 and hyphens"):
        create_workspace(session, slug, "Namn", now=NOON)
    with pytest.raises(InvalidError, match="a-z, 0-9 and hyphens"):
        create_list(session, workspace.id, slug, "Namn", now=NOON)


@pytest.mark.parametrize("slug", ["a", "7", "a-b", "a--b", "a" * 63])
def test_a_right_short_name_is_taken(slug: str) -> None:
    assert check_naming(slug=slug) == []


def test_a_workspace_in_an_unknown_language_is_refused(session: Session) -> None:
    with pytest.raises(InvalidError, match="language: must be one of sv, en"):
        create_workspace(session, "viken", "Viken", language="klingon", now=NOON)


@given(st.text(max_size=130))
def test_what_is_derived_from_a_name_is_nothing_or_right(name: str) -> None:
    slug = derive_slug(name)
    assert slug == "" or check_naming(slug=slug) == []


def test_a_derived_short_name_is_cut_between_words() -> None:
    assert derive_slug("Råd & tips") == "rad-tips"
    assert derive_slug("a" * 62 + " b") == "a" * 62


@given(st.text(max_size=130), st.integers(0, 12))
def test_a_proposed_short_name_is_right_and_free(name: str, before: int) -> None:
    taken: list[str] = []
    for _ in range(before + 1):
        slug = propose_slug(name, taken, nameless="list")
        assert check_naming(slug=slug) == []
        assert slug not in taken
        taken.append(slug)


def test_a_taken_short_name_gets_a_number() -> None:
    assert propose_slug("Råd & tips", [], nameless="list") == "rad-tips"
    assert propose_slug("Råd & tips", ["rad-tips", "rad-tips-2"], nameless="list") == "rad-tips-3"
    assert propose_slug("!", ["list"], nameless="list") == "list-2"
    assert propose_slug("a" * 63, ["a" * 63], nameless="list") == f"{'a' * 61}-2"
