"""The demo as its first visitor finds it: nothing is left for them to put right."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.assets.library import list_undescribed
from mailer.assets.models import Asset
from mailer.demo.seed import seed_demo
from mailer.workspaces.models import Workspace
from tests.factories.newsletters import NOON


def test_every_picture_of_the_demo_is_described(session: Session) -> None:
    assert seed_demo(session, now=NOON)
    workspace = session.scalars(select(Workspace)).one()
    assert list_undescribed(session, workspace.id) == []
    logo = session.scalars(select(Asset).where(Asset.name == "sjobygden.png")).one()
    assert logo.alt == "Nätverket Sjöbygden"
