//! What colours and dashes of a picture mean.

use super::card::Role;
use super::draw::{class, text};
use super::face::{self, LABEL};
use super::scene::{Link, Scene};
use super::xml::px;
use crate::family::Family;
use crate::line::append;

/// The height of the legend.
const HEIGHT: f64 = 34.0;

/// What a picture needs explained.
pub(super) struct Legend(Vec<Entry>);

#[derive(Clone, Copy)]
enum Entry {
    Family(Family),
    After,
}

impl Legend {
    /// Families where there are several, dashed lines where there are any.
    pub(super) fn of(scene: &Scene) -> Self {
        let has = |family| scene.cards.iter().any(|card| card.role == Role::Device(family));
        let all = [Family::Network, Family::Storage, Family::Other];
        let families: Vec<_> = all.into_iter().filter(|family| has(*family)).collect();
        let mut entries = Vec::new();
        if families.len() > 1 {
            entries.extend(families.into_iter().map(Entry::Family));
        }
        if scene.links.iter().any(|link| link.2 == Link::After) {
            entries.push(Entry::After);
        }
        Self(entries)
    }

    /// How wide it is.
    pub(super) fn width(&self) -> f64 {
        self.0.iter().map(|entry| entry.width()).sum()
    }

    /// How high it is; nothing if it has nothing to explain.
    pub(super) fn height(&self) -> f64 {
        if self.0.is_empty() { 0.0 } else { HEIGHT }
    }

    /// Writes it on a baseline.
    pub(super) fn write(&self, svg: &mut String, left: f64, baseline: f64) {
        let mut x = left;
        for entry in &self.0 {
            entry.write_sample(svg, x, baseline);
            text(svg, "under", (&px(x + 22.0), &px(baseline)), entry.name());
            x += entry.width();
        }
    }
}

impl Entry {
    fn name(self) -> &'static str {
        match self {
            Self::Family(family) => family.name(),
            Self::After => "made before, not given",
        }
    }

    fn width(self) -> f64 {
        face::width(self.name(), LABEL) + 40.0
    }

    fn write_sample(self, svg: &mut String, x: f64, baseline: f64) {
        let x = px(x);
        match self {
            Self::Family(family) => append(
                svg,
                format_args!(
                    "<g class=\"{}\"><rect class=\"card\" x=\"{x}\" y=\"{}\" width=\"14\" \
                     height=\"10\" rx=\"3\"/></g>\n",
                    class(family),
                    px(baseline - 9.0)
                ),
            ),
            Self::After => append(
                svg,
                format_args!("<path class=\"edge after\" d=\"M{x} {}h16\"/>\n", px(baseline - 4.0)),
            ),
        }
    }
}
