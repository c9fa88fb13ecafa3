"""A list of N subscribers, made inside the database, so that a million takes seconds."""

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from mailer.db import UtcDateTime
from mailer.lists.models import MailingList
from tests.factories.newsletters import NOON

# Sending never computes an address's hash, so here any octets will do.
_HASHES = {"sqlite": "randomblob(16)", "postgresql": "decode(md5(CAST(number AS text)), 'hex')"}
_SUBSCRIBERS = """
    INSERT INTO subscribers
        (workspace_id, address, address_key, address_hash, name, organisation, language, attributes,
         link_generation, created_at)
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :count)
    SELECT :workspace_id, 'reader' || number || '@example.org', 'reader' || number || '@example.org', {hashes},
        'Åsa Läsare ' || number, 'Viken', 'sv', '{{}}', 0, :now
    FROM numbers
"""
_SUBSCRIPTIONS = """
    INSERT INTO subscriptions (list_id, subscriber_id, state, started_at, ended_reason)
    SELECT :list_id, id, 'active', :now, '' FROM subscribers WHERE workspace_id = :workspace_id
"""


def fill_list(session: Session, mailing_list: MailingList, count: int) -> None:
    """Make `count` subscribers reader1@example.org … and put them on the list; the workspace must have no others."""
    workspace_id = mailing_list.workspace_id
    moment = bindparam("now", NOON, UtcDateTime())
    subscribers = _SUBSCRIBERS.format(hashes=_HASHES[session.get_bind().dialect.name])
    session.execute(text(subscribers).bindparams(moment, count=count, workspace_id=workspace_id))
    session.execute(text(_SUBSCRIPTIONS).bindparams(moment, list_id=mailing_list.id, workspace_id=workspace_id))
