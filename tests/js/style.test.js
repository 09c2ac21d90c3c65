import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const FOLDER = new URL("../../js/", import.meta.url);

test("no text is smaller than 12 pixels, in styles and on canvases", () => {
  const small = readdirSync(FOLDER).filter((name) => /\.(css|js)$/.test(name)).flatMap((name) => {
    const source = readFileSync(new URL(name, FOLDER), "utf-8");
    const sizes = source.matchAll(/\bfont(?:-size)?\b["']?\s*[:=]\s*["'`]?[^;"'`]*?\b(\d+(?:\.\d+)?)px/g);
    return [...sizes].filter(([, size]) => Number(size) < 12).map(([text]) => `${name}: ${text}`);
  });
  assert.deepEqual(small, []);
});
