//! A library operating system for Rust: what a program imports.
