// <copy-button for="ID" done="Copied">: shows its button and copies the field's text. Without script it stays hidden.
class CopyButton extends HTMLElement {
  connectedCallback(): void {
    const button = this.querySelector("button");
    if (!button) return;
    this.hidden = false;
    button.addEventListener("click", () => void this.copy());
  }

  private async copy(): Promise<void> {
    const field = document.getElementById(this.getAttribute("for") ?? "");
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // The text stays selected: the reader's own Ctrl+C works.
    }
    const status = this.querySelector("[role=status]");
    if (status) status.textContent = this.getAttribute("done") ?? "";
  }
}

customElements.define("copy-button", CopyButton);
