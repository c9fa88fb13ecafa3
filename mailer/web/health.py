"""/healthz: whether this process reaches its database and its broker, for supervisors and load balancers."""

from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mailer.db import reading
from mailer.jobs import is_broker_reachable

router = APIRouter()


@router.get("/healthz")
def show_health() -> JSONResponse:
    """Answer 200 when both are reachable, else 503; the body says which."""
    health = {"database": _has_database(), "broker": is_broker_reachable()}
    healthy = all(health.values())
    return JSONResponse(
        {"status": "ok" if healthy else "unavailable", **health},
        HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _has_database() -> bool:
    try:
        with reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
