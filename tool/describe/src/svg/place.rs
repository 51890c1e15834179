//! How far from the left each vertex stands, and how far down each row.
//!
//! Every vertex wants to be where its neighbours are. Row by row, the nearest places are found that
//! keep the order and the gaps (isotonic regression by pooling adjacent violators, which is exact),
//! and rows are gone through down and up until they have settled. Bends pull at each other harder
//! than cards do, so that long lines run straight.

use super::layers::Layered;
use super::straight;

/// The space between two cards of a row.
const CARD_GAP: f64 = 28.0;
/// The space on each side of a line that passes a row.
const BEND_GAP: f64 = 20.0;
/// The space between rows.
const ROW_GAP: f64 = 56.0;
/// How often all rows are gone through.
const SWEEPS: usize = 60;

/// Where everything is. Lengths are in pixels, from the left and the top, without any margin.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The middle of each vertex.
    pub(super) x: Vec<f64>,
    /// The row of each vertex.
    pub(super) row_of: Vec<usize>,
    /// The top and the bottom of each row.
    pub(super) rows: Vec<(f64, f64)>,
    /// The width and height of each card.
    pub(super) sizes: Vec<(f64, f64)>,
    /// The width of all.
    pub(super) width: f64,
}

impl Layout {
    /// The left edge of a card.
    pub(super) fn left(&self, card: usize) -> f64 {
        self.x[card] - self.sizes[card].0 / 2.0
    }

    /// The right edge of a card.
    pub(super) fn right(&self, card: usize) -> f64 {
        self.x[card] + self.sizes[card].0 / 2.0
    }

    /// The upper edge of a card.
    pub(super) fn top(&self, card: usize) -> f64 {
        self.rows[self.row_of[card]].0
    }
}

/// Places the vertices of a graph in rows, the cards of which have these widths and heights.
pub(super) fn place(graph: &Layered, sizes: &[(f64, f64)]) -> Layout {
    let mut row_of = vec![0; graph.below.len()];
    let mut rows = Vec::with_capacity(graph.rows.len());
    let mut top = 0.0;
    for (at, row) in graph.rows.iter().enumerate() {
        for vertex in row {
            row_of[*vertex] = at;
        }
        let heights = row.iter().filter_map(|vertex| sizes.get(*vertex)).map(|size| size.1);
        let bottom = top + heights.fold(0.0, f64::max);
        rows.push((top, bottom));
        top = bottom + ROW_GAP;
    }
    let (x, width) = columns(graph, sizes);
    Layout { x, row_of, rows, sizes: sizes.to_vec(), width }
}

fn columns(graph: &Layered, sizes: &[(f64, f64)]) -> (Vec<f64>, f64) {
    let mut x = vec![0.0; graph.below.len()];
    let rows: Vec<_> =
        graph.rows.iter().map(|row| (row.as_slice(), gaps(graph, sizes, row))).collect();
    for (row, gaps) in &rows {
        settle(row, gaps, &mut x, |_, _| (0.0, 0.0));
    }
    let above = |vertex: usize, x: &[f64]| {
        pull(&graph.above[vertex], x, |upper| weight(graph, upper, vertex))
    };
    let below = |vertex: usize, x: &[f64]| {
        pull(&graph.below[vertex], x, |lower| weight(graph, vertex, lower))
    };
    for _ in 0..SWEEPS {
        for (row, gaps) in &rows {
            settle(row, gaps, &mut x, above);
        }
        for (row, gaps) in rows.iter().rev() {
            settle(row, gaps, &mut x, below);
        }
    }
    let both = |vertex: usize, x: &[f64]| {
        let (up, down) = (above(vertex, x), below(vertex, x));
        (up.0 + down.0, up.1 + down.1)
    };
    for (row, gaps) in (0..SWEEPS).flat_map(|_| &rows) {
        settle(row, gaps, &mut x, both);
    }
    // What one line leaves room for, another one takes in the second round.
    for _ in 0..2 {
        straight::straighten(graph, &rows, sizes, &mut x);
    }
    let half = |vertex: usize| sizes.get(vertex).map_or(0.0, |size| size.0 / 2.0);
    let vertices = 0..x.len();
    let left = vertices.clone().map(|it| x[it] - half(it)).fold(f64::INFINITY, f64::min);
    let right = vertices.map(|it| x[it] + half(it)).fold(f64::NEG_INFINITY, f64::max);
    if left > right {
        return (x, 0.0);
    }
    for x in &mut x {
        *x -= left;
    }
    (x, right - left)
}

/// The least distance of the middles of neighbours in a row.
fn gaps(graph: &Layered, sizes: &[(f64, f64)], row: &[usize]) -> Vec<f64> {
    let half = |vertex: usize| sizes.get(vertex).map_or(0.0, |size| size.0 / 2.0);
    let gap = |pair: &[usize]| {
        let is_bend = pair.iter().any(|vertex| graph.is_bend(*vertex));
        half(pair[0]) + half(pair[1]) + if is_bend { BEND_GAP } else { CARD_GAP }
    };
    row.windows(2).map(gap).collect()
}

/// How hard the neighbours of a vertex pull, and to where: a sum of weights, and of places by them.
fn pull(neighbours: &[usize], x: &[f64], weight: impl Fn(usize) -> f64) -> (f64, f64) {
    neighbours.iter().fold((0.0, 0.0), |(weights, places), other| {
        (weights + weight(*other), places + weight(*other) * x[*other])
    })
}

/// How hard two linked vertices pull at each other. Cards that have only each other hold together.
fn weight(graph: &Layered, upper: usize, lower: usize) -> f64 {
    match (graph.is_bend(upper), graph.is_bend(lower)) {
        (true, false) | (false, true) => 2.0,
        (false, false) if graph.above[lower].len() > 1 => 1.0,
        (false, false) if graph.below[upper].len() > 1 => 3.0,
        (true, true) | (false, false) => 8.0,
    }
}

/// Moves the vertices of a row to where they are pulled, keeping their order and gaps.
fn settle(row: &[usize], gaps: &[f64], x: &mut [f64], pull: impl Fn(usize, &[f64]) -> (f64, f64)) {
    let wants: Vec<(f64, f64)> = row
        .iter()
        .map(|vertex| match pull(*vertex, x) {
            (weight, sum) if weight > 0.0 => (sum / weight, weight),
            _ => (x[*vertex], 0.01),
        })
        .collect();
    for (vertex, place) in row.iter().zip(spread(&wants, gaps)) {
        x[*vertex] = place;
    }
}

/// Finds the places nearest to those wanted (by least squares, each with its weight) that are at
/// least `gaps` apart, in order.
pub(super) fn spread(wants: &[(f64, f64)], gaps: &[f64]) -> Vec<f64> {
    // Without the gaps it is isotonic regression: places may be equal, but not out of order.
    let mut shifts = vec![0.0];
    shifts.extend(gaps.iter().scan(0.0, |sum, gap| {
        *sum += gap;
        Some(*sum)
    }));
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((want, weight), shift) in wants.iter().zip(&shifts) {
        let mut pool = (want - shift, *weight, 1);
        while let Some(last) = pools.pop_if(|last| last.0 > pool.0) {
            let weight = last.1 + pool.1;
            pool = ((last.0 * last.1 + pool.0 * pool.1) / weight, weight, last.2 + pool.2);
        }
        pools.push(pool);
    }
    let places = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.0, pool.2));
    places.zip(shifts).map(|(place, shift)| place + shift).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::spread;

    #[test]
    fn places_that_fit_are_kept_and_others_share_the_way() {
        assert_eq!(spread(&[(0.0, 1.0), (50.0, 1.0)], &[10.0]), [0.0, 50.0]);
        assert_eq!(spread(&[(10.0, 1.0), (10.0, 1.0)], &[10.0]), [5.0, 15.0]);
        assert_eq!(spread(&[(10.0, 3.0), (10.0, 1.0)], &[8.0]), [8.0, 16.0]);
    }

    proptest! {
        #[test]
        fn gaps_are_kept(
            wants in prop::collection::vec((-500.0..500.0, 0.01..9.0), 1..20),
            gap in 1.0..80.0,
        ) {
            let places = spread(&wants, &vec![gap; wants.len() - 1]);
            for pair in places.windows(2) {
                prop_assert!(pair[1] - pair[0] > gap - 1e-6);
            }
        }
    }
}
