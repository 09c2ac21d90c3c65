// Small helpers to make elements. Texts are only ever set as text: captions are untrusted.

/** Makes an element; `text` becomes its text, functions become listeners, the rest attributes. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Icons, as paths on a grid of 16 by 16. */
const ICONS = {
  start: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  play: "M4 3v10l9-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3v10l7-5z",
  end: "M11 3h2v10h-2zM3 3v10l7-5z",
  loop: "M4 4h7V2l3 3-3 3V6H5v3H3V5zM12 12H5v2l-3-3 3-3v2h6V7h2v4z",
  fit: "M2 7h3V5l3 3-3 3V9H2zM14 7h-3V5L8 8l3 3V9h3zM7.3 2h1.4v12H7.3z",
  pin: "M10 2l4 4-1 1-1-.3-2.6 2.6.1 2.6-1 1L6 10.400l-3.300 3.300-.7-.7 3.300-3.300L2.800 7.200l1-1 2.600.1L9 3.700 8.700 2.800z",
  copy: "M5 2h8v9h-2v-1.500h.5v-6h-5V4H5zM3 5h7v9H3zm1.500 1.500v6h4v-6z",
  close: "M4 3l4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4-4-4z",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("width", "14");
  svg.setAttribute("height", "14");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

/** A button that shows an icon and is named for those who do not see it. */
function iconButton(name, label, key, press) {
  const title = key ? `${label} (${key})` : label;
  return make(
    "button",
    { type: "button", class: "a100-icon", "aria-label": label, title, click: press },
    icon(name),
  );
}

function textButton(label, title, press) {
  return make("button", { type: "button", class: "a100-button", title, text: label, click: press });
}
