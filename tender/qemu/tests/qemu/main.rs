//! The whole program, with guests of a few instructions.

mod devices;
mod fixture;
mod guest;
mod life;
mod refusal;
mod streams;
