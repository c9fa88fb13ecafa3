// The issue itself has been deleted while it is open here: what it said can be copied as long as the page stays.
import { copyTool } from "./overtaken";
import { make, say } from "./words";

const WRITTEN =
  ":is(#facts, .block-body) :is(textarea, input:is([type=text], [type=url], [type=email], [type=date]))[name]";

/** It is there after all, such as for who was let in again. */
export function noteThere(): void {
  document.querySelector("issue-editor.is-deleted")?.classList.remove("is-deleted");
  document.querySelector(".issue-deleted")?.remove();
}

/** Say so above all that is here, once; the preview keeps what it shows from then on. */
export function noteDeleted(): void {
  const editor = document.querySelector<HTMLElement>("issue-editor");
  if (!editor || editor.classList.contains("is-deleted")) return;
  editor.classList.add("is-deleted");
  const shown = editor.querySelector<HTMLIFrameElement>(".preview iframe")?.contentDocument?.body;
  const mail = shown?.innerText.trim() ?? "";
  const fields = () => [
    ...editor.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(WRITTEN),
    mail,
  ];
  const title = make("strong", {}, say("issueDeleted"));
  const words = make(
    "div",
    {},
    make("p", {}, title),
    make("p", {}, say("issueDeletedHint")),
    make("div", { class: "row" }, ...copyTool(fields, say("copyAll"))),
  );
  const box = make(
    "div",
    { class: "notice notice-warning issue-deleted", role: "alert" },
    make("span"),
    words,
  );
  editor.querySelector(".composer-bar")?.before(box);
  box.scrollIntoView({ block: "nearest" });
}
