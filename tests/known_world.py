"""A world that many tests begin with, made once in a process: on SQLite its data folder is copied instead."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mailer import db
from mailer.config import get_settings
from tests.web.world import World


class KnownWorld:
    """`make` fills an empty database and data folder; `folder`, not made yet, keeps what came of it."""

    def __init__(self, make: Callable[[Session], World], folder: Path) -> None:
        self._make = make
        self._folder = folder
        self._world = b""

    def put_into(self, engine: Engine) -> World:
        """Fill an empty database with the world."""
        if engine.dialect.name != "sqlite":
            return self._make_in(engine)
        data = get_settings().data_dir
        if not self._world:
            self._world = pickle.dumps(self._make_in(engine))
            engine.dispose()  # which puts everything into the one file
            shutil.copytree(data, self._folder)
        else:
            engine.dispose()
            shutil.copytree(self._folder, data, dirs_exist_ok=True)
        world: World = pickle.loads(self._world)  # noqa: S301 - our own, so that no test sees another's changes
        return world

    def _make_in(self, engine: Engine) -> World:
        with db.transaction(engine) as session:
            return self._make(session)
