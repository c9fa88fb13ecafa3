// Reads out what a refreshed fragment has to say: its `data-announce`, into the page's one polite live region.
document.addEventListener("htmx:after:swap", () => {
  const region = document.getElementById("announcer");
  const text = document.querySelector<HTMLElement>("[data-announce]")?.dataset.announce ?? "";
  if (region && region.textContent !== text) region.textContent = text;
});
