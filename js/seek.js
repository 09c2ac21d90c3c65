// The operator `seek_to_frame`, which Python triggers: the App's own does not move a native video.

const PATIENCE_SECONDS = 20;

/** For how long, in seconds, a player that was just opened may go back to its first frame. */
const HOLD_SECONDS = 6;
/** How often it is brought forward again: then it is where somebody wants it. */
const HOLD_TRIES = 5;
let latestSeek = 0;

/** Seeks again where the player begins anew by itself, or another takes its place, after a seek. */
async function holdAt(frame, current, sampleId) {
  latestSeek += 1;
  const own = latestSeek;
  const end = performance.now() + HOLD_SECONDS * 1000;
  for (let tries = 0; tries < HOLD_TRIES && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const looker = current();
    if (own !== latestSeek || !canSeek(looker) || sampleOf(looker) !== sampleId) return;
    const { frameNumber, playing } = looker.state;
    if (playing) return;
    if (frameNumber !== 1 || frame === 1 || !isLoaded(looker)) continue;
    looker.seekToFrame(frame);
    tries += 1;
  }
}

/** Registers the operator; needs __foo__ and recoil. */
function registerSeek() {
  const { Operator, OperatorConfig, registerOperator, types } = window.__foo__;

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
      // The snapshot is taken when it is asked for, so a player that opens later is seen.
      const current = window.recoil.useRecoilCallback(
        ({ snapshot }) =>
          () =>
            snapshot.getLoadable(window.__fos__.modalLooker).contents,
        [],
      );
      return { current };
    }

    async execute({ hooks, params }) {
      const frame = Number(params.frame);
      if (!Number.isFinite(frame) || frame < 1) {
        throw new Error(`not a frame: ${params.frame}`);
      }
      const looker = await waitForPlayer(hooks.current, params.sample_id, PATIENCE_SECONDS);
      looker.seekToFrame(frame);
      holdAt(frame, hooks.current, sampleOf(looker));
      return { frame };
    }
  }

  registerOperator(SeekToFrame, PLUGIN);
}
