"""Undoing and redoing in words: what the two buttons of the composer say, on its page and in what its script hears."""

from mailer.i18n import get_translations, mark
from mailer.issues.models import IssueStep

UNDO, REDO = mark("Undo %(what)s"), mark("Redo %(what)s")
_WHAT = {
    "add": mark("adding"),
    "change": mark("changing"),
    "duplicate": mark("copying"),
    "move": mark("moving"),
    "hide": mark("hiding"),
    "show": mark("showing again"),
    "delete": mark("deleting"),
    "facts": mark("changed facts"),
    "restore": mark("putting a version back"),
    "save": mark("saving the block"),
    "detach": mark("switching to a copy of its own"),
}


def name_step(step: IssueStep | None, words: str, lang: str) -> tuple[int, str] | None:
    """Return the step's id, for the button to say which one is meant, and what the button says."""
    if step is None:
        return None
    translate = get_translations(lang).gettext
    return step.id, translate(words) % {"what": translate(_WHAT[step.verb])}
