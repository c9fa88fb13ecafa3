// Takes parts out of the pages that work without script, so that both ways show the same.
import { say } from "./words";

export class SignedOutError extends Error {}

/** Its message is what the server says about why it did not do something. */
export class RefusedError extends Error {}

export async function fetchPage(address: string, body?: URLSearchParams): Promise<Document> {
  const response = await fetch(address, body ? { method: "POST", body } : {});
  if (response.status === 401 || new URL(response.url).pathname.startsWith("/sign-in")) {
    throw new SignedOutError();
  }
  if (response.status >= 500 || response.status === 403) throw new Error(String(response.status));
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const reason = response.ok ? null : page.querySelector("[data-reason]")?.textContent;
  if (reason) throw new RefusedError(response.status === 404 ? say("notThere") : reason);
  return page;
}

/** Return the form of a block out of its page; its ids get a prefix, since several can be open. */
export function takeForm(page: Document, prefix: string): HTMLFormElement | null {
  const form = page.querySelector<HTMLFormElement>("form#form");
  if (!form) return null;
  form.dataset.prefix = prefix;
  form.setAttribute("id", `${prefix}form`); // form.id would be its field of that name
  prefixIds(form, prefix);
  form.classList.remove("card");
  return document.importNode(form, true);
}

/** Put a prefix before all ids below a node, and before what names them. */
export function prefixIds(form: ParentNode, prefix: string): void {
  for (const node of form.querySelectorAll("[id]")) node.id = prefix + node.id;
  for (const label of form.querySelectorAll("label[for]")) {
    label.setAttribute("for", prefix + label.getAttribute("for"));
  }
  for (const field of form.querySelectorAll("[aria-describedby]")) {
    const ids = (field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean);
    field.setAttribute("aria-describedby", ids.map((id) => prefix + id).join(" "));
  }
  for (const link of form.querySelectorAll<HTMLAnchorElement>("a[href^='#']")) {
    link.setAttribute("href", `#${prefix}${link.getAttribute("href")?.slice(1)}`);
  }
}
