//! The library that builds tools like sarab: evaluate, generate, build, run.
