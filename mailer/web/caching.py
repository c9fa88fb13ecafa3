"""Answering 304 when the browser or feed reader has just these octets already (RFC 9110 §13.1.2)."""

from fastapi import Request
from fastapi.responses import Response

from mailer.archive.feeds import entity_tag


def answer_unless_known(request: Request, response: Response) -> Response:
    """Give a response its entity tag, and leave its body out when the client has it."""
    tag = entity_tag(bytes(response.body))
    response.headers["ETag"] = tag
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        kept = {name: response.headers[name] for name in ("ETag", "Cache-Control") if name in response.headers}
        return Response(status_code=304, headers=kept)
    return response
