// How times, durations and counts are written.

/**
 * Formats seconds as a clock does: 0:07.25, 1:02:09.00.
 *
 * @param {number} seconds
 * @param {number} digits after the point
 */
export function formatTime(seconds, digits = 2) {
  const unit = 10 ** digits;
  const rounded = Math.round(Math.max(0, seconds) * unit) / unit;
  const whole = Math.floor(rounded + 1e-9);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/**
 * Formats a duration in few characters: 0.8 s, 12 s, 3 min.
 *
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} min`;
}

/**
 * Formats a count: 1,234.
 *
 * @param {number} number
 */
export function formatNumber(number) {
  return number.toLocaleString("en");
}

/**
 * Formats a count and its noun: 1 segment, 2 segments, 1,234 nodes.
 *
 * @param {number} number
 * @param {string} noun in the singular
 */
export function formatCount(number, noun) {
  return `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * Rounds seconds to what a person would choose: tenths below 3, halves below 10, whole seconds below
 * 120, tens above.
 *
 * @param {number} seconds
 */
export function niceSeconds(seconds) {
  if (seconds < 3) return Math.round(seconds * 10) / 10;
  if (seconds < 10) return Math.round(seconds * 2) / 2;
  if (seconds < 120) return Math.round(seconds);
  return Math.round(seconds / 10) * 10;
}

/**
 * Returns a file's name without its folders.
 *
 * @param {string} path
 */
export function fileName(path) {
  return path.split(/[\\/]/).at(-1) ?? path;
}
