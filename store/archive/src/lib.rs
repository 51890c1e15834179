//! Read-only key-value stores: files embedded in the image, tar archives on a disk.
