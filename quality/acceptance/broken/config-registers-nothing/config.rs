//! Forgets to register.

fn main() {}
