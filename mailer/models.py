"""Index of every concept's tables, for Alembic and for SQLAlchemy's mapper set-up."""

from mailer.accounts import models as accounts
from mailer.activity import models as activity
from mailer.assets import models as assets
from mailer.db import Base
from mailer.deliveries import models as deliveries
from mailer.issues import models as issues
from mailer.lists import models as lists
from mailer.newsletters import models as newsletters
from mailer.notices import models as notices
from mailer.polls import models as polls
from mailer.relays import models as relays
from mailer.shares import models as shares
from mailer.subscribers import models as subscribers
from mailer.workspaces import models as workspaces

__all__ = [
    "Base",
    "accounts",
    "activity",
    "assets",
    "deliveries",
    "issues",
    "lists",
    "newsletters",
    "notices",
    "polls",
    "relays",
    "shares",
    "subscribers",
    "workspaces",
]
