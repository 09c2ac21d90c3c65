// The operator `seek_to_frame`, which Python triggers: the App's own does not move a native video.

const PATIENCE_SECONDS = 8;

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
      return { frame };
    }
  }

  registerOperator(SeekToFrame, PLUGIN);
}
