//! Where in its row each vertex stands: few lines cross.
//!
//! Vertices start in the order in which a walk from the jobs meets them, so that what belongs
//! together stands together. Then rows are sorted by the barycentre of what each vertex is linked
//! to in the row before, down and up in turn, with swaps of neighbours in between, and the best
//! order that was seen is kept.

use std::cmp::Ordering;

use super::layers::Layered;

/// How often the rows are gone through.
const SWEEPS: usize = 16;

/// Sorts the rows of a graph.
pub(super) fn sort(graph: &mut Layered) {
    walk(graph);
    let mut best = (crossings(graph), graph.rows.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        if sweep % 2 == 0 {
            (1..graph.rows.len()).for_each(|row| sort_row(graph, row, Side::Above));
        } else {
            (0..graph.rows.len()).rev().for_each(|row| sort_row(graph, row, Side::Below));
        }
        (0..graph.rows.len()).for_each(|row| swap_neighbours(graph, row));
        let now = crossings(graph);
        if now < best.0 {
            best = (now, graph.rows.clone());
        }
    }
    graph.rows = best.1;
}

/// Orders each row as a walk in depth from the first row meets it.
fn walk(graph: &mut Layered) {
    let tops: Vec<_> = graph.rows.iter().flatten().copied().collect();
    let mut rows = vec![Vec::new(); graph.rows.len()];
    let mut row_of = vec![0; graph.below.len()];
    for (row, vertices) in graph.rows.iter().enumerate() {
        for vertex in vertices {
            row_of[*vertex] = row;
        }
    }
    let mut met = vec![false; graph.below.len()];
    for top in tops {
        let mut open = vec![top];
        while let Some(vertex) = open.pop() {
            if !std::mem::replace(&mut met[vertex], true) {
                rows[row_of[vertex]].push(vertex);
                open.extend(graph.below[vertex].iter().rev());
            }
        }
    }
    graph.rows = rows;
}

/// The row that a sort looks at.
#[derive(Clone, Copy)]
enum Side {
    Above,
    Below,
}

fn linked(graph: &Layered, side: Side) -> &[Vec<usize>] {
    match side {
        Side::Above => &graph.above,
        Side::Below => &graph.below,
    }
}

/// The place of each vertex in its row.
fn places(graph: &Layered) -> Vec<usize> {
    let mut places = vec![0; graph.below.len()];
    for row in &graph.rows {
        for (place, vertex) in row.iter().enumerate() {
            places[*vertex] = place;
        }
    }
    places
}

/// Sorts a row by barycentres; a vertex without links stays where it is.
fn sort_row(graph: &mut Layered, row: usize, side: Side) {
    let places = places(graph);
    let sums: Vec<(usize, usize, usize)> = graph.rows[row]
        .iter()
        .map(|vertex| {
            let links = &linked(graph, side)[*vertex];
            (*vertex, links.iter().map(|link| places[*link]).sum(), links.len())
        })
        .collect();
    let mut moving: Vec<_> = sums.iter().filter(|sum| sum.2 > 0).copied().collect();
    moving.sort_by(by_barycentre);
    let mut moving = moving.into_iter();
    let sorted = sums
        .iter()
        .map(|sum| if sum.2 > 0 { moving.next().map_or(sum.0, |it| it.0) } else { sum.0 });
    graph.rows[row] = sorted.collect();
}

/// Compares two means, each a sum and a count, as fractions.
fn by_barycentre(left: &(usize, usize, usize), right: &(usize, usize, usize)) -> Ordering {
    (left.1 * right.2).cmp(&(right.1 * left.2))
}

/// Swaps neighbours in a row as long as that undoes crossings.
fn swap_neighbours(graph: &mut Layered, row: usize) {
    let places = places(graph);
    for _ in 0..graph.rows[row].len() {
        let mut is_swapped = false;
        for at in 1..graph.rows[row].len() {
            let (left, right) = (graph.rows[row][at - 1], graph.rows[row][at]);
            let count = |first: usize, second: usize| {
                [Side::Above, Side::Below]
                    .map(|side| {
                        let links = linked(graph, side);
                        crossed(&links[first], &links[second], &places)
                    })
                    .iter()
                    .sum::<usize>()
            };
            if count(right, left) < count(left, right) {
                graph.rows[row].swap(at - 1, at);
                is_swapped = true;
            }
        }
        if !is_swapped {
            break;
        }
    }
}

/// How many links of two neighbours cross.
fn crossed(left: &[usize], right: &[usize], places: &[usize]) -> usize {
    let right_of =
        |link: &usize| right.iter().filter(|other| places[**other] < places[*link]).count();
    left.iter().map(right_of).sum()
}

/// How many links cross, between all rows.
fn crossings(graph: &Layered) -> usize {
    let places = places(graph);
    let between = |row: &Vec<usize>| {
        let mut links: Vec<_> = row
            .iter()
            .flat_map(|vertex| {
                let places = &places;
                graph.below[*vertex].iter().map(move |below| (places[*vertex], places[*below]))
            })
            .collect();
        links.sort_unstable();
        inversions(&links.iter().map(|link| link.1).collect::<Vec<_>>())
    };
    graph.rows.iter().map(between).sum()
}

/// How many pairs are out of order, counted with a Fenwick tree in `n log n`.
fn inversions(numbers: &[usize]) -> usize {
    let size = numbers.iter().max().map_or(0, |most| most + 1);
    let mut tree = vec![0; size + 1];
    let mut count = 0;
    for (seen, number) in numbers.iter().enumerate() {
        let mut at = number + 1;
        let mut not_greater = 0;
        while at > 0 {
            not_greater += tree[at];
            at &= at - 1;
        }
        count += seen - not_greater;
        at = number + 1;
        while at <= size {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Layered, crossings, inversions, sort};

    #[test]
    fn two_crossed_links_are_undone() {
        let mut graph = Layered::new(&[0, 0, 1, 1], &[(0, 3), (1, 2)]);
        assert_eq!(crossings(&graph), 1);
        sort(&mut graph);
        assert_eq!(crossings(&graph), 0);
    }

    #[test]
    fn a_graph_that_cannot_be_drawn_without_crossings_keeps_the_fewest() {
        let edges = [(0, 3), (0, 4), (0, 5), (1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)];
        let mut graph = Layered::new(&[0, 0, 0, 1, 1, 1], &edges);
        sort(&mut graph);
        assert_eq!(crossings(&graph), 9);
    }

    proptest! {
        #[test]
        fn inversions_are_counted_as_pair_by_pair(numbers in prop::collection::vec(0_usize..20, 0..30)) {
            let slow = (0..numbers.len())
                .flat_map(|at| (0..at).map(move |before| (before, at)))
                .filter(|(before, at)| numbers[*before] > numbers[*at])
                .count();
            prop_assert_eq!(inversions(&numbers), slow);
        }

        #[test]
        fn sorting_keeps_every_vertex_and_adds_no_crossing(
            edges in prop::collection::btree_set((0_usize..5, 5_usize..10), 0..20)
        ) {
            let edges: Vec<_> = edges.into_iter().collect();
            let layers: Vec<_> = (0..10).map(|card| usize::from(card >= 5)).collect();
            let mut graph = Layered::new(&layers, &edges);
            let before = crossings(&graph);
            sort(&mut graph);
            prop_assert!(crossings(&graph) <= before.max(crossings_after_walk(&layers, &edges)));
            let mut all: Vec<_> = graph.rows.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..10).collect::<Vec<_>>());
        }
    }

    fn crossings_after_walk(layers: &[usize], edges: &[(usize, usize)]) -> usize {
        let mut graph = Layered::new(layers, edges);
        super::walk(&mut graph);
        crossings(&graph)
    }
}
