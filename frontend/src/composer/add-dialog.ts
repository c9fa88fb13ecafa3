// Choosing a kind of block: the page of kinds in a dialog, with a search; arrow keys go from kind to kind.
import { fetchPage } from "./pages";
import { button, make, say } from "./words";

/** Return the address of the chosen kind's form, or nothing when the dialog was closed. */
export async function chooseKind(address: string): Promise<string | null> {
  const page = await fetchPage(address);
  const groups = page.querySelector<HTMLElement>(".kind-groups");
  const title = page.querySelector("h1")?.textContent ?? "";
  if (!groups) return null;
  const kinds = document.importNode(groups, true);
  kinds.classList.remove("card");
  const search = make("input", {
    type: "search",
    "aria-label": say("search"),
    placeholder: say("search"),
    autocomplete: "off",
  });
  const none = make("p", { role: "status", class: "secondary" });
  const dialog = make("dialog", { class: "kind-dialog", "aria-label": title });
  const close = button(say("close"), () => dialog.close());
  dialog.append(
    make("div", { class: "row row-apart" }, make("h2", {}, title), close),
    search,
    none,
    kinds,
  );
  document.body.append(dialog);
  search.addEventListener("input", () => {
    none.textContent = filter(kinds, search.value) ? "" : say("nothing");
  });
  dialog.addEventListener("keydown", (event) => walk(event, dialog));
  return new Promise((resolve) => {
    let chosen: string | null = null;
    kinds.addEventListener("click", (event) => {
      const link = (event.target as Element).closest("a");
      if (!link) return;
      event.preventDefault();
      chosen = link.getAttribute("href");
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    dialog.showModal();
    search.focus();
  });
}

function filter(kinds: HTMLElement, wanted: string): number {
  let found = 0;
  for (const group of kinds.querySelectorAll<HTMLElement>("section")) {
    let here = 0;
    for (const item of group.querySelectorAll("li")) {
      item.hidden = !(item.textContent ?? "")
        .toLocaleLowerCase()
        .includes(wanted.trim().toLocaleLowerCase());
      here += item.hidden ? 0 : 1;
    }
    group.hidden = here === 0;
    found += here;
  }
  return found;
}

function walk(event: KeyboardEvent, dialog: HTMLDialogElement): void {
  const links = [...dialog.querySelectorAll<HTMLElement>("a")].filter((link) => link.offsetParent);
  const here = links.indexOf(document.activeElement as HTMLElement);
  if (event.key === "Enter" && here < 0 && document.activeElement instanceof HTMLInputElement) {
    event.preventDefault();
    // A name that was typed whole is meant, also where it begins another one.
    const typed = document.activeElement.value.trim().toLocaleLowerCase();
    const named = links.find((link) => link.textContent?.trim().toLocaleLowerCase() === typed);
    (named ?? links[0])?.click();
  }
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const isTyping = document.activeElement instanceof HTMLInputElement;
  if (!step || (isTyping && event.key !== "ArrowDown")) return;
  event.preventDefault();
  if (here + step < 0) dialog.querySelector("input")?.focus();
  else links[Math.min(links.length - 1, here + step)]?.focus();
}
