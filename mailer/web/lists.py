"""A list and its subscribers, with search, in pages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer import clock
from mailer.activity.queries import is_just_now
from mailer.lists.queries import get_list
from mailer.subscribers.leaving import count_reasons
from mailer.subscribers.models import Subscriber, Subscription
from mailer.subscribers.queries import count_by_state, list_subscribers
from mailer.web.deps import DbSession, InWorkspace
from mailer.web.pages import render
from mailer.web.words import subscription_words

router = APIRouter(prefix="/app/{workspace}")

PAGE_SIZE = 50
LONGEST_ID = 2**63 - 1


@router.get("/lists/{slug}")
def show_list(
    request: Request,
    session: DbSession,
    place: InWorkspace,
    slug: str,
    search: Annotated[str, Query(alias="q", max_length=200)] = "",
    after: Annotated[int, Query(ge=0, le=LONGEST_ID)] = 0,
    done: str = "",
) -> Response:
    found = get_list(session, place.workspace.id, slug)
    # One more than is shown tells whether there is a next page.
    page = list_subscribers(session, place.workspace.id, found.id, search, after, PAGE_SIZE + 1)
    return render(
        request,
        "lists/list.html",
        lang=place.lang,
        place=place,
        list=found,
        counts=count_by_state(session, found.id),
        rows=_with_places(session, found.id, page[:PAGE_SIZE]),
        reasons=count_reasons(session, found.id),
        search=search.strip(),
        after=after,
        next_after=page[PAGE_SIZE - 1].id if len(page) > PAGE_SIZE else None,
        words=subscription_words(place.lang),
        is_new=done == "made" and is_just_now(found.created_at, clock.now()),
    )


def _with_places(
    session: Session, list_id: int, subscribers: list[Subscriber]
) -> list[tuple[Subscriber, Subscription]]:
    places = session.scalars(
        select(Subscription).where(
            Subscription.list_id == list_id, Subscription.subscriber_id.in_([one.id for one in subscribers])
        )
    )
    by_subscriber = {place.subscriber_id: place for place in places}
    return [(one, by_subscriber[one.id]) for one in subscribers]
