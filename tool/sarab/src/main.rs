//! The sarab command.

fn main() {}
