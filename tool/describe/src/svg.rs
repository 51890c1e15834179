//! A plan as a picture.
//!
//! The layout is the layered one of Sugiyama, Tagawa and Toda (1981), in its classic steps, each
//! in a module of its own: [`scene`] says what is on the cards, [`layers`] which row a card is in,
//! [`order`] where in its row, [`place`] how far from the left
//! (with [`straight`]), [`route`] how the lines run, and
//! [`draw`] writes it all down. Only [`scene`] knows plans.

mod card;
mod draw;
mod face;
mod layers;
mod legend;
mod order;
mod place;
mod route;
mod scene;
mod straight;
mod style;
mod xml;

use sarab_compose::plan::Plan;

/// Draws a plan: jobs at the top, what they need below, what the host gives at the bottom.
///
/// The picture is one SVG 1.1 document that refers to nothing outside of it, follows the reader's
/// choice of a light or a dark background, and tells its contents in `title` and `desc`. Equal
/// plans make equal bytes.
#[must_use]
pub fn render_svg(plan: &Plan) -> String {
    let scene = scene::Scene::of(plan);
    let mut layered = layers::Layered::new(&scene.layers(), &scene.edges());
    order::sort(&mut layered);
    let layout = place::place(&layered, &scene.sizes());
    let lines = route::lines(&layered, &layout);
    draw::picture(&scene, &layout, &lines)
}
