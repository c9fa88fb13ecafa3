"""How much room the uploads of a workspace take, and that they do not take more than MAILER_ASSETS_MB."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mailer.assets.models import Asset, Derivative
from mailer.config import get_settings
from mailer.errors import NoRoomError
from mailer.i18n import mark

NO_ROOM = mark(
    "There is no room for {name}: {used} of the workspace's {most} MB are used. Files that nothing uses can be removed."
)


def refuse_too_much(session: Session, workspace_id: int, name: str, size_bytes: int) -> None:
    """Raise NoRoomError when an upload does not fit in any more; some that come at the same moment may go beyond."""
    used, most = measure_assets(session, workspace_id), get_settings().assets_mb
    if used + size_bytes > most * 1_000_000:
        raise NoRoomError(NO_ROOM, name=name[:80], used=round(used / 1_000_000), most=most)


def measure_assets(session: Session, workspace_id: int) -> int:
    """Return the bytes of a workspace's uploads with all their sizes."""
    uploads = select(func.sum(Asset.size_bytes)).where(Asset.workspace_id == workspace_id)
    sizes = select(func.sum(Derivative.size_bytes)).join(Asset, Asset.id == Derivative.asset_id)
    sizes = sizes.where(Asset.workspace_id == workspace_id)
    return sum(session.scalar(one) or 0 for one in (uploads, sizes))
