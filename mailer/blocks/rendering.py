"""One block in one form: its template, given its fields and what its kind derives from them."""

from mailer.blocks.kind import BlockData
from mailer.blocks.scene import Scene
from mailer.render.jinja import Form, content_environment

EXTENSIONS: dict[Form, str] = {"email": "mjml", "web": "html", "text": "txt"}


def render_block(data: BlockData, scene: Scene) -> str:
    """Return MJML (column content, or sections when the kind is not plain), a web section, or unwrapped text."""
    template = content_environment(scene.form, scene.lang).get_template(f"blocks/{data.NAME}.{EXTENSIONS[scene.form]}")
    palette = scene.theme.palette
    return template.render(data=data, id=scene.block, c=palette, scene=scene, **data.context(scene)).strip("\n")
