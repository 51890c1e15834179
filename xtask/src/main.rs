//! The chores of the project: tidy, test, bench.

fn main() {}
