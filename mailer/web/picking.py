"""Choosing a picture in a form without script: which are offered, how it is cut, and the words that it brings along.

The fields of a picture are `<path>.asset`, `.alt`, `.decorative`, `.focus.0`, `.focus.1`; `.was`, `.was_alt` and
`.was_decorative` are those that the form was opened with, `.find` looks among the pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mailer.assets.library import list_assets, map_thumbnails
from mailer.assets.models import Asset
from mailer.assets.needs import ImageNeed
from mailer.assets.store import find_asset, find_image, show_images
from mailer.blocks.typed import read_focus

MOST_OFFERED = 48

Typed = Mapping[str, str]


@dataclass(frozen=True)
class Picker:
    """The pictures of a workspace for one page; `undescribed` cannot be chosen yet."""

    pictures: Sequence[Asset]
    thumbnails: Mapping[str, str]
    typed: Typed

    @property
    def undescribed(self) -> int:
        return sum(not one.is_described for one in self.pictures)

    def find_chosen(self, path: str) -> Asset | None:
        chosen = self.typed.get(f"{path}.asset", "")
        return next((one for one in self.pictures if one.hash == chosen), None) if chosen else None

    def list_offered(self, path: str) -> list[Asset]:
        """Return the chosen picture, and the newest of those that are described and fit what is looked for."""
        chosen = self.find_chosen(path)
        words = self.typed.get(f"{path}.find", "").casefold().split()
        fitting = [
            one
            for one in self.pictures
            if one.is_described
            and one is not chosen
            and all(word in f"{one.name} {one.alt}".casefold() for word in words)
        ]
        return [*([chosen] if chosen else []), *fitting[:MOST_OFFERED]]

    def is_open(self, path: str) -> bool:
        return self.typed.get("find") == path


def open_picker(session: Session, workspace_id: int, typed: Typed) -> Picker:
    pictures = [one for one in list_assets(session, workspace_id) if one.width]
    return Picker(pictures, map_thumbnails(session, pictures), typed)


def bring_words(session: Session, workspace_id: int, typed: Typed) -> dict[str, str]:
    """Return the form where a picture that was chosen anew says what the library knows of it.

    Words that somebody has written or ticked in this form stay.
    """
    filled = dict(typed)
    for path, chosen in _list_chosen_anew(typed):
        asset = find_asset(session, workspace_id, chosen)
        if asset:
            filled[f"{path}.alt"] = asset.alt
            filled[f"{path}.decorative"] = "yes" if asset.is_decorative else ""
    return filled


def _list_chosen_anew(typed: Typed) -> list[tuple[str, str]]:
    """Return path and hash of each picture that the form was not opened with, and that nobody has put in words."""
    pictures = [(name.removesuffix(".asset"), value) for name, value in typed.items() if name.endswith(".asset")]
    return [
        (path, chosen)
        for path, chosen in pictures
        if chosen and chosen != typed.get(f"{path}.was", "") and not _is_written(typed, path)
    ]


def cut_pictures(
    session: Session, workspace_id: int, picker: Picker, cuts: Mapping[str, tuple[int, int]], *, may_make: bool
) -> dict[str, str]:
    """Return by path the address of each chosen picture as it will be cut; `may_make` in a request that may write."""
    shown = {}
    for name in picker.typed:
        path = name.removesuffix(".asset")
        size = cuts.get(path.rpartition(".")[2]) if path != name else None
        asset = picker.find_chosen(path) if size else None
        if size and asset:
            focus = read_focus(picker.typed, path) or (0.5, 0.5)
            need = ImageNeed(asset.hash, 2 * size[0], 2 * size[1], focus)
            made = show_images(session, workspace_id, [need])[need] if may_make else None
            if found := made or find_image(session, workspace_id, need):
                shown[path] = found.url
    return shown


def _is_written(typed: Typed, path: str) -> bool:
    return any(typed.get(f"{path}.{one}", "") != typed.get(f"{path}.was_{one}", "") for one in ("alt", "decorative"))
