"""Measure composing an issue of twenty blocks: `python -m bench.render [--json]`."""

import json
import statistics
import sys
import time

from mailer.assets.needs import ImageNeed, ShownFile, ShownImage
from mailer.blocks.registry import KINDS
from mailer.issues.compose import IssueLinks, compose_issue
from mailer.issues.document import file_assets, image_needs, parse_document
from mailer.newsletters.theme import Theme

ROUNDS = 50
BLOCKS = 20
_HOST = "https://nyhetsbrev.example.org"


def measure() -> dict[str, float]:
    """Return the median time of one composition (all three forms) in ms, and the size of the mail's HTML in bytes."""
    blocks = [{"type": kind.NAME, "data": kind.EXAMPLES[0]} for kind in KINDS][:BLOCKS]
    document = parse_document({"number": "2017:1", "subject": "Mätning", "blocks": blocks})
    theme = Theme(organisation="Föreningen Exempel", email="info@example.org")
    links = IssueLinks(web=f"{_HOST}/1", archive=_HOST, share=f"{_HOST}/1/tipsa")
    images = {need: _show(need) for need in image_needs(document, theme)}
    files = {name: ShownFile(f"{_HOST}/{name}", name, "application/pdf", 1_000_000) for name in file_assets(document)}
    times = []
    html = ""
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        html = compose_issue(document, theme, links, images, files, nonce="0123456789abcdef").html
        times.append((time.perf_counter() - started) * 1000)
    # The first round compiles the templates.
    return {"render_ms": round(statistics.median(times[1:]), 2), "html_bytes": len(html.encode())}


def _show(need: ImageNeed) -> ShownImage:
    return ShownImage(f"{_HOST}/a/{need.asset}", need.width, need.height or need.width // 2, 50_000)


def main() -> None:
    result = measure()
    if "--json" in sys.argv:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name}: {value:g}" for name, value in result.items()))


if __name__ == "__main__":
    main()
