//! The colours of a picture, on light and on dark ground.

/// What all pictures begin with: fonts and the light colours, then the dark ones.
///
/// Custom properties would be shorter, but not every program that shows SVG knows them.
pub(super) const SHEET: &str = "\
text { font-family: Inter, 'Segoe UI', system-ui, 'Helvetica Neue', 'DejaVu Sans', sans-serif; fill: #1b2430; }
.paper { fill: #ffffff; }
.title { font-size: 20px; font-weight: 700; }
.under { font-size: 12px; fill: #667085; }
.name { font-size: 14px; font-weight: 600; }
.kind { font-size: 11px; }
.label { font-size: 12px; fill: #475467; }
.code { font-family: ui-monospace, 'SF Mono', Consolas, 'DejaVu Sans Mono', monospace; font-size: 11px; fill: #475467; }
.value { font-weight: 700; fill: #1b2430; }
.lack { font-style: italic; }
.choice { font-size: 11px; fill: #667085; }
.chosen { font-weight: 700; fill: #1b2430; }
.other { fill: #98a2b3; text-decoration: line-through; }
.card { stroke-width: 1.25; }
.job .card { fill: #1f2937; stroke: #1f2937; }
.job text, .job .value { fill: #ffffff; }
.job .kind, .job .code { fill: #aeb8c6; }
.network .card { fill: #eef5fc; stroke: #5b93cf; }
.network .kind { fill: #2563a8; }
.storage .card { fill: #edf8f1; stroke: #55a57b; }
.storage .kind { fill: #24734a; }
.other-kind .card { fill: #f5f1fd; stroke: #9575d6; }
.other-kind .kind { fill: #6941b8; }
.host .card { fill: #ffffff; stroke: #98a2b3; stroke-dasharray: 4 3; }
.band { fill: #f2f4f7; }
.edge { fill: none; stroke: #8592a6; stroke-width: 1.5; }
.after { stroke-dasharray: 5 4; }
.asks { stroke: #b3bccb; }
.tip { fill: #8592a6; }
.tip-asks { fill: #b3bccb; }
@media (prefers-color-scheme: dark) {
text { fill: #e6eaf0; }
.paper { fill: #0f1319; }
.under { fill: #8d99a8; }
.label, .code { fill: #b0bac8; }
.value, .chosen { fill: #f2f5f9; }
.choice { fill: #8d99a8; }
.other { fill: #667284; }
.job .card { fill: #e6eaf0; stroke: #e6eaf0; }
.job text, .job .value { fill: #11161d; }
.job .kind, .job .code { fill: #5a6675; }
.network .card { fill: #14243a; stroke: #3f73ad; }
.network .kind { fill: #7fb4ec; }
.storage .card { fill: #132b20; stroke: #3c8059; }
.storage .kind { fill: #74cb9c; }
.other-kind .card { fill: #231c38; stroke: #735bb0; }
.other-kind .kind { fill: #b59df0; }
.host .card { fill: #0f1319; stroke: #566274; }
.band { fill: #181e27; }
.edge { stroke: #66748a; }
.asks { stroke: #465162; }
.tip { fill: #66748a; }
.tip-asks { fill: #465162; }
}
";
