//! The decisions that led to each device.

use super::{Edge, Made};
use crate::plan::Decision;

/// Returns for each device the decisions on its way from the jobs, outermost first.
///
/// Of several ways the one with the fewest decisions counts, and of equal ones the first: what is
/// there anyway did not come of a branch that uses it too.
pub(super) fn all(made: &[Made], roots: &[Vec<Edge>]) -> Vec<Vec<usize>> {
    let mut paths: Vec<Option<Vec<usize>>> = vec![None; made.len()];
    for edge in roots.iter().flatten() {
        shorten(&mut paths, &[], edge);
    }
    // Every device stands after all that it needs, so its own path is settled before it is passed.
    for device in (0..made.len()).rev() {
        let path = paths[device].clone().unwrap_or_default();
        for edge in &made[device].needs {
            shorten(&mut paths, &path, edge);
        }
    }
    paths.into_iter().map(Option::unwrap_or_default).collect()
}

fn shorten(paths: &mut [Option<Vec<usize>>], before: &[usize], edge: &Edge) {
    let path = &mut paths[edge.device];
    let length = before.len() + edge.decisions.len();
    if path.as_ref().is_none_or(|known| length < known.len()) {
        *path = Some([before, &edge.decisions].concat());
    }
}

/// Leaves equal decisions out; also returns where each one is now.
pub(super) fn distinct(decisions: Vec<Decision>) -> (Vec<Decision>, Vec<usize>) {
    let mut kept: Vec<Decision> = Vec::new();
    let mut places = Vec::new();
    for decision in decisions {
        let known = kept.iter().position(|earlier| *earlier == decision);
        places.push(known.unwrap_or(kept.len()));
        if known.is_none() {
            kept.push(decision);
        }
    }
    (kept, places)
}

/// Follows the decisions of `path` to their new places.
pub(super) fn renumbered(path: &[usize], places: &[usize]) -> Vec<usize> {
    path.iter().map(|&decision| places[decision]).collect()
}
