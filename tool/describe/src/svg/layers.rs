//! Which row each card is in, and the bends that long lines get in the rows they pass.

use std::ops::Range;

/// A graph in rows: every link goes from a row to the next.
#[derive(Clone, Debug)]
pub(super) struct Layered {
    /// The vertices of each row, left to right. The first `cards` are cards, the others bends.
    pub(super) rows: Vec<Vec<usize>>,
    /// How many vertices are cards.
    pub(super) cards: usize,
    /// The vertices that each edge runs through, top to bottom.
    pub(super) chains: Vec<Vec<usize>>,
    /// What each vertex is linked to in the row above.
    pub(super) above: Vec<Vec<usize>>,
    /// What each vertex is linked to in the row below.
    pub(super) below: Vec<Vec<usize>>,
}

impl Layered {
    /// Puts cards in rows, and bends where an edge passes a row. Edges must go down.
    pub(super) fn new(layers: &[usize], edges: &[(usize, usize)]) -> Self {
        let count = layers.iter().max().map_or(0, |last| last + 1);
        let cards = layers.len();
        let mut rows = vec![Vec::new(); count];
        for (card, layer) in layers.iter().enumerate() {
            rows[*layer].push(card);
        }
        let mut next = cards;
        let mut chains = Vec::with_capacity(edges.len());
        for (from, to) in edges {
            let mut chain = vec![*from];
            for row in &mut rows[layers[*from] + 1..layers[*to]] {
                row.push(next);
                chain.push(next);
                next += 1;
            }
            chain.push(*to);
            chains.push(chain);
        }
        let (mut above, mut below) = (vec![Vec::new(); next], vec![Vec::new(); next]);
        for link in chains.iter().flat_map(|chain| chain.windows(2)) {
            below[link[0]].push(link[1]);
            above[link[1]].push(link[0]);
        }
        Self { rows, cards, chains, above, below }
    }

    /// Whether a vertex is a bend.
    pub(super) fn is_bend(&self, vertex: usize) -> bool {
        vertex >= self.cards
    }
}

/// Chooses the rows of cards: those in `top` in the first, those in `bottom` in the last, and each
/// below all that have an edge to it. Edges go from smaller numbers to greater.
///
/// The rows come from the longest paths; then cards move down to what they need, as far as that
/// makes no edge longer without making another one shorter.
pub(super) fn assign(top: usize, bottom: Range<usize>, edges: &[(usize, usize)]) -> Vec<usize> {
    let count = bottom.end;
    let first = usize::from(top > 0);
    let mut layers: Vec<_> = (0..count).map(|card| if card < top { 0 } else { first }).collect();
    let (mut out, mut into) = (vec![Vec::new(); count], vec![0_usize; count]);
    for (from, to) in edges {
        out[*from].push(*to);
        into[*to] += 1;
    }
    for from in 0..count {
        for to in &out[from] {
            layers[*to] = layers[*to].max(layers[from] + 1);
        }
    }
    if let Some(deepest) = layers[..bottom.start].iter().max().copied() {
        layers[bottom.clone()].fill(deepest + 1);
    }
    for card in (top..bottom.start).rev() {
        let floor = out[card].iter().map(|to| layers[*to] - 1).min();
        if let Some(floor) = floor.filter(|_| out[card].len() >= into[card]) {
            layers[card] = floor;
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::{Layered, assign};

    #[test]
    fn a_card_is_below_all_that_need_it() {
        let layers = assign(1, 4..4, &[(0, 1), (0, 2), (1, 3), (2, 3), (1, 2)]);
        assert_eq!(layers, [0, 1, 2, 3]);
    }

    #[test]
    fn what_the_host_gives_is_in_the_last_row_and_its_driver_right_above() {
        let layers = assign(1, 4..5, &[(0, 1), (1, 2), (0, 3), (3, 4)]);
        assert_eq!(layers, [0, 1, 2, 2, 3]);
    }

    #[test]
    fn a_long_edge_has_a_bend_in_each_row_it_passes() {
        let layered = Layered::new(&[0, 1, 2, 3], &[(0, 1), (1, 2), (2, 3), (0, 3)]);
        assert_eq!(layered.rows, [vec![0], vec![1, 4], vec![2, 5], vec![3]]);
        assert_eq!(layered.chains[3], [0, 4, 5, 3]);
    }
}
