//! Makes long lines straight where they can be.

use super::layers::Layered;
use super::route::CORNER;

/// A row: its vertices, and the least distances of the middles of neighbours.
pub(super) type Row<'g> = (&'g [usize], Vec<f64>);

/// A stretch from a left end to a right one; empty where these are the wrong way round.
type Stretch = (f64, f64);

/// Puts all bends of an edge under each other, where nothing stands in the way; and there under
/// and over the cards at its ends, if that is possible as well.
pub(super) fn straighten(graph: &Layered, rows: &[Row<'_>], sizes: &[(f64, f64)], x: &mut [f64]) {
    let mut beside = vec![(None, None); x.len()];
    for (row, gaps) in rows {
        for (pair, gap) in row.windows(2).zip(gaps) {
            beside[pair[0]].1 = Some((pair[1], *gap));
            beside[pair[1]].0 = Some((pair[0], *gap));
        }
    }
    for chain in &graph.chains {
        let [upper, bends @ .., lower] = chain.as_slice() else { continue };
        let mut room = (f64::NEG_INFINITY, f64::INFINITY);
        for bend in bends {
            let (left, right) = beside[*bend];
            let left = left.map_or(f64::NEG_INFINITY, |(other, gap)| x[other] + gap);
            let right = right.map_or(f64::INFINITY, |(other, gap)| x[other] - gap);
            room = common(room, (left, right));
        }
        if bends.is_empty() || room.0 > room.1 {
            continue;
        }
        for card in [*lower, *upper] {
            let half = (sizes[card].0 / 2.0 - CORNER).max(0.0);
            let both = common(room, (x[card] - half, x[card] + half));
            room = if both.0 <= both.1 { both } else { room };
        }
        let (sum, count) =
            bends.iter().fold((0.0, 0.0), |(sum, n), bend| (sum + x[*bend], n + 1.0));
        let place = (sum / count).clamp(room.0, room.1);
        for bend in bends {
            x[*bend] = place;
        }
    }
}

fn common(one: Stretch, other: Stretch) -> Stretch {
    (one.0.max(other.0), one.1.min(other.1))
}
