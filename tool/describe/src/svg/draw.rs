//! Writes a picture down as SVG.

use super::card::{Card, Line, PADDING_X, Role};
use super::face::{self, LABEL, TITLE};
use super::legend::Legend;
use super::place::Layout;
use super::route::Run;
use super::scene::{Link, Scene};
use super::style::SHEET;
use super::xml::{escape, px};
use crate::family::Family;
use crate::line::append;

/// The space around everything.
const MARGIN: f64 = 28.0;
/// The height of the title.
const HEAD: f64 = 66.0;
/// How far the ground of the host's cards goes beyond them.
const BAND: f64 = 16.0;
/// The height of its caption, below the cards.
const CAPTION: f64 = 20.0;
/// How long the tip of a line is.
const TIP: f64 = 6.0;

/// Writes a picture.
pub(super) fn picture(scene: &Scene, layout: &Layout, lines: &[Run]) -> String {
    let legend = Legend::of(scene);
    let page = Page::of(scene, layout, &legend);
    let mut svg = String::new();
    open(&mut svg, scene, &page);
    if scene.first_of_host().is_some() {
        band(&mut svg, layout, &page);
    }
    append(
        &mut svg,
        format_args!("<g transform=\"translate({} {})\">\n", px(page.left), px(page.top)),
    );
    for ((_, _, link), run) in scene.links.iter().zip(lines) {
        edge(&mut svg, *link, run);
    }
    for (at, card) in scene.cards.iter().enumerate() {
        draw_card(&mut svg, card, layout.left(at), layout.top(at));
    }
    svg.push_str("</g>\n");
    legend.write(&mut svg, MARGIN, page.height - MARGIN + 2.0);
    svg.push_str("</svg>\n");
    svg
}

/// The sheet of paper, and where the graph begins on it.
struct Page {
    width: f64,
    height: f64,
    left: f64,
    top: f64,
}

impl Page {
    fn of(scene: &Scene, layout: &Layout, legend: &Legend) -> Self {
        let subtitle = face::width(&scene.made_for, LABEL);
        let widest = [
            layout.width + if scene.first_of_host().is_some() { 2.0 * BAND } else { 0.0 },
            face::width(&scene.name, TITLE),
            subtitle,
            legend.width(),
        ];
        let width = (widest.into_iter().fold(0.0, f64::max) + 2.0 * MARGIN).ceil();
        let bottom = layout.rows.last().map_or(0.0, |row| row.1);
        let host = if scene.first_of_host().is_some() { BAND + CAPTION } else { 0.0 };
        let foot = legend.height();
        let top = MARGIN + HEAD;
        let height = top + bottom + host + foot + MARGIN;
        Self { width, height, left: ((width - layout.width) / 2.0).round(), top }
    }
}

fn open(svg: &mut String, scene: &Scene, page: &Page) {
    let (width, height) = (px(page.width), px(page.height));
    append(
        svg,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{} {}</title>\n<desc id=\"desc\">{}</desc>\n<style>\n{SHEET}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
            escape(&scene.name),
            escape(&scene.made_for),
            escape(&scene.description()),
        ),
    );
    let left = px(MARGIN);
    text(svg, "title", (&left, &px(MARGIN + 18.0)), &scene.name);
    text(svg, "under", (&left, &px(MARGIN + 38.0)), &scene.made_for);
}

/// Writes one line of text.
pub(super) fn text(svg: &mut String, class: &str, (x, y): (&str, &str), content: &str) {
    append(
        svg,
        format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>\n", escape(content)),
    );
}

/// Writes the ground on which the host's cards stand.
fn band(svg: &mut String, layout: &Layout, page: &Page) {
    let Some((top, bottom)) = layout.rows.last() else { return };
    let y = page.top + top - BAND;
    let height = bottom - top + 2.0 * BAND + CAPTION;
    append(
        svg,
        format_args!(
            "<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"14\"/>\n",
            px(MARGIN),
            px(y),
            px(page.width - 2.0 * MARGIN),
            px(height),
        ),
    );
    let caption = (px(MARGIN + BAND), px(y + height - 13.0));
    text(svg, "under", (&caption.0, &caption.1), "host");
}

/// Writes a line with its tip.
fn edge(svg: &mut String, link: Link, run: &Run) {
    let (class, tip) = match link {
        Link::Given => ("edge", "tip"),
        Link::After => ("edge after", "tip"),
        Link::Asks => ("edge asks", "tip tip-asks"),
    };
    let mut path = format!("M{} {}", px(run.start.0), px(run.start.1));
    let (mut x, mut y) = run.start;
    for (at, (begin, end)) in run.curves.iter().enumerate() {
        let is_last = at + 1 == run.curves.len();
        let bottom = if is_last { end.1 - TIP } else { end.1 };
        if *begin > y {
            append(&mut path, format_args!("V{}", px(*begin)));
        }
        path.push_str(&curve((x, *begin), (end.0, bottom)));
        (x, y) = (end.0, bottom);
    }
    append(svg, format_args!("<path class=\"{class}\" d=\"{path}\"/>\n"));
    append(
        svg,
        format_args!(
            "<path class=\"{tip}\" d=\"M{} {}h7l-3.5 {}z\"/>\n",
            px(x - 3.5),
            px(y - 1.0),
            px(TIP + 1.0)
        ),
    );
}

/// A curve that leaves downwards and arrives downwards.
fn curve(from: (f64, f64), to: (f64, f64)) -> String {
    if (from.0 - to.0).abs() < 0.75 {
        return format!("V{}", px(to.1));
    }
    let middle = px(f64::midpoint(from.1, to.1));
    format!("C{} {middle} {} {middle} {} {}", px(from.0), px(to.0), px(to.0), px(to.1))
}

fn draw_card(svg: &mut String, card: &Card, x: f64, y: f64) {
    let class = match card.role {
        Role::Job => "job",
        Role::Device(family) => class(family),
        Role::Host => "host",
    };
    let (width, height) = (px(card.width), px(card.height));
    append(
        svg,
        format_args!(
            "<g class=\"{class}\" transform=\"translate({} {})\">\n<title>{}</title>\n\
         <rect class=\"card\" width=\"{width}\" height=\"{height}\" rx=\"9\"/>\n",
            px(x),
            px(y),
            escape(&card.title),
        ),
    );
    for (baseline, line) in card.baselines() {
        draw_line(svg, line, card.width, baseline);
    }
    svg.push_str("</g>\n");
}

/// The class of things of a family.
pub(super) fn class(family: Family) -> &'static str {
    match family {
        Family::Network | Family::Storage => family.name(),
        Family::Other => "other-kind",
    }
}

fn draw_line(svg: &mut String, line: &Line, width: f64, baseline: f64) {
    let (x, y) = (px(PADDING_X), px(baseline));
    match line {
        Line::Head(name, kind) => {
            text(svg, "name", (&x, &y), name);
            if !kind.is_empty() {
                append(
                    svg,
                    format_args!(
                        "<text class=\"kind\" x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>\n",
                        px(width - PADDING_X),
                        escape(kind)
                    ),
                );
            }
        }
        Line::Label(label) => text(svg, "label", (&x, &y), label),
        Line::Key(option, value) => {
            let (class, value) = match value {
                Ok(value) => ("value", value),
                Err(lack) => ("lack", lack),
            };
            append(
                svg,
                format_args!(
                    "<text class=\"code\" x=\"{x}\" y=\"{y}\">{} <tspan class=\"{class}\">{}</tspan></text>\n",
                    escape(option),
                    escape(value)
                ),
            );
        }
        Line::Choice(question, answer, others) => {
            append(
                svg,
                format_args!(
                    "<text class=\"choice\" x=\"{x}\" y=\"{y}\">{} <tspan class=\"chosen\" dx=\"3\">{}</tspan>",
                    escape(question),
                    escape(answer)
                ),
            );
            for other in others {
                append(
                    svg,
                    format_args!(" <tspan class=\"other\" dx=\"3\">{}</tspan>", escape(other)),
                );
            }
            svg.push_str("</text>\n");
        }
    }
}
