"""/metrics: what monitoring reads of this process, for whoever holds MAILER_METRICS_TOKEN, and without one for nobody.

Behind a proxy every request comes from this machine, so that where it comes from says nothing.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response

from mailer import clock, metrics
from mailer.config import get_settings
from mailer.deliveries.gauges import gauges
from mailer.errors import NotFoundError

router = APIRouter()


@router.get("/metrics")
def show_metrics(authorization: Annotated[str, Header()] = "") -> Response:
    if not get_settings().metrics_token:
        raise NotFoundError("MAILER_METRICS_TOKEN is not set")
    if not metrics.may_read(authorization):
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    return Response(metrics.render(gauges(clock.now())), headers={"Content-Type": metrics.CONTENT_TYPE})
