// Colours: of the theme, read from the App's own CSS; of a node, by level, verb or duration.

/** Reads "#rrggbb", "rgb(...)", "hsl(...)": whatever the browser can draw. */
function parseColour(text, context) {
  context.fillStyle = "#000";
  context.fillStyle = text;
  const value = context.fillStyle;
  if (value.startsWith("#")) {
    return [1, 3, 5].map((k) => parseInt(value.slice(k, k + 2), 16));
  }
  const numbers = value.match(/[\d.]+/g) || [0, 0, 0];
  return numbers.slice(0, 3).map(Number);
}

function hex(rgb) {
  return `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
}

/** A colour with a share of another in it. */
function mixed(rgb, other, share) {
  return rgb.map((c, k) => c + (other[k] - c) * share);
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => {
    const unit = c / 255;
    return unit <= 0.03928 ? unit / 12.92 : ((unit + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2's contrast of two colours. */
function contrast(one, two) {
  const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever reads better on a colour; of the two, one is always at 4.5 : 1. */
function inkOn(rgb) {
  return contrast(rgb, [255, 255, 255]) >= contrast(rgb, [0, 0, 0]) ? "#ffffff" : "#000000";
}

/** The theme's colours as they are now, for an element in the App. */
function readTheme(element, context) {
  const style = getComputedStyle(element);
  const read = (name, fallback) =>
    parseColour(style.getPropertyValue(name).trim() || fallback, context);
  const text = read("--fo-palette-text-primary", "#ffffff");
  const background = read("--fo-palette-background-level2", "#1a1a1a");
  const dark = luminance(background) < 0.4;
  return {
    dark,
    background,
    text,
    quiet: mixed(text, background, dark ? 0.32 : 0.3),
    line: mixed(text, background, dark ? 0.78 : 0.8),
    accent: read("--fo-palette-primary-main", "#ff6d04"),
  };
}

/** Gives each node its colour: fill, muted fill, and the ink that reads on them. */
class Painter {
  constructor(palette, theme) {
    this.palette = palette;
    this.theme = theme;
    this.known = new Map();
    this.scratch = document.createElement("canvas").getContext("2d");
    this.patterns = new Map();
  }

  /** The colour as the palette has it. */
  base(model, i, by) {
    if (by === "verb") {
      const verb = model.data.verbs.of[i];
      return verb >= 0 ? this.palette.verbs[verb % this.palette.verbs.length] : this.palette.tail;
    }
    if (by === "duration") {
      const lasts = model.seconds(i);
      return this.palette.durations.find((bin) => lasts < bin.below).colour;
    }
    const level = Math.max(0, model.data.levels[i]);
    return this.palette.levels[level % this.palette.levels.length];
  }

  /** The shades of a colour in this theme. */
  shades(colour) {
    let found = this.known.get(colour);
    if (!found) {
      const rgb = parseColour(colour, this.scratch);
      const muted = mixed(rgb, this.theme.background, this.theme.dark ? 0.42 : 0.38);
      const faint = mixed(rgb, this.theme.background, 0.86);
      const edge = mixed(rgb, this.theme.text, this.theme.dark ? 0.25 : 0.1);
      found = {
        full: hex(rgb),
        fullInk: inkOn(rgb),
        muted: hex(muted),
        mutedInk: inkOn(muted),
        faint: hex(faint),
        faintInk: hex(this.theme.text),
        edge: hex(edge),
      };
      this.known.set(colour, found);
    }
    return found;
  }

  /** Diagonal lines in a colour, for what has no action. */
  hatch(context, colour) {
    let found = this.patterns.get(colour);
    if (!found) {
      const tile = document.createElement("canvas");
      tile.width = 6;
      tile.height = 6;
      const draw = tile.getContext("2d");
      draw.strokeStyle = colour;
      draw.lineWidth = 1.6;
      draw.beginPath();
      for (const shift of [-6, 0, 6]) {
        draw.moveTo(shift - 1, 7);
        draw.lineTo(shift + 7, -1);
      }
      draw.stroke();
      found = context.createPattern(tile, "repeat");
      this.patterns.set(colour, found);
    }
    return found;
  }
}
