/** All photographs in a row have the same height: a card grows with its aspect ratio. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: light-dark(#fafaf8, #16171a);
  --card: light-dark(#fff, #1f2125);
  --text: light-dark(#1c1d1f, #e8e8e6);
  --quiet: light-dark(#6a6c70, #9a9ca1);
  --line: light-dark(#e3e3df, #33363b);
  --named: light-dark(#2f7d5b, #3f9c74);
  --amber: #f2b01e;
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1280px; padding: 32px 24px 80px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
h1 { margin: 0; font-size: 30px; letter-spacing: -0.02em; }
h2 { overflow-wrap: anywhere; margin: 48px 0 14px; padding-bottom: 8px; font-size: 20px; border-bottom: 1px solid var(--line); }
h2.person { border-bottom: 3px solid hsl(var(--hue) 60% 48%); }
h2 small { margin-left: 8px; font-weight: 400; font-size: 14px; color: var(--quiet); }
.quiet { margin: 4px 0; color: var(--quiet); overflow-wrap: anywhere; }
.wrong { margin: 4px 0; color: #d33; font-weight: 600; }
.bar { display: flex; gap: 3px; margin: 20px 0 8px; height: 42px; }
.bar a { flex: 1 1 92px; padding: 0 12px; line-height: 42px; white-space: nowrap; overflow: hidden;
  color: #fff; text-decoration: none; border-radius: 5px; }
.bar .named { background: var(--named); }
.bar .unknown { background: var(--amber); color: #2b2000; }
.bar .faceless { background: #8b8f96; }
.bar .refused { background: #b4453c; }
.bar .failed { background: #7a1f1f; }
nav { display: flex; flex-wrap: wrap; gap: 10px; margin-top: 20px; }
.chip { display: flex; align-items: center; gap: 10px; padding: 4px 16px 4px 4px; color: inherit;
  text-decoration: none; background: var(--card); border: 2px solid hsl(var(--hue) 60% 48%); border-radius: 28px; }
.chip img { border-radius: 50%; }
.chip bdi { min-width: 0; max-width: 260px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chip bdi:first-child { padding-left: 12px; line-height: 36px; }
.chip small { color: var(--quiet); }
.grid { display: flex; flex-wrap: wrap; gap: 14px; }
.grid::after { content: ''; flex: 1000 1 0; }
.card { margin: 0; flex: var(--ratio) 1 max(calc(var(--ratio) * 230px), 150px); min-width: 0; max-width: 100%;
  content-visibility: auto; contain-intrinsic-size: auto 230px; }
.card:has(.zoom:checked) { flex-basis: 100%; }
.photo { position: relative; display: block; cursor: zoom-in; aspect-ratio: var(--ratio); border-radius: 6px;
  overflow: hidden; background: var(--line); }
.card:has(.zoom:checked) .photo { cursor: zoom-out; max-height: 88vh; max-width: calc(88vh * var(--ratio)); margin: 0 auto; }
.photo img { display: block; width: 100%; height: 100%; }
.zoom { position: absolute; opacity: 0; }
.zoom:focus-visible ~ img { outline: 3px solid #4a90d9; outline-offset: -3px; }
.missing { display: block; padding: 12px; color: var(--quiet); }
.face { position: absolute; border: 2px solid var(--amber); border-radius: 3px; box-shadow: 0 0 0 1px #0006, inset 0 0 0 1px #0006; }
.face.named { border-color: hsl(var(--hue) 75% 52%); }
.face.unknown { border-style: dashed; }
.name { position: absolute; left: -2px; bottom: 100%; display: flex; gap: 6px; max-width: 200px; padding: 0 6px; font-size: 12px;
  line-height: 18px; white-space: nowrap; border-radius: 3px 3px 0 0; background: var(--amber); color: #2b2000; }
.name bdi { overflow: hidden; text-overflow: ellipsis; }
.name i { font-style: normal; font-weight: 400; }
.face.named .name { background: hsl(var(--hue) 60% 34%); color: #fff; font-weight: 600; }
.below .name { bottom: auto; top: 100%; border-radius: 0 0 3px 3px; }
.inside .name { bottom: auto; top: -2px; border-radius: 0 0 3px 3px; }
.crowd:not(:has(.zoom:checked)) .unknown i { display: none; }
.leftwards .name { left: auto; right: -2px; }
figcaption { margin-top: 4px; font-size: 12px; color: var(--quiet); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.strip { display: flex; flex-wrap: wrap; gap: 12px; margin: 0; padding: 0; list-style: none; }
.strip li { width: 132px; font-size: 12px; color: var(--quiet); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.strip img { display: block; width: 132px; height: 100px; margin-bottom: 4px; object-fit: contain; background: var(--line); border-radius: 4px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td:first-child { width: 34%; }
td code { font-size: 12.5px; white-space: nowrap; }
@media print { .card { content-visibility: visible; break-inside: avoid; } }
`;
