//! A plan as text, dot, SVG and JSON, and why a device is in it.
