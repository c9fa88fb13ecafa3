"""Puts the web server together. Served by `uvicorn mailer.web.app:create_app --factory`."""

from fastapi import Depends, FastAPI

from mailer.web import dispatches, health, home, inbox, issues, lists, previews, sending, sign_in
from mailer.web.deps import require_user
from mailer.web.errors import add_error_handlers
from mailer.web.guard import Guard
from mailer.web.public import archive, assets, issue_page, leave, subscription
from mailer.web.static import STATIC_FOLDER, HashedFiles, check_frontend

PUBLIC_ROUTERS = (
    health.router,
    sign_in.router,
    archive.router,
    issue_page.router,
    assets.router,
    leave.router,
    subscription.router,
    inbox.router,
)
MEMBER_ROUTERS = (
    home.router,
    home.workspace_router,
    issues.router,
    previews.router,
    sending.router,
    dispatches.router,
    lists.router,
)

LARGEST_BODY_BYTES = 100_000  # every form of the service is far smaller


def create_app() -> FastAPI:
    """Return the ASGI app; FrontendMissingError when the frontend has not been built."""
    check_frontend()
    app = FastAPI(
        title="Mailer",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=LARGEST_BODY_BYTES,
    )
    app.add_middleware(Guard)
    add_error_handlers(app)
    app.mount("/static", HashedFiles(directory=STATIC_FOLDER))
    for router in PUBLIC_ROUTERS:
        app.include_router(router)
    for router in MEMBER_ROUTERS:
        app.include_router(router, dependencies=[Depends(require_user)])
    return app
