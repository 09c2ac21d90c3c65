// Registers everything when the App loads the plugin.

import { missingGlobals, PLUGIN } from "./app.js";
import { registerTree } from "./component.js";
import { registerSearchOperators, registerFinder } from "./finder_component.js";
import { registerGrid } from "./grid.js";
import { registerOverview } from "./overview_component.js";
import { registerProgress } from "./progress.js";
import { registerResetSidebar } from "./reset_sidebar.js";
import { registerSeekToFrame } from "./seek_to_frame.js";
import { registerSelectLabels } from "./select_labels.js";
import { registerShowAndOpen } from "./show_and_open.js";
import { registerShowTreeAlone } from "./show_tree_alone.js";
import { registerShowTreeBeside } from "./show_tree_beside.js";
import { submitOnEnter } from "./submit.js";
import { registerTickFields } from "./tick_fields.js";
import { keepFocusFromVideo } from "./video_focus.js";

const missing = missingGlobals();
if (missing.length) {
  console.warn(`${PLUGIN} is made for FiftyOne 1.22; this version has no ${missing.join(", ")}`);
}
const { React, recoil, __foo__, __fop__, __fos__, __fosp__ } = window;
if (__foo__?.registerOperator && recoil && __fos__) {
  registerSeekToFrame();
  registerTickFields();
  registerResetSidebar();
}
if (__foo__?.registerOperator && __fosp__) {
  registerShowTreeBeside();
  registerShowTreeAlone();
}
if (__foo__?.registerOperator && React && recoil && __fos__ && __fosp__) registerShowAndOpen();
if (__foo__?.registerOperator) {
  registerProgress();
  registerSelectLabels();
  registerSearchOperators();
  submitOnEnter();
}
if (__fop__?.registerComponent && __foo__ && __fosp__ && React && recoil) registerGrid();
if (__fop__?.registerComponent && React) {
  registerTree();
  registerFinder();
  registerOverview();
  keepFocusFromVideo();
}
