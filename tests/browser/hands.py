"""An editor's hands for the browser tests: keys, and what else is done counted one by one."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page

MOST_TABS = 80  # in one form; who needs more is trapped

# What the focus is on: the name of a field, else its id without the form's own prefix. A rich text's is its textarea's;
# what opens a list of pictures is called as the list, with a + before it.
_HERE = """() => {
  const here = document.activeElement;
  const plain = (id) => id.replace(/^.*?(?=f[.])/, "");
  if (here.isContentEditable) return here.closest("rich-text").querySelector("textarea").name;
  if (here.matches(".picker > summary")) return `+${plain(here.parentElement.id)}`;
  return here.name || plain(here.id);
}"""


@dataclass
class Hands:
    """`acts` counts what is done besides typing, pasting and Tab to the next field."""

    page: Page
    acts: list[str] = field(default_factory=list)

    def click(self, target: Locator, what: str) -> None:
        self.acts.append(f"click {what}")
        target.click()

    def press(self, keys: str) -> None:
        self.acts.append(keys)
        self.page.keyboard.press(keys)

    def type(self, words: str) -> None:
        self.page.keyboard.type(words, delay=0)

    def choose_file(self, path: Path) -> None:
        """Press the button that has the focus, and choose in the window that it opens: two acts."""
        self.acts += ["click file", f"choose {path.name}"]
        with self.page.expect_file_chooser() as window:
            self.page.locator("input[type=file]:focus").click()
        window.value.set_files(path)

    def choose(self, name: str, value: str) -> None:
        """Choose an entry of a list by the arrow keys: one act."""
        self.go_to(name)
        self.acts.append(f"choose {value}")
        self.page.keyboard.press("Home")
        for _ in range(MOST_TABS):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name} does not offer {value}")

    def go_to(self, name: str, keys: str = "Tab") -> None:
        """Press Tab, or Shift+Tab, until the focus is there."""
        for _ in range(MOST_TABS):
            if self.page.evaluate(_HERE) == name:
                return
            self.page.keyboard.press(keys)
        raise AssertionError(f"{name} is not reached by Tab")

    def fill(self, name: str, words: str) -> None:
        self.go_to(name)
        self.type(words)
