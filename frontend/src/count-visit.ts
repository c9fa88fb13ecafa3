// <count-visit to="/n/…/visit" via="mail">: says once that a person looks at an issue that was passed on to them.
// Not before two seconds in sight: programs that open links look no longer.
const SECONDS = 2;

class CountVisit extends HTMLElement {
  private timer = 0;

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.watch);
    this.watch();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.watch);
    window.clearTimeout(this.timer);
  }

  private readonly watch = (): void => {
    window.clearTimeout(this.timer);
    if (document.visibilityState === "visible")
      this.timer = window.setTimeout(this.count, SECONDS * 1000);
  };

  private readonly count = (): void => {
    document.removeEventListener("visibilitychange", this.watch);
    const via = this.getAttribute("via") ?? "";
    navigator.sendBeacon(this.getAttribute("to") ?? "", new URLSearchParams({ via }));
  };
}

customElements.define("count-visit", CountVisit);
