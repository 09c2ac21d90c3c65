// How far apart the colours of neighbouring levels are, for everyone's eyes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { contrast, MARKS, shadesOf } from "../../js/colours.js";
import { difference, SIGHTS } from "./sight.js";

const SOURCE = readFileSync(new URL("../../core/colours.py", import.meta.url), "utf-8");
const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const LEVELS = [...SOURCE.matchAll(/#[0-9a-f]{6}/g)].map(([hex]) => rgb(hex));

const theme = (dark, background) => ({ dark, background });
const DARK = theme(true, [26, 26, 26]);
const LIGHT = theme(false, [255, 255, 255]);

/** The least difference of levels so far apart; the one after the last has the first colour again. */
function least(colours, apart = 1) {
  const row = apart === 1 ? [...colours, colours[0]] : colours;
  const all = row.slice(apart).flatMap((colour, k) => {
    const other = row[k];
    return Object.values(SIGHTS).map((sight) => difference(sight(colour), sight(other)));
  });
  return Math.min(...all);
}
const muted = (of) => LEVELS.map((colour) => rgb(shadesOf(colour, { ...of, text: [0, 0, 0] }).muted));

test("the measure is CIEDE2000, as published", () => {
  // Sharma, Wu and Dalal (2005), table 1.
  const pairs = [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 2.5, 0], [50, 0, -2.5], 4.3065],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
    [[90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441],
  ];
  for (const [one, other, wanted] of pairs) assert.ok(Math.abs(difference.ofLab(one, other) - wanted) < 1e-4);
});

test("neighbouring levels are told apart in both themes, with and without all cones", () => {
  assert.equal(LEVELS.length, 20);
  assert.ok(least(LEVELS) >= 14, `${least(LEVELS)}`);
  assert.ok(least(muted(DARK)) >= 10, `${least(muted(DARK))}`);
  assert.ok(least(muted(LIGHT)) >= 7, `${least(muted(LIGHT))}`);
});

test("so are levels with one between them, less far", () => {
  assert.ok(least(LEVELS, 2) >= 7, `${least(LEVELS, 2)}`);
  assert.ok(least(muted(DARK), 2) >= 5, `${least(muted(DARK), 2)}`);
});

test("white is legible on each, and dark text is on light shades only", () => {
  for (const colour of LEVELS) {
    assert.ok(contrast(colour, [255, 255, 255]) >= 4.6);
    const shades = shadesOf(colour, { ...LIGHT, text: [0, 0, 0] });
    assert.equal(shades.fullInk, "#ffffff");
    if (shades.mutedInk === "#000000") assert.ok(contrast(rgb(shades.muted), [0, 0, 0]) >= 6, shades.muted);
  }
});

test("the marks are told apart, by all", () => {
  for (const marks of Object.values(MARKS)) {
    const colours = Object.values(marks).map(rgb);
    const pairs = colours.flatMap((one, k) => colours.slice(k + 1).map((other) => [one, other]));
    for (const sight of Object.values(SIGHTS)) {
      for (const [one, other] of pairs) assert.ok(difference(sight(one), sight(other)) >= 11, `${one} ${other}`);
    }
  }
});

test("the marks are seen on their background", () => {
  for (const [marks, { background }] of [[MARKS.dark, DARK], [MARKS.light, LIGHT]]) {
    for (const colour of Object.values(marks)) assert.ok(contrast(rgb(colour), background) >= 3, colour);
  }
});
