// The mouse on the timeline: hover, click, double click, wheel and drag.

const DRAG_PIXELS = 4;

function listenToMouse(panel) {
  const { timeline } = panel;
  const surface = timeline.over;
  let drag = null;

  const point = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  surface.addEventListener("pointermove", (event) => {
    const [x, y] = point(event);
    if (drag) {
      if (!drag.moved && Math.abs(x - drag.x) < DRAG_PIXELS) return;
      if (!drag.moved) surface.setPointerCapture(event.pointerId);
      drag.moved = true;
      timeline.view.pan(drag.last - x);
      drag.last = x;
      panel.hover(NONE);
      panel.repaint();
      return;
    }
    panel.hover(timeline.nodeUnder(x, y), x, y);
  });
  surface.addEventListener("pointerleave", () => panel.hover(NONE));
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x] = point(event);
    drag = { x, last: x, moved: false };
    panel.root.focus({ preventScroll: true });
  });
  surface.addEventListener("pointerup", (event) => {
    const was = drag;
    drag = null;
    if (!was || was.moved || !panel.model) return;
    const [x, y] = point(event);
    const i = timeline.nodeUnder(x, y);
    if (i !== NONE) panel.choose(i);
    else if (x >= GUTTER) panel.seek(timeline.frameUnder(x));
  });
  surface.addEventListener("pointercancel", () => {
    drag = null;
  });
  surface.addEventListener("dblclick", (event) => {
    const i = timeline.nodeUnder(...point(event));
    if (i !== NONE) panel.zoomTo(i);
  });
  surface.addEventListener(
    "wheel",
    (event) => {
      if (!panel.model) return;
      event.preventDefault();
      event.stopPropagation();
      const [x] = point(event);
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        timeline.view.pan(event.deltaX || event.deltaY);
      } else timeline.view.zoom(x, 1.0015 ** event.deltaY);
      panel.hover(NONE);
      panel.repaint();
    },
    { passive: false },
  );
}
