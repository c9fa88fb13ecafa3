// <proof-of-work challenge="{…}">: works for about a second, and hands the result in with the form around it. Without
// it (no script, or no Web Crypto, as on plain http) the form goes in as it is, under a stricter limit.
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";

class ProofOfWork extends HTMLElement {
  connectedCallback(): void {
    const form = this.closest("form");
    if (!form || !crypto.subtle) return;
    const work = this.solve();
    form.addEventListener("submit", (event) => {
      if (this.querySelector("input")) return;
      event.preventDefault();
      void work.finally(() => form.submit());
    });
  }

  private async solve(): Promise<void> {
    const challenge = JSON.parse(this.getAttribute("challenge") ?? "{}");
    const solution = await solveChallenge({ challenge, deriveKey });
    if (!solution) return;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "altcha";
    field.value = btoa(JSON.stringify({ challenge, solution }));
    this.append(field);
  }
}

customElements.define("proof-of-work", ProofOfWork);
