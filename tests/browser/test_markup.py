"""The markup of every page as it leaves the server: html-validate finds nothing, and a page stays light."""

import json
import subprocess
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Response

from frontend.build import find_node
from tests.browser.conftest import OpenBrowser, Site
from tests.browser.test_pages import MEMBER_PAGES, READER_PAGES

pytestmark = pytest.mark.browser

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
RULES = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
    "rules": {
        "require-sri": "off",  # our own files, from our own server
        "form-dup-name": ["error", {"shared": ["radio", "checkbox", "button", "submit"]}],
        "valid-id": ["error", {"relaxed": True}],  # an id may begin with a digit
    },
}
HEAVIEST_BYTES = 30_000  # style and script included, pictures not


def test_html_validate_finds_nothing(site: Site, open_browser: OpenBrowser, tmp_path: Path) -> None:
    context = open_browser(signed_in=True)
    names = {}
    for number, path in enumerate((*READER_PAGES, *MEMBER_PAGES)):
        page = tmp_path / f"{number:02}.html"
        page.write_text(context.request.get(site.fill(path)).text(), "utf-8")
        names[str(page)] = path
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(RULES))
    node = find_node()
    assert node is not None
    tool = FRONTEND / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    report = tmp_path / "report.json"  # not a pipe: Node drops what does not fit into one when it ends
    with report.open("w") as out:
        subprocess.run([node[0], tool, "--formatter", "json", *names], cwd=tmp_path, stdout=out, check=False)
    found = [
        (names[page["filePath"]], fault["ruleId"], fault["message"], fault["line"])
        for page in json.loads(report.read_text())
        for fault in page["messages"]
    ]
    assert found == []


def test_readers_pages_weigh_little(site: Site, open_browser: OpenBrowser) -> None:
    context = open_browser()
    heavy = []
    for path in READER_PAGES:
        if path.startswith("/n/natverksbrevet/2016-3"):
            continue  # holds every kind of block there is
        answers: list[Response] = []
        page = context.new_page()
        page.on("response", partial(_keep, answers))
        page.goto(site.fill(path))
        weights = [len(one.body()) for one in answers if one.request.resource_type != "image"]
        if sum(weights) > HEAVIEST_BYTES:
            heavy.append((path, weights))
        page.close()
    assert heavy == []


def _keep(answers: list[Response], answer: Response) -> None:
    answers.append(answer)
