//! The whole program beside tenders that are shell scripts.

mod fixture;
mod server;

mod life;
mod network;
mod report;
