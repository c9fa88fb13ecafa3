// <share-button link="…" text="…">: hands the link to the device's own way of sharing; hidden where there is none.
class ShareButton extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector("button");
    const data = { url: this.getAttribute("link") ?? "", title: this.getAttribute("text") ?? "" };
    if (!button || !navigator.canShare?.(data)) return;
    this.hidden = false;
    button.addEventListener("click", () => {
      navigator.share(data).catch(() => undefined); // The person changed their mind.
    });
  }
}

customElements.define("share-button", ShareButton);
