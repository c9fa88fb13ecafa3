// Brings the list of blocks to what the server says without touching open forms: editors in them keep their state.
/** A block that is no longer there; answers whether its form may go, too. */
export type Gone = (item: HTMLElement) => boolean;

/** Make `list` what `fresh` is; return the blocks whose open forms hold an older revision than the server. */
export function reconcile(list: HTMLElement, fresh: HTMLElement, gone: Gone): HTMLElement[] {
  const outdated: HTMLElement[] = [];
  const focused = document.activeElement;
  const wanted = [...fresh.querySelectorAll<HTMLElement>(":scope > li")];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of list.querySelectorAll<HTMLElement>(":scope > [data-block]")) {
    if (!ids.has(item.id) && gone(item)) item.remove();
  }
  let before: Element | null = null;
  let refocus: HTMLElement | null = null;
  for (const item of wanted) {
    let own = list.querySelector<HTMLElement>(`:scope > li[id="${CSS.escape(item.id)}"]`);
    if (own) {
      if (own.dataset.revision !== item.dataset.revision) outdated.push(own);
      refocus = takeHead(own, item, focused) ?? refocus;
    } else {
      own = document.importNode(item, true);
    }
    const place = blockFrom(before ? before.nextElementSibling : list.firstElementChild, ids);
    if (place !== own) list.insertBefore(own, place);
    before = own;
  }
  refocus?.focus(); // at last, since a node that is moved loses its focus
  return outdated.filter((item) => item.querySelector(".block-body form"));
}

/** Skip what stands between blocks and stays: forms of new ones, blocks that are gone but hold text, the bar that undoes. */
function blockFrom(item: Element | null, ids: Set<string>): Element | null {
  let found = item;
  while (found && !ids.has(found.id)) found = found.nextElementSibling;
  return found;
}

/** Put the newer head into a block; return what has the focus there, when the former head had it. */
function takeHead(
  own: HTMLElement,
  fresh: HTMLElement,
  focused: Element | null,
): HTMLElement | null {
  own.dataset.revision = fresh.dataset.revision;
  const head = own.querySelector(".block-head");
  const newer = fresh.querySelector(".block-head");
  if (!head || !newer) return null;
  const held = head.contains(focused) ? focused : null;
  const act = held?.closest<HTMLElement>("[data-act]")?.dataset.act;
  const taken = document.importNode(newer, true);
  const isMenuOpen = head.querySelector(".block-menu[open]") !== null; // somebody is about to choose
  taken.querySelector(".block-menu")?.toggleAttribute("open", isMenuOpen);
  head.replaceWith(taken);
  const title = taken.querySelector<HTMLElement>("[data-open]");
  if (own.querySelector(".block-body form")) title?.setAttribute("aria-expanded", "true");
  if (!held) return null;
  const same = taken.querySelector<HTMLElement>(`[data-act="${act}"]:not(.unseen) button`);
  const other = taken.querySelector<HTMLElement>(":scope > [data-act]:not(.unseen) button");
  return held.matches("[data-open]") || !act ? title : (same ?? other);
}

/** Scroll to a block: to its head when it does not fit in whole. */
export function scrollToBlock(item: HTMLElement): void {
  const isHigh = item.offsetHeight > window.innerHeight * 0.7;
  item.scrollIntoView({ block: isHigh ? "start" : "nearest" });
}

/** Return the block at a place in the list, or the nearest one before it; the form of a new one stands behind that. */
export function storedAt(item: Element | null): string {
  let stored = item;
  while (stored && !stored.matches("[data-block]")) stored = stored.previousElementSibling;
  return (stored as HTMLElement | null)?.dataset.block ?? "";
}
