// The panel's look, in the App's own variables, so that it follows the theme.

const STYLE = `
.a100 { --a-text: var(--fo-palette-text-primary, #fff); --a-quiet: var(--fo-palette-text-secondary, #b3b3b3);
  --a-bg: var(--fo-palette-background-level2, #1a1a1a); --a-card: var(--fo-palette-background-level1, #333);
  --a-line: var(--fo-palette-divider, #333); --a-accent: var(--fo-palette-primary-main, #ff6d04);
  container: a100 / inline-size; box-sizing: border-box; height: 100%; width: 100%; min-width: 0; display: flex; flex-direction: column;
  gap: 6px; padding: 8px 10px; background: var(--a-bg); color: var(--a-text); overflow: auto; outline: none;
  font: 13px/1.4 var(--fo-fontFamily-body, system-ui), sans-serif; text-align: left; }
.a100 *, .a100 *::before { box-sizing: border-box; }
.a100 [hidden] { display: none !important; }
.a100:focus-visible { box-shadow: inset 0 0 0 1px var(--a-accent); }
.a100 button, .a100 select, .a100 input { font: inherit; color: inherit; }
.a100 :is(button, select, input, a):focus-visible { outline: 2px solid var(--a-accent); outline-offset: 1px; }
.a100 > *, .a100 > div > * { flex: none; }
.a100-bar { display: flex; align-items: center; flex-wrap: wrap; gap: 4px 8px; min-height: 26px; }
.a100-grow { flex: 1 1 0; min-width: 0; }
.a100-crumbs { display: flex; flex: 1 1 160px; min-width: 0; align-items: center; overflow: hidden; white-space: nowrap; margin: 0; padding: 0; list-style: none; }
.a100-crumbs.a100-all { flex-wrap: wrap; }
.a100-crumbs li { display: flex; min-width: 38px; flex: 0 1 auto; }
.a100-crumbs .a100-more { flex: none; }
.a100-crumbs li + li::before { content: "›"; color: var(--a-quiet); padding: 0 4px; }
.a100-crumbs button { background: none; border: 0; padding: 2px 3px; border-radius: 3px; cursor: pointer; max-width: 190px; min-width: 24px; overflow: hidden; text-overflow: ellipsis; color: var(--a-quiet); }
.a100-crumbs button:hover, .a100-crumbs [aria-current] { color: var(--a-text); }
.a100-crumbs [aria-current] { font-weight: 600; }
.a100-searchbox { display: flex; align-items: center; gap: 4px; flex: 0 1 250px; min-width: 150px; }
.a100-cutbar { display: flex; align-items: center; gap: 4px 8px; flex: 1 1 270px; min-width: 0; }
.a100-search { flex: 1 1 auto; min-width: 60px; height: 26px; padding: 0 8px; border: 1px solid var(--a-line); border-radius: 4px; background: var(--fo-palette-background-field, transparent); }
.a100-search::placeholder { color: var(--a-quiet); opacity: 1; }
.a100-said { min-width: 44px; text-align: center; color: var(--a-quiet); font-size: 12px; white-space: nowrap; }
.a100-said:empty { min-width: 0; }
.a100-icon { width: 26px; height: 26px; display: inline-flex; align-items: center; justify-content: center; flex: none; border: 0; border-radius: 4px; background: none; cursor: pointer; padding: 0; }
.a100-icon:hover:not(:disabled), .a100-button:hover:not(:disabled) { background: var(--fo-palette-action-hover, rgba(128,128,128,.2)); }
.a100 button:disabled { opacity: .4; cursor: default; }
.a100 [data-done] { color: var(--a-accent); }
.a100 [data-done]::after { content: "✓"; margin-left: 2px; }
.a100-icon[aria-pressed=true] { background: var(--a-accent); color: #111; }
.a100-stage { position: relative; flex: none; overflow: hidden auto; border: 1px solid var(--a-line); border-radius: 4px; cursor: default; touch-action: none; contain: layout paint; }
.a100-stage canvas { display: block; }
.a100-over { position: absolute; left: 0; top: 0; }
.a100-head { position: absolute; left: -5px; top: 0; width: 10px; pointer-events: none; will-change: transform; background: linear-gradient(var(--a-accent), var(--a-accent)) center / 1.5px 100% no-repeat; }
.a100-head::before { content: ""; display: block; border: 5px solid transparent; border-top: 7px solid var(--a-accent); border-bottom: 0; }
.a100-tip { position: absolute; z-index: 2; pointer-events: none; max-width: min(340px, 90%); padding: 4px 8px; border-radius: 4px; background: var(--fo-palette-background-tooltip, #0d0d0d); color: var(--a-text); border: 1px solid var(--a-line); font-size: 12px; line-height: 1.35; box-shadow: 0 2px 8px rgba(0,0,0,.35); }
.a100-tip b { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; font-weight: 600; }
.a100-tip span { color: var(--a-quiet); }
.a100-time, .a100-frame { font-variant-numeric: tabular-nums; color: var(--a-quiet); font-size: 12px; white-space: nowrap; }
.a100-range { flex: 1 1 90px; min-width: 70px; max-width: 260px; accent-color: var(--a-accent); height: 18px; }
.a100-button { height: 26px; padding: 0 9px; border: 1px solid var(--a-line); border-radius: 4px; background: none; cursor: pointer; white-space: nowrap; font-size: 12px; }
.a100-select { height: 26px; border: 1px solid var(--a-line); border-radius: 4px; background: var(--a-bg); padding: 0 4px; font-size: 12px; }
.a100-legend { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 0; padding: 0; list-style: none; color: var(--a-quiet); font-size: 12px; }
.a100-legend li { display: inline-flex; align-items: center; gap: 5px; }
.a100-swatch { width: 14px; height: 10px; border-radius: 1px; flex: none; }
.a100-swatch[data-state="1"] { background-image: repeating-linear-gradient(135deg, transparent 0 2px, var(--a-bg) 2px 4px) !important; }
.a100-swatch[data-state="0"] { background: none !important; border: 1px solid currentColor; }
.a100-swatch[data-mark=hidden] { height: 2px; background: currentColor; }
.a100-hidden { font-size: 12px; color: var(--a-quiet); justify-content: space-between; min-height: 0; padding: 2px 2px 2px 8px; border-left: 3px solid var(--a-line); }
.a100-hidden .a100-button { height: 23px; color: var(--a-text); }
.a100-swatch[data-mark=cut] { border-bottom: 2px solid var(--a-accent); background: color-mix(in srgb, currentColor 30%, transparent); }
.a100-swatch[data-mark=now] { border: 1.5px solid var(--a-text); background: color-mix(in srgb, currentColor 60%, transparent); }
.a100-swatch[data-mark=pinned] { border: 1.5px solid var(--a-text); border-left: 5px solid var(--a-accent); background: color-mix(in srgb, currentColor 60%, transparent); }
.a100 > div > .a100-card { flex: 1 0 auto; display: flex; flex-direction: column; gap: 5px; padding: 8px 0 0; border-top: 1px solid var(--a-line); min-height: 120px; }
.a100-title { margin: 0; font-size: 15px; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.a100-facts, .a100-where { margin: 0; font-size: 12px; color: var(--a-quiet); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.a100-actor { display: inline-block; margin-left: 8px; padding: 0 7px; border: 1px solid var(--a-line); border-radius: 9px; color: var(--a-text); }
.a100-link { background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline; text-underline-offset: 2px; text-align: left; display: inline; overflow-wrap: anywhere; color: var(--a-text); }
.a100-actions { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.a100-actions .a100-button { height: 23px; padding: 0 7px; }
.a100-check { display: inline-flex; align-items: center; gap: 5px; font-size: 12px; color: var(--a-quiet); cursor: pointer; }
.a100-check input { accent-color: var(--a-accent); margin: 0; }
.a100-texts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); gap: 6px; align-items: start; }
.a100-block { background: var(--fo-palette-background-card, rgba(128,128,128,.1)); border: 1px solid var(--a-line); border-radius: 4px; padding: 3px 8px 6px; min-width: 0; }
.a100-block header { display: flex; align-items: center; gap: 6px; color: var(--a-quiet); font-size: 11px; }
.a100-block header .a100-icon { margin-left: auto; }
.a100-field { font-family: ui-monospace, monospace; overflow: hidden; text-overflow: ellipsis; }
.a100-tag { border: 1px solid var(--a-line); border-radius: 3px; padding: 0 4px; }
.a100-text { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 180px; overflow-y: auto; unicode-bidi: plaintext; }
.a100-text mark { background: none; color: inherit; font-weight: 600; text-decoration: underline; text-decoration-color: var(--a-accent); text-decoration-thickness: 2px; text-underline-offset: 3px; }
.a100-around { grid-column: 1 / -1; margin: 2px 0 0; font-size: 12px; color: var(--a-quiet); }
.a100-quiet { color: var(--a-quiet); margin: 0; }
.a100-beside { align-self: flex-start; flex: none; }
.a100-notice { margin: 0; padding: 7px 10px; border-left: 3px solid var(--a-accent); background: var(--fo-palette-background-card, rgba(128,128,128,.1)); border-radius: 0 4px 4px 0; overflow-wrap: anywhere; }
.a100-help { position: absolute; inset: 8px; z-index: 5; overflow: auto; padding: 12px 16px; border: 1px solid var(--a-line); border-radius: 6px; background: var(--a-bg); box-shadow: 0 6px 24px rgba(0,0,0,.45); }
.a100-help h3 { margin: 0 0 8px; font-size: 15px; }
.a100-help dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 14px; margin: 0; }
.a100-help dt { font-family: ui-monospace, monospace; }
.a100-help dd { margin: 0; }
.a100-sr, .a100-away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@container a100 (min-width: 420px) { [data-open=true] > div > .a100-stage { margin-right: 36px; } } /* The App's arrow to the next sample floats there. */
@container a100 (max-width: 620px) { .a100-bar > nav { flex: 1 1 calc(100% - 40px); } .a100-searchbox { flex: 1 1 150px; order: 2; } .a100-select { order: 3; } .a100-crumbs button { max-width: 120px; } }
@container a100 (max-width: 400px) { .a100-time .a100-frame { display: none; } .a100-cutbar { flex-wrap: wrap; } }
`;
