// A form that came back begins with what is wrong with it: that is what is read aloud first.
document.querySelector<HTMLElement>("[data-focus]")?.focus();
