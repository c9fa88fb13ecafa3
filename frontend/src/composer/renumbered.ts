// Somebody has given the issue another number. What is written here goes into it all the same: every request names it
// by what never changes (`data-own`). Only what the page calls it has to follow.
import { make, say } from "./words";

/** Take over the number that the server tells; return whether it is another one. */
export function takeNumber(root: HTMLElement, number: string): boolean {
  const former = root.dataset.number;
  if (!number || !former || number === former) return false;
  root.dataset.number = number;
  for (const place of root.querySelectorAll("h1 .number, [data-told-number]"))
    place.textContent = number;
  for (const link of root.querySelectorAll(".breadcrumb a"))
    link.textContent = link.textContent?.replace(former, number) ?? "";
  document.title = document.title.replace(former, number);
  // What stands in the address bar may be another issue's by now, or nobody's, when this page is loaded anew.
  const address = `${root.dataset.page?.replace(/[^/]+$/, number.replace(":", "-"))}/edit`;
  history.replaceState(history.state, "", address + location.hash);
  root.querySelector(".renumbered")?.remove();
  const words = make("p", {}, say("renumbered", { number }));
  const about = { class: "notice notice-info renumbered", role: "alert" };
  root.querySelector(".composer")?.before(make("div", about, make("span"), words));
  return true;
}
