import assert from "node:assert/strict";
import test from "node:test";

import { giveKeysToTree, takeKeys } from "../../js/enter_tree.js";

class Part {
  /** @param {Page} page @param {string} where "modal", "panel" of it, or "grid" */
  constructor(page, where) {
    Object.assign(this, { page, where });
  }
  closest(selector) {
    return this.where === "panel" || (selector === "#modal" && this.where === "modal") ? this : null;
  }
  focus() {
    this.page.activeElement = this;
  }
}

class Page extends EventTarget {
  body = new Part(this, "grid");
  activeElement = this.body;
  tree = null;
  querySelector() {
    return this.tree;
  }
}

/** A page without a tree, and what has its focus. */
function setUp() {
  const page = new Page();
  globalThis.document = page;
  globalThis.HTMLElement = Part;
  return page;
}

test.afterEach(() => {
  delete globalThis.document;
  delete globalThis.HTMLElement;
});

test("the tree that was asked for takes the keys, however often the App makes it", () => {
  const page = setUp();
  giveKeysToTree();
  for (const tree of [new Part(page, "panel"), new Part(page, "panel")]) {
    page.activeElement = page.body;
    takeKeys(tree);
    assert.equal(page.activeElement, tree);
  }
  const box = new Part(page, "panel");
  box.focus();
  takeKeys(new Part(page, "panel"));
  assert.equal(page.activeElement, box, "a panel of the open sample keeps them");
});

test("a tree that is there takes them at once, one in the grid does not", () => {
  const page = setUp();
  page.tree = new Part(page, "panel");
  giveKeysToTree();
  assert.equal(page.activeElement, page.tree);
  page.activeElement = page.body;
  takeKeys(new Part(page, "grid"));
  assert.equal(page.activeElement, page.body);
});

test("who does something meanwhile keeps the keys", () => {
  for (const event of ["keydown", "pointerdown"]) {
    const page = setUp();
    giveKeysToTree();
    page.dispatchEvent(new Event(event));
    takeKeys(new Part(page, "panel"));
    assert.equal(page.activeElement, page.body);
  }
});
