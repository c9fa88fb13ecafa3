"""The world of the page tests, made once in a process: on SQLite its file is copied, in a tenth of the time."""

import pickle
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from mailer import db
from tests.web.world import World, make_world


class KnownWorld:
    """`file` is where the first one is kept."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._world = b""

    def put_into(self, engine: Engine) -> World:
        """Fill an empty database with the world."""
        if engine.dialect.name != "sqlite":
            return self._make(engine)
        place = Path(engine.url.database or "")
        if not self._world:
            self._world = pickle.dumps(self._make(engine))
            with closing(sqlite3.connect(place)) as connection:
                connection.execute("VACUUM INTO ?", (str(self._file),))
        else:
            engine.dispose()
            for left in ("-wal", "-shm"):
                place.with_name(place.name + left).unlink(missing_ok=True)
            shutil.copyfile(self._file, place)
        world: World = pickle.loads(self._world)  # noqa: S301 - our own, so that no test sees another's changes
        return world

    def _make(self, engine: Engine) -> World:
        with db.transaction(engine) as session:
            return make_world(session)
