//! Proves the cage, and the debugger in front of it, with small guests in machine code.

mod cage;
mod debug;
mod guest;
