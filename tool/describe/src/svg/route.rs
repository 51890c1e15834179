//! How the lines run: down through the row of a card, in a curve across the space between rows.
//!
//! A line only ever bends between rows, where no card is, and passes a row where it has a place of
//! its own. So it never touches a card but at its ends.

use super::layers::Layered;
use super::place::{Layout, spread};

/// How far the ends of two lines at a card are apart, if there is room.
const PORT_GAP: f64 = 14.0;
/// How far from a card's corner a line may end.
pub(super) const CORNER: f64 = 18.0;

/// A line from a card down to another.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Where it leaves the upper card.
    pub(super) start: (f64, f64),
    /// The curves: the height where each begins, and the point where it ends.
    pub(super) curves: Vec<(f64, (f64, f64))>,
}

/// Finds the lines of all edges.
pub(super) fn lines(graph: &Layered, layout: &Layout) -> Vec<Run> {
    let ends = ports(graph, layout, &Vec::new(), End::Lower);
    let starts = ports(graph, layout, &ends, End::Upper);
    let run = |(edge, chain): (usize, &Vec<usize>)| {
        let card = chain[0];
        let start = (starts[edge], layout.top(card) + layout.sizes[card].1);
        let curves = chain.windows(2).map(|link| {
            let row = layout.row_of[link[1]];
            let x = if graph.is_bend(link[1]) { layout.x[link[1]] } else { ends[edge] };
            (layout.rows[row - 1].1, (x, layout.rows[row].0))
        });
        Run { start, curves: curves.collect() }
    };
    graph.chains.iter().enumerate().map(run).collect()
}

/// An end of an edge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Upper,
    Lower,
}

/// Where the edges end at their cards, along the side of the card, one for each edge. Lower ends
/// gather in the middle or
/// under their bends, upper ends stand over the lower ones where they can.
fn ports(graph: &Layered, layout: &Layout, lower: &[f64], end: End) -> Vec<f64> {
    let mut at_card = vec![Vec::new(); graph.cards];
    for (edge, chain) in graph.chains.iter().enumerate() {
        let (card, next) = match end {
            End::Upper => (chain[0], chain[1]),
            End::Lower => (chain[chain.len() - 1], chain[chain.len() - 2]),
        };
        let is_last = end == End::Upper && !graph.is_bend(next);
        let toward = if is_last { lower[edge] } else { layout.x[next] };
        at_card[card].push((toward, edge));
    }
    let mut places = vec![0.0; graph.chains.len()];
    for (card, mut ends) in at_card.into_iter().enumerate().filter(|(_, ends)| !ends.is_empty()) {
        ends.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        let wants = ends.iter().map(|(toward, edge)| match end {
            End::Upper => (*toward, 1.0),
            End::Lower => (landing(graph, layout, &graph.chains[*edge], *toward), 1.0),
        });
        for (place, (_, edge)) in along(layout, card, &wants.collect::<Vec<_>>()).zip(&ends) {
            places[*edge] = place;
        }
    }
    places
}

/// Where an edge would best end at its lower card: under its last bend if the card reaches there;
/// else in the middle, or as near to it as the upper card reaches if that has no other edge.
fn landing(graph: &Layered, layout: &Layout, chain: &[usize], toward: f64) -> f64 {
    let (card, next) = (chain[chain.len() - 1], chain[chain.len() - 2]);
    let (left, right) = (layout.left(card) + CORNER, layout.right(card) - CORNER);
    let middle = layout.x[card];
    let straight = if graph.is_bend(next) {
        toward
    } else if graph.below[next].len() == 1 {
        middle.clamp(layout.left(next) + CORNER, layout.right(next) - CORNER)
    } else {
        middle
    };
    if (left..=right).contains(&straight) { straight } else { middle }
}

/// Spreads places along the side of a card, between its corners.
fn along(layout: &Layout, card: usize, wants: &[(f64, f64)]) -> impl Iterator<Item = f64> {
    let (left, right) = (layout.left(card) + CORNER, layout.right(card) - CORNER);
    let spaces = wants.iter().skip(1).fold(0.0, |count, _| count + 1.0);
    let gap = if spaces > 0.0 { ((right - left) / spaces).min(PORT_GAP) } else { PORT_GAP };
    let places = spread(wants, &vec![gap; wants.len().saturating_sub(1)]);
    places.into_iter().enumerate().scan((0.0, gap * spaces), move |(before, after), (_, place)| {
        let place = place.clamp(left + *before, (right - *after).max(left + *before));
        *before += gap;
        *after -= gap;
        Some(place)
    })
}
