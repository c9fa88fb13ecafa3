"""An issue and its theme → mail HTML, plain text and web fragment, with sentinels where a reader's values go. Pure.

Rendered once per audience variant; sending replaces the sentinels. Callers: dispatches, test mail, preview, web page.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from mailer.assets.needs import ImageNeed, ShownFile, ShownImage
from mailer.blocks.rendering import render_block
from mailer.blocks.scene import Picture, Scene
from mailer.issues.document import LOGO_HEIGHT, LOGO_WIDTH, logo_need
from mailer.issues.envelope import FORMS, Block, IssueDocument
from mailer.issues.layout import list_contents, visible_blocks, with_neighbours
from mailer.issues.slots import Slot, Slots
from mailer.newsletters.theme import Theme
from mailer.render.jinja import Form, content_environment
from mailer.render.mjml import render_mjml
from mailer.render.text import wrap_text

__all__ = ["Composition", "IssueLinks", "Slot", "compose_issue"]

# With the preheader's own characters the filler makes about 150, so that no body text shows in the inbox list.
_INBOX_LINE = 150
_MAX_FILLER = 75
_FILLER = "\u034f\u00a0"


@dataclass(frozen=True)
class IssueLinks:
    """Absolute addresses of the issue's pages, without any reader's token. `web` is the issue itself.

    With `are_personal`, mails open the archive by each reader's own link instead, and there is nothing to share.
    """

    web: str
    archive: str
    share: str
    subscribe: str = ""
    privacy: str = ""
    are_personal: bool = False


@dataclass(frozen=True)
class Composition:
    """An issue rendered for one audience variant; forms that were not asked for are empty. `web` never holds slots.

    `longer_bytes`, of a preview, is how much more a reader's HTML may have than this one.
    """

    subject: str
    preheader: str
    html: str
    text: str
    web: str
    slots: tuple[Slot, ...]
    longer_bytes: int = 0


def compose_issue(
    document: IssueDocument,
    theme: Theme,
    links: IssueLinks,
    images: Mapping[ImageNeed, ShownImage],
    files: Mapping[str, ShownFile],
    *,
    nonce: str,
    audience: frozenset[str] = frozenset(),
    markers: bool = False,
    forms: Collection[Form] = FORMS,
) -> Composition:
    """Render the issue in its three forms, or in some. KeyError when a needed image or file was not handed over."""
    slots = Slots(nonce)
    seen = {form: visible_blocks(document, form, audience) for form in FORMS}
    bare = Scene("email", document.lang, theme, links.web, images, files, (), slots.take, "")
    scenes = {
        form: replace(bare, form=form, contents=list_contents(seen[form], seen["web"], document.lang)) for form in FORMS
    }
    wrap = _mark_block if markers else _leave_block
    frame = _frame_context(document, theme, links, images, slots)
    html = plain = web = ""
    if "email" in forms:
        mail = {**frame, "sections": _sections(seen["email"], scenes["email"], wrap)}
        html = render_mjml(_render_frame("body.mjml", "email", document.lang, mail), keep_comments=markers)
    if "text" in forms:
        text = {**frame, "blocks": [part for _, part in _render(seen["text"], scenes["text"], _leave_block) if part]}
        plain = wrap_text(_render_frame("body.txt", "text", document.lang, text))
    if "web" in forms:
        web = "\n".join(part for _, part in _render(seen["web"], scenes["web"], wrap))
    if links.are_personal:
        own_web = slots.take("read_url") + links.web.removeprefix(links.archive)
        html, plain = html.replace(links.web, own_web), plain.replace(links.web, own_web)
    return Composition(
        subject=document.subject,
        preheader=document.preheader,
        html=html,
        text=plain,
        web=web,
        slots=tuple(slots.made.values()),
    )


def _render(blocks: list[Block], scene: Scene, wrap: Callable[[Block, str], str]) -> list[tuple[Block, str]]:
    return [
        (block, wrap(block, render_block(block.data, replace(scene, block=block.id, after_heading=after_heading))))
        for block, after_heading in with_neighbours(blocks)
    ]


def _sections(blocks: list[Block], scene: Scene, wrap: Callable[[Block, str], str]) -> list[tuple[bool, Markup]]:
    """Return MJML in runs: neighbouring plain blocks share one section, which saves 1.2 KB each."""
    runs: list[tuple[bool, str]] = []
    for block, part in _render(blocks, scene, wrap):
        is_plain = block.data.is_plain
        if is_plain and runs and runs[-1][0]:
            runs[-1] = (True, runs[-1][1] + part)
        else:
            runs.append((is_plain, part))
    return [(is_plain, Markup(part)) for is_plain, part in runs]  # noqa: S704 output of autoescaping templates


def _mark_block(block: Block, part: str) -> str:
    return f"<!--block:{block.id}-->{part}<!--/block:{block.id}-->"


def _leave_block(_block: Block, part: str) -> str:
    return part


def _frame_context(
    document: IssueDocument,
    theme: Theme,
    links: IssueLinks,
    images: Mapping[ImageNeed, ShownImage],
    slots: Slots,
) -> dict[str, Any]:
    spare = min(_MAX_FILLER, max(0, _INBOX_LINE - len(document.preheader)))
    return {
        "issue": document,
        "theme": theme,
        "c": theme.palette,
        "links": links,
        "logo": _show_logo(theme, images),
        "filler": _FILLER * spare,
        "manage_url": slots.take("manage_url"),
        "unsubscribe_url": slots.take("unsubscribe_url"),
    }


def _show_logo(theme: Theme, images: Mapping[ImageNeed, ShownImage]) -> Picture | None:
    need = logo_need(theme)
    if need is None:
        return None
    file = images[need]
    scale = min(1.0, LOGO_WIDTH / max(1, file.width), LOGO_HEIGHT / max(1, file.height))
    width, height = round(file.width * scale), round(file.height * scale)
    return Picture(file.url, max(1, width), max(1, height), theme.logo_alt or theme.organisation)


def _render_frame(name: str, form: Form, lang: str, context: dict[str, Any]) -> str:
    return content_environment(form, lang).get_template(f"mail/issue/{name}").render(context)
