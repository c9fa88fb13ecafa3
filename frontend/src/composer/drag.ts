// Dragging blocks by their handle, by mouse and by finger; buttons and keys do the same (WCAG 2.2 SC 2.5.7).
import Sortable from "sortablejs";

export function makeDraggable(
  list: HTMLElement,
  moved: (item: HTMLElement, place: number) => void,
): void {
  Sortable.create(list, {
    handle: ".drag-handle",
    draggable: "[data-block]",
    // The browser's own dragging scrolls badly and cannot be styled.
    forceFallback: true,
    fallbackTolerance: 4,
    animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    ghostClass: "drag-ghost",
    onEnd: ({ item, oldIndex, newIndex }) => {
      if (oldIndex === newIndex) return;
      const blocks = [...list.querySelectorAll(":scope > [data-block]")];
      moved(item, blocks.indexOf(item) + 1);
    },
  });
}
