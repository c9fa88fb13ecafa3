"""Fixtures of the subscribers' tests: a workspace with one empty list, and a file to import."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from mailer.db import transaction
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list
from mailer.workspaces.queries import create_workspace
from tests.factories.subscribers import NOON


@pytest.fixture
def letters(engine: Engine) -> MailingList:
    with transaction(engine) as session:
        workspace = create_workspace(session, "viken", "Viken", now=NOON)
        return create_list(session, workspace.id, "letters", "Letters", now=NOON)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"
