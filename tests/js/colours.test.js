import assert from "node:assert/strict";
import test from "node:test";

import { contrast, inkOn, luminance, mix, nodeColour, parseColour, shadesOf, toHex } from "../../js/colours.js";
import { A, A1, loaf, ROOT } from "./trees.js";

/** A canvas that writes a colour as the browser does. */
const canvas = (written) => ({ set fillStyle(_) {}, get fillStyle() { return written; } });
const fromHex = (text) => parseColour(text, canvas(text));

const PALETTE = {
  levels: ["#111111", "#222222"],
  verbs: ["#333333", "#444444"],
  tail: "#555555",
  durations: [{ name: "short", below: 3, colour: "#666666" }, { name: "long", below: 1e9, colour: "#777777" }],
};

test("colours are read as the browser writes them", () => {
  assert.deepEqual(fromHex("#ff6d04"), [255, 109, 4]);
  assert.deepEqual(parseColour("x", canvas("rgba(10, 20, 30, 0.5)")), [10, 20, 30]);
  assert.deepEqual(parseColour("x", canvas("nonsense")), [0, 0, 0]);
});

test("colours are mixed and written", () => {
  assert.equal(toHex([255, 109.4, 4]), "#ff6d04");
  assert.deepEqual(mix([0, 100, 200], [100, 100, 100], 0.25), [25, 100, 175]);
});

test("contrast is that of WCAG 2", () => {
  assert.equal(luminance([255, 255, 255]), 1);
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrast([255, 255, 255], [0, 0, 0]), 21);
  assert.ok(Math.abs(contrast([119, 119, 119], [255, 255, 255]) - 4.48) < 0.01);
});

test("the ink is legible on every colour", () => {
  for (let r = 0; r < 256; r += 15) {
    for (let g = 0; g < 256; g += 15) {
      for (let b = 0; b < 256; b += 15) {
        assert.ok(contrast([r, g, b], fromHex(inkOn([r, g, b]))) >= 4.5);
      }
    }
  }
});

for (const [name, dark, background, text] of [["dark", true, [26, 26, 26], [255, 255, 255]], ["light", false, [255, 255, 255], [20, 20, 20]]]) {
  test(`labels are legible on every shade in the ${name} theme`, () => {
    const theme = { dark, background, text, quiet: text, line: text };
    for (const rgb of [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 128, 255], [128, 128, 128]]) {
      const shades = shadesOf(rgb, theme);
      assert.ok(contrast(fromHex(shades.full), fromHex(shades.fullInk)) >= 4.5);
      assert.ok(contrast(fromHex(shades.muted), fromHex(shades.mutedInk)) >= 4.5);
      assert.ok(contrast(fromHex(shades.faint), fromHex(shades.faintInk)) >= 4.5);
    }
  });
}

test("a node is coloured by its level, verb or duration", () => {
  const model = loaf({ verbs: { names: ["mix"], counts: [1], rest: 1, of: [-1, 1, -2, 2, 0] } });
  assert.equal(nodeColour(PALETTE, model, ROOT, "level"), "#111111");
  assert.equal(nodeColour(PALETTE, model, A1, "level"), "#111111"); // level 2 of two colours
  assert.equal(nodeColour(PALETTE, model, A, "level"), "#222222");
  assert.equal(nodeColour(PALETTE, model, ROOT, "verb"), "#555555");
  assert.equal(nodeColour(PALETTE, model, A, "verb"), "#444444");
  assert.equal(nodeColour(PALETTE, model, A1, "verb"), "#333333");
  assert.equal(nodeColour(PALETTE, model, A1, "duration"), "#666666");
  assert.equal(nodeColour(PALETTE, model, A, "duration"), "#777777");
});

test("a level below zero has the first colour", () => {
  assert.equal(nodeColour(PALETTE, loaf({ levels: [-3, 1, 1, 2, 2] }), ROOT, "level"), "#111111");
});
