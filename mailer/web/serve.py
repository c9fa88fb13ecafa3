"""What `uvicorn --factory mailer.web.serve:make_app` starts: the app, once its log lines are ours and not uvicorn's."""

from fastapi import FastAPI

from mailer.log import set_up
from mailer.web.app import create_app


def make_app() -> FastAPI:
    """Return the app for a server of its own; uvicorn has set up its logging by the time it calls this."""
    set_up()
    return create_app()
