//! FAT beside those who have read and written it for decades: dosfstools and mtools.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod exchange;
mod model;
mod shapes;
mod tool;
