import assert from "node:assert/strict";
import { test } from "node:test";

import { shapeOf } from "../../js/arrangement.js";

test("the details are beside the timeline where the panel is wide and low", () => {
  assert.equal(shapeOf(457, 620), "tall"); // beside a video at 1280 x 720
  assert.equal(shapeOf(880, 260), "wide"); // under it
  assert.equal(shapeOf(1120, 1300), "tall"); // beside it at 2560 x 1440
  assert.equal(shapeOf(1780, 560), "wide"); // under it
});
