//! Typed, documented values given when configuring or when booting.
