// <mail-draft>: a text to change before the reader's mail program gets it. Without script the link has the text as it was.
class MailDraft extends HTMLElement {
  connectedCallback(): void {
    const text = this.querySelector("textarea");
    const link = this.querySelector<HTMLAnchorElement>('a[href^="mailto:"]');
    if (!text || !link) return;
    const [start] = link.href.split("&body=");
    text.readOnly = false;
    text.addEventListener("input", () => {
      const body = text.value.replace(/\r?\n/g, "\r\n"); // RFC 6068 §5
      link.href = `${start}&body=${encodeURIComponent(body)}`;
    });
  }
}

customElements.define("mail-draft", MailDraft);
