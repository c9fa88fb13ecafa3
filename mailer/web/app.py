"""Puts the web server together; `serve` is what uvicorn starts."""

from fastapi import Depends, FastAPI

from mailer.web import (
    account,
    autosave,
    block_forms,
    composer,
    deleting,
    dispatches,
    files,
    health,
    home,
    inbox,
    invitations,
    issues,
    join_settings,
    list_settings,
    lists,
    members,
    metrics,
    new_list,
    new_newsletter,
    newsletter_settings,
    previews,
    renumbering,
    revising,
    revisions,
    saved,
    sending,
    setup,
    sharing,
    sign_in,
    themes,
    web_settings,
)
from mailer.web.caching import PageCache
from mailer.web.deps import require_user
from mailer.web.errors import add_error_handlers, error_page
from mailer.web.guard import BodyLimit, Guard
from mailer.web.measure import Measure
from mailer.web.public import (
    address,
    archive,
    assets,
    confirm,
    feeds,
    issue_page,
    join,
    kit,
    leave,
    own,
    polls,
    statements,
    subscription,
    tell,
    tips,
    undo,
)
from mailer.web.static import STATIC_FOLDER, HashedFiles, check_frontend

PUBLIC_ROUTERS = (
    health.router,
    metrics.router,
    sign_in.router,
    setup.router,
    invitations.router,
    join.router,
    confirm.router,
    archive.router,
    feeds.router,
    statements.router,
    tell.router,
    kit.router,
    issue_page.router,
    assets.router,
    leave.router,
    undo.router,
    tips.router,
    address.router,
    subscription.router,
    own.router,
    polls.router,
    inbox.router,
)
MEMBER_ROUTERS = (
    home.router,
    account.router,
    members.router,
    home.workspace_router,
    new_list.router,
    new_newsletter.router,
    autosave.router,  # these two before the composer, whose acts on a block are any word
    saved.router,
    composer.router,
    files.router,
    block_forms.router,
    revisions.router,
    issues.router,
    previews.router,
    revising.router,
    sending.router,
    deleting.router,
    renumbering.router,
    dispatches.router,
    lists.router,
    list_settings.router,
    join_settings.router,
    web_settings.router,
    newsletter_settings.router,
    themes.router,
    sharing.router,
)


def create_app() -> FastAPI:
    """Return the ASGI app; FrontendMissingError when the frontend has not been built."""
    check_frontend()
    app = FastAPI(
        title="Mailer",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(PageCache)
    app.add_middleware(Measure)
    app.add_middleware(Guard, refuse=error_page)
    add_error_handlers(app)
    app.mount("/static", HashedFiles(directory=STATIC_FOLDER))
    for router in PUBLIC_ROUTERS:
        app.include_router(router)
    for router in MEMBER_ROUTERS:
        app.include_router(router, dependencies=[Depends(require_user)])
    return app
