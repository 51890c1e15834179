//! What a machine has once: time, tasks, randomness, log, boot keys, exit.
