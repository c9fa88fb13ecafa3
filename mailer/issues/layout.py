"""Which blocks each form shows to whom, and what a block knows of its neighbours. Pure."""

from collections.abc import Iterator, Sequence

from mailer.blocks.scene import Entry
from mailer.issues.envelope import Block, IssueDocument
from mailer.render.jinja import Form

_FURNITURE = {"divider", "toc"}


def visible_blocks(document: IssueDocument, form: Form, audience: frozenset[str]) -> list[Block]:
    """Return the blocks this form shows to readers of these lists; the web shows only what is for everybody."""
    return _without_idle_dividers([block for block in document.blocks if block.is_shown(form, audience)])


def list_contents(blocks: Sequence[Block], web_blocks: Sequence[Block], lang: str) -> tuple[Entry, ...]:
    """Return the titled blocks that are shown here and can be linked to on the web page."""
    linkable = {block.id for block in web_blocks}
    entries = (Entry(block.id, block.data.headline(lang)) for block in blocks if block.type not in _FURNITURE)
    return tuple(entry for entry in entries if entry.title and entry.block in linkable)


def _without_idle_dividers(blocks: list[Block]) -> list[Block]:
    """Drop dividers that divide nothing: first, last, or one after another."""
    kept = [block for block, before in zip(blocks, [None, *blocks], strict=False) if not _is_idle(block, before)]
    return kept[:-1] if kept and kept[-1].type == "divider" else kept


def _is_idle(block: Block, before: Block | None) -> bool:
    return block.type == "divider" and (before is None or before.type == "divider")


def with_neighbours(blocks: Sequence[Block]) -> Iterator[tuple[Block, bool]]:
    """Yield each block, and whether it stands straight after a heading."""
    after_heading = False
    for block in blocks:
        yield block, after_heading
        after_heading = block.type == "heading" and not after_heading
