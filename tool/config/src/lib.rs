//! What config.rs imports: the devices of Sarab and its generic choices.
