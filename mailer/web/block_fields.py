"""What the forms of blocks share: their fields filled in, what is wrong at each, and what their page has to know."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from mailer.assets.library import list_assets
from mailer.blocks.controls import list_controls
from mailer.blocks.kind import BlockData
from mailer.blocks.labels import choice_label, label
from mailer.blocks.registry import BY_NAME
from mailer.blocks.scene import Entry
from mailer.blocks.typed import SPARE_ROWS, count_rows, find_field, flatten, iter_words
from mailer.errors import InvalidError, NotFoundError
from mailer.i18n import get_translations
from mailer.issues.drafts import load_document
from mailer.issues.envelope import FORMS
from mailer.issues.layout import list_contents
from mailer.issues.models import BlockRow, Issue, SavedBlock
from mailer.issues.reasons import translate_reason
from mailer.issues.saved import list_saved, resolve_saved
from mailer.lists.queries import list_lists
from mailer.newsletters.models import Newsletter
from mailer.web.forms import Faults
from mailer.web.picking import cut_pictures, open_picker


def get_kind(name: str) -> type[BlockData]:
    kind = BY_NAME.get(name)
    if kind is None:
        raise NotFoundError("There is no such kind of block.")
    return kind


def fill_form(block: BlockData) -> dict[str, str]:
    """Return the form of a block as it is, defaults among it."""
    controls, data = list_controls(type(block)), block.model_dump(mode="json")
    return {f"f.{name}": text for name, text in flatten(controls, data).items()}


def goes_on(typed: Mapping[str, str]) -> bool:
    """Tell whether a button was pressed that only fills in the form: more rows, other pictures, the chosen one."""
    return any(typed.get(name) for name in ("more", "find", "look"))


def read_revision(typed: Mapping[str, str]) -> int:
    """Return the revision that the form was opened with; -1, which nothing has, when it is none."""
    revision = typed.get("revision", "")
    return int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 10 else -1


@contextmanager
def naming_fields(kind: type[BlockData], typed: Mapping[str, str]) -> Iterator[None]:
    """Let an InvalidError about what was typed name the fields as the form does."""
    try:
        yield
    except InvalidError as error:
        controls = list_controls(kind)
        named = [find_field(controls, typed, one.field.removeprefix("data."), "f.") for one in error.problems]
        raise InvalidError(
            [replace(one, field=name.removeprefix("f.")) for one, name in zip(error.problems, named, strict=True)]
        ) from None


def take_faults(error: InvalidError, lang: str, prefix: str = "f.") -> Faults:
    """Note what is wrong at its field, whose name begins with `prefix`; what belongs to no field stands above."""
    faults = Faults(lang)
    for problem in error.problems:
        field = problem.field.removeprefix("data.")
        name = "form" if field in {"", "data", "audience"} else f"{prefix}{field}"
        faults.note(name, translate_reason(problem.reason, lang))
    return faults


def tell_theirs(row: BlockRow | SavedBlock, lang: str) -> list[tuple[str, str]]:
    """Return what a block holds, each text with its label."""
    kind, translate = get_kind(row.kind), get_translations(lang).gettext
    return [(translate(label(kind, name)), text) for name, text in iter_words(list_controls(kind), row.data)]


def describe_form(
    session: Session,
    newsletter: Newsletter,
    kind: type[BlockData],
    typed: Mapping[str, str],
    lang: str,
    *,
    may_make: bool,
    issue: Issue | None = None,
) -> dict[str, Any]:
    """Return what `composer/_controls.html` asks for; `lang` is the texts', `may_make` in a request that may write."""
    workspace_id, controls = newsletter.workspace_id, list_controls(kind)
    picks_blocks = any(control.kind == "blocks" for control in controls)
    picker = open_picker(session, workspace_id, typed)
    return {
        "kind": kind,
        "controls": controls,
        "typed": typed,
        "forms": [form for form in FORMS if form in kind.FORMS],
        "lists": list_lists(session, workspace_id),
        "picker": picker,
        "cuts": cut_pictures(session, workspace_id, picker, kind.CUTS, may_make=may_make),
        "text_lang": lang,
        "titles": _list_titles(session, newsletter, issue) if issue and picks_blocks else (),
        "saved_blocks": [one for one in list_saved(session, newsletter.id) if one.is_shared],
        "documents": [one for one in list_assets(session, workspace_id) if not one.width],
        "label_of": lambda name: label(kind, name),
        "fault_label": lambda name: _label_fault(kind, name),
        "choice_label": choice_label,
        "rows_of": lambda path: count_rows(typed, path) + (2 if typed.get("more") else SPARE_ROWS),
    }


def _list_titles(session: Session, newsletter: Newsletter, issue: Issue) -> tuple[Entry, ...]:
    """Return the blocks of an issue that can be listed in it."""
    document = resolve_saved(session, newsletter.id, load_document(session, issue))
    return list_contents(document.blocks, document.blocks, issue.language)


def _label_fault(kind: type[BlockData], name: str) -> str:
    """Return what the field of a fault is called; nothing for one that is not the kind's own."""
    fields = [part for part in name.split(".")[1:] if not part.isdecimal()]
    try:
        return label(kind, fields[-1]) if name.startswith("f.") and fields else ""
    except KeyError:
        return ""
