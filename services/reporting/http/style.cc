#include "services/reporting/http/page.h"

namespace berdaya::reporting {

std::string_view StyleSheet() {
  return R"css(:root { color-scheme: light dark; --ink: #1b2430; --soft: #5a6675; --line: #d5dbe3; --paper: #ffffff; --band: #f3f6f9;
  --accent: #0b5c8a; --focus: #d97706; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf2; --soft: #a3b0bf; --line: #364352; --paper: #141a21; --band: #1c242d;
  --accent: #7cc4ee; --focus: #f5b453; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; color: var(--ink);
  background: var(--paper); }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
header, main, footer { max-width: 90rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 0 1rem;
  border-bottom: 1px solid var(--line); }
header p { margin: .75rem 0; }
.lang { white-space: nowrap; }
.name a { font-weight: 700; font-size: 1.15rem; text-decoration: none; margin-right: .35rem; }
.name span { color: var(--soft); }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .5rem; z-index: 3; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; margin: 1rem 0 0; }
.when { margin: .25rem 0 .5rem; color: var(--soft); font-size: 1.05rem; }
.path, .months { list-style: none; display: flex; align-items: baseline; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0 0; padding: 0; }
.path li + li::before { content: "\203a"; color: var(--soft); margin-right: 1rem; }
.months { margin: .25rem 0 1rem; }
.months a, .path a { display: inline-block; padding: .3rem 0; }
.headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin: 0 0 1.5rem; }
.headlines div { background: var(--band); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
.headlines dt { color: var(--soft); font-size: .9rem; }
.headlines dd { margin: 0; }
.headlines strong { display: block; font-size: 1.6rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.headlines small { color: var(--soft); font-size: .85rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
caption { text-align: left; font-weight: 700; padding: .75rem .75rem .5rem; position: sticky; left: 0; }
caption span { display: none; font-weight: 400; color: var(--soft); }
th, td { padding: .4rem .6rem; text-align: right; vertical-align: baseline; border-top: 1px solid var(--line); }
thead th { background: var(--band); font-weight: 600; font-size: .85rem; vertical-align: bottom; }
tbody th, tfoot th { white-space: nowrap; }
thead th[scope=colgroup] { text-align: left; color: var(--soft); }
.first { border-left: 1px solid var(--line); }
thead th[rowspan], tbody th, tfoot th { position: sticky; left: 0; z-index: 1; text-align: left; background: var(--paper); font-weight: 500; }
thead th[rowspan], tfoot th, tfoot td { background: var(--band); font-weight: 700; }
tbody tr:hover th, tbody tr:hover td { background: var(--band); }
td { white-space: nowrap; }
td.zero { color: var(--soft); }
tfoot th, tfoot td { border-top: 2px solid var(--line); }
footer { color: var(--soft); font-size: .88rem; padding-bottom: 2rem; }
.fresh { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; }
@media (max-width: 48rem) {
  caption span { display: block; }
  .headlines { grid-template-columns: 1fr 1fr; gap: .5rem; }
  .headlines div { padding: .55rem .7rem; }
  .headlines strong { font-size: 1.25rem; }
  tbody th, tfoot th, thead th[rowspan] { min-width: 8.5rem; max-width: 8.5rem; white-space: normal; overflow-wrap: anywhere; border-right: 1px solid var(--line); }
}
@media print { .skip, .lang, .months, caption span { display: none !important; } .scroll { overflow: visible; border: 0; }
  table { font-size: .7rem; } }
)css";
}

}  // namespace berdaya::reporting
