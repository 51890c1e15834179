//! Several futures as one: [`join`](fn@join) waits for all of them, [`select`](fn@select) for the
//! first.
//!
//! They are those of [`embassy_futures`], as they are.

pub use embassy_futures::{
    join::{join, join_array, join3, join4},
    select::{Either, Either3, Either4, select, select_array, select_slice, select3, select4},
};
