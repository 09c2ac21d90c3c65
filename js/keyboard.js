// Keys, while the panel has the focus and only then: the App has arrows and letters of its own.

const KEYS = [
  ["↑", "parent"],
  ["↓", "child: the one on screen, else the first"],
  ["← →", "sibling before and after"],
  ["Space", "play and pause"],
  ["/", "search; Enter and ⇧Enter go from match to match"],
  ["l", "repeat the node"],
  ["s  e", "to the node's start, and its end"],
  ["z", "zoom to the node"],
  ["0", "the whole video"],
  ["+  −", "zoom in and out"],
  ["f", "let go of the node and follow the video"],
  ["?", "this list"],
  ["Esc", "leave: this list, the search, the node, the zoom, one after the other"],
  ["Mouse", "click: go there and pin; double click: zoom; wheel: zoom; drag: pan"],
];

/** Does what a key stands for; returns whether it stands for anything. */
function pressed(panel, event) {
  const walk = {
    ArrowUp: () => panel.walk("parent"),
    ArrowDown: () => panel.walk("child"),
    ArrowLeft: () => panel.walk("previous"),
    ArrowRight: () => panel.walk("next"),
    " ": () => panel.act("play"),
    "/": () => panel.search.input.focus(),
    l: () => panel.act("loop"),
    s: () => panel.act("start"),
    e: () => panel.act("end"),
    z: () => panel.act("zoom"),
    0: () => panel.zoomTo(NONE),
    "+": () => panel.zoomBy(0.5),
    "=": () => panel.zoomBy(0.5),
    "-": () => panel.zoomBy(2),
    f: () => panel.follow(),
    "?": () => panel.toggleHelp(),
    Escape: () => panel.leave(),
  };
  const action = walk[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return false;
  return action() !== false;
}

/** Listens on the panel's own element; a handled key goes no further. */
function listenToKeys(panel) {
  panel.root.addEventListener("keydown", (event) => {
    const target = event.target;
    const typing = target.matches("input[type=search], select, input[type=range]");
    const pressing = target.matches("button, input[type=checkbox]") && [" ", "Enter"].includes(event.key);
    if (typing || pressing) {
      event.stopPropagation();
      return;
    }
    if (pressed(panel, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
}

function helpSheet(close) {
  const list = make("dl");
  for (const [key, what] of KEYS) list.append(make("dt", { text: key }), make("dd", { text: what }));
  return make(
    "div",
    { class: "a100-help", role: "dialog", "aria-label": "Keys", hidden: true },
    make("h3", { text: "Keys, while this panel has the focus" }),
    list,
    make("p", {}, textButton("Close", "Close (Esc)", close)),
  );
}
