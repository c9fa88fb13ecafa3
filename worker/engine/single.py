"""One mail outside any dispatch: offered to the relays in turn until one has said something about it."""

from collections.abc import Sequence

from mailer.deliveries.personalise import Mail
from mailer.relays.terms import RelayOption
from worker.engine.outcome import Answer, Stage
from worker.engine.pool import Pool
from worker.engine.transport import NoConnectionError

NO_RELAY = Answer(Stage.CONNECT, 0, "there is no relay")


async def deliver_single(pool: Pool, relays: Sequence[RelayOption], mail: Mail) -> Answer:
    """Return the answer that decided; another relay is asked only while the mail cannot have been taken."""
    answer = NO_RELAY
    for relay in sorted(relays, key=lambda one: -one.terms.weight):
        try:
            connection = await pool.borrow(relay.address)
        except NoConnectionError as error:
            answer = error.answer
            continue
        begun = False

        def note_begun() -> None:
            nonlocal begun
            begun = True

        answer = await connection.deliver(mail, note_begun)
        pool.give_back(relay.address, connection)
        if begun or answer.code:
            return answer
    return answer
