// What the panel says above the tree: why there is none, what is wrong with the video or its player.

import { PLUGIN, runOperator } from "./app.js";
import { make, textButton } from "./dom.js";
import { fileName } from "./format.js";

/** @import { TreePanel } from "./panel.js" */
/** @import { Notice, TreeData } from "./types" */

export class Notices {
  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.tree = make("p", { class: "a100-notice", role: "status", hidden: true });
    this.player = make("p", { class: "a100-notice", role: "status", hidden: true });
    this.besideButton = textButton("Show both", "Show the video and its tree: beside each other, or where the tree was last", () => {
      runOperator(`${PLUGIN}/show_tree_beside`, {}).catch(console.warn);
    });
    this.besideButton.classList.add("a100-beside");
    this.besideButton.hidden = true;
    this.elements = [this.player, this.besideButton, this.tree];
  }

  /**
   * Says why there is no tree; returns whether there is none.
   *
   * @param {TreeData | Notice | null} data null while it is on its way
   * @returns {data is Notice | null}
   */
  showTree(data) {
    const text = !data ? "Waiting for the tree …" : "notice" in data ? data.notice : "";
    this.tree.textContent = text;
    this.tree.hidden = !text;
    return Boolean(text);
  }

  /**
   * Says what is wrong with the player, after what the App lacks and what is wrong with the file.
   *
   * @param {string} text
   * @param {boolean} [covered] whether the panel is in front of the video
   */
  showPlayer(text, covered = false) {
    const { host, model } = this.panel;
    this.besideButton.hidden = !covered;
    const words = [host.problem, model.data.media, text].filter(Boolean).join(" ");
    this.player.textContent = words;
    this.player.hidden = !words;
  }

  /** Says that the player cannot show the video, unless Python has said why. */
  showFailure() {
    const { media, path } = this.panel.model.data;
    const why = "the file may be damaged, or in a format that it does not know.";
    this.showPlayer(media ? "" : `This browser cannot play ${fileName(path)}: ${why}`);
  }
}
