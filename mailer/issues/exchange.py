"""Issue documents in and out: a JSON file and a folder with its images and files. What goes out comes in again."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from mailer.assets.store import add_file, add_image, get_asset, read_asset
from mailer.blocks.kinds.saved import Saved
from mailer.errors import InvalidError, Problem
from mailer.issues.document import (
    IssueDocument,
    document_assets,
    dump_document,
    file_assets,
    map_assets,
    parse_document,
)
from mailer.issues.drafts import save_document
from mailer.issues.models import Issue
from mailer.issues.problems import refuse_duplicate_keys
from mailer.issues.saved import hold_shared, load_whole
from mailer.lists.queries import list_lists
from mailer.newsletters.models import Newsletter

MAX_DOCUMENT_BYTES = 3_000_000


def read_document(path: Path) -> object:
    """Return the JSON value of a file (UTF-8, with or without a byte order mark); InvalidError when it is not JSON."""
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise InvalidError([Problem(f"the file is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB")])
    try:
        raw: object = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=refuse_duplicate_keys)
    except UnicodeDecodeError as error:
        raise InvalidError([Problem(f"the file is not UTF-8 text (octet {error.start})")]) from None
    except json.JSONDecodeError as error:
        raise InvalidError([Problem(f"line {error.lineno}, column {error.colno}: {error.msg}")]) from None
    except RecursionError:
        raise InvalidError([Problem("the file is nested too deep")]) from None
    return raw


def import_issue(
    session: Session, newsletter: Newsletter, raw: object, folder: Path | None, *, actor: str, now: datetime
) -> tuple[Issue, str]:
    """Take a document in; return the issue and "created", "replaced" or "unchanged".

    Images and files are looked up by name in `folder`. InvalidError lists every problem, and nothing has changed.
    """
    document = parse_document(raw)
    problems = _check_audiences(session, newsletter, document) + _check_saved(session, newsletter, document)
    document, missing = _take_assets(session, newsletter, document, folder, now)
    if problems or missing:
        raise InvalidError([*problems, *missing])
    _describe_assets(session, newsletter.workspace_id, document)
    return save_document(session, newsletter, document, actor=actor, now=now)


def export_issue(session: Session, issue: Issue, folder: Path | None) -> dict[str, Any]:
    """Return an issue as a document that names files; with a `folder`, write those files into it.

    Saved blocks are written out, so that it can be taken in elsewhere; a sent issue is what was sent.
    """
    document = load_whole(session, issue)
    names: dict[str, str] = {}
    for _block, _field, file_hash in document_assets(document):
        asset = get_asset(session, issue.workspace_id, file_hash)
        names[file_hash] = f"{Path(asset.name).stem}-{file_hash[:8]}{Path(asset.name).suffix}"
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / names[file_hash]).write_bytes(read_asset(asset))
    return dump_document(map_assets(document, names))


def _check_audiences(session: Session, newsletter: Newsletter, document: IssueDocument) -> list[Problem]:
    """Return a problem for each audience that is no list of the workspace: nobody would ever see such a block."""
    known = [one.slug for one in list_lists(session, newsletter.workspace_id)]
    reason = "there is no list {!r}; there are: " + (", ".join(sorted(known)) or "none")
    return [
        Problem(reason.format(slug), block.id, "audience")
        for block in document.blocks
        for slug in block.audience
        if slug not in known
    ]


def _check_saved(session: Session, newsletter: Newsletter, document: IssueDocument) -> list[Problem]:
    named = [(block.id, block.data.saved) for block in document.blocks if isinstance(block.data, Saved)]
    shared = hold_shared(session, newsletter.id, [slug for _, slug in named])
    return [Problem(f"there is no saved block {slug!r}", block, "saved") for block, slug in named if slug not in shared]


def _take_assets(
    session: Session, newsletter: Newsletter, document: IssueDocument, folder: Path | None, now: datetime
) -> tuple[IssueDocument, list[Problem]]:
    hashes: dict[str, str] = {}
    problems: list[Problem] = []
    files = set(file_assets(document))
    for block, field, name in document_assets(document):
        if name in hashes:
            continue
        try:
            raw = _read_from(folder, name)
            add = add_file if name in files and not name.lower().endswith((".jpg", ".jpeg", ".png")) else add_image
            hashes[name] = add(session, newsletter.workspace_id, name, raw, now=now).hash
        except ValueError as error:
            problems.append(Problem(f"{name}: {error}", block, field))
    return map_assets(document, hashes), problems


def _describe_assets(session: Session, workspace_id: int, document: IssueDocument) -> None:
    """Let pictures that nobody has described yet be called what the document calls them."""
    for block in dump_document(document)["blocks"]:
        for image in _iter_images(block["data"]):
            asset = get_asset(session, workspace_id, image["asset"])
            if not asset.is_described:
                asset.alt, asset.is_decorative = image.get("alt", ""), bool(image.get("decorative"))


def _iter_images(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("asset"), str) and ("alt" in value or "decorative" in value):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _iter_images(inner)


def _read_from(folder: Path | None, name: str) -> bytes:
    if folder is None:
        raise ValueError("name the folder of the images with --assets")
    path = folder / name
    if path.resolve().parent != folder.resolve():
        raise ValueError("an image is named by its file name in the assets folder, without a path")
    try:
        return path.read_bytes()
    except OSError:
        raise ValueError("there is no such file in the assets folder") from None
