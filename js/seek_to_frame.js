// The operator `seek_to_frame`, which Python triggers: the App's own operator does not move a video.

import { appGlobal, PLUGIN, sleep } from "./app.js";
import { canSeek, isLoaded, sampleOf, waitForPlayer } from "./player.js";

/** How long to wait for the player, in seconds: a video on a slow disk takes its time. */
const LOAD_SECONDS = 60;
/** How long after a seek a player that has just opened may restart at frame 1, in seconds. */
const RESTART_SECONDS = 6;
/** How often such a player is moved again; after that, somebody else has moved it. */
const MAX_RESTARTS = 5;

let latestSeek = 0;

/**
 * Seeks again when the player restarts after a seek, as it does while it loads its video.
 *
 * @param {number} frame
 * @param {() => unknown} current returns the player that the App has now
 * @param {string | undefined} sampleId
 */
async function holdAt(frame, current, sampleId) {
  latestSeek += 1;
  const thisSeek = latestSeek;
  const deadline = performance.now() + RESTART_SECONDS * 1000;
  for (let restarts = 0; restarts < MAX_RESTARTS && performance.now() < deadline; ) {
    await sleep(150);
    const looker = current();
    if (thisSeek !== latestSeek || !canSeek(looker) || sampleOf(looker) !== sampleId) return;
    if (looker.state?.playing) return;
    if (looker.state?.frameNumber !== 1 || frame === 1 || !isLoaded(looker)) continue;
    looker.seekToFrame(frame);
    restarts += 1;
  }
}

/** Registers the operator; needs __foo__, recoil and __fos__. */
export function registerSeekToFrame() {
  const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");

  class SeekToFrame extends Operator {
    get config() {
      return new OperatorConfig({
        name: "seek_to_frame",
        label: "Seek to a frame",
        description: "Move the open video to a frame, counted from 1",
        unlisted: true,
      });
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.int("frame", { label: "Frame", required: true });
      inputs.str("sample_id", { label: "Sample", required: false });
      return new types.Property(inputs);
    }

    useHooks() {
      const atom = window.__fos__?.modalLooker;
      // The snapshot is taken when the player is asked for, so that one that opens later is found.
      const current = appGlobal("recoil").useRecoilCallback(
        ({ snapshot }) => () => atom && snapshot.getLoadable(atom).contents,
        [],
      );
      return { current };
    }

    /** @param {{hooks: {current: () => unknown}, params: {frame?: unknown, sample_id?: string}}} context */
    async execute({ hooks, params }) {
      const frame = Number(params.frame);
      if (!Number.isFinite(frame) || frame < 1) throw new Error(`${params.frame} is not a frame`);
      const looker = await waitForPlayer(hooks.current, params.sample_id, LOAD_SECONDS);
      looker.seekToFrame(frame);
      holdAt(frame, hooks.current, sampleOf(looker));
      return { frame };
    }
  }

  registerOperator(SeekToFrame, PLUGIN);
}
