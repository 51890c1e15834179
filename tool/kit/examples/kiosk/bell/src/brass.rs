//! A bell that can be heard on the console.

/// Something that rings.
pub trait Bell {
    /// Rings once.
    fn ring(&self);
}

/// A bell with a sound.
pub struct Brass {
    sound: String,
}

impl Brass {
    /// Makes a bell that sounds like `sound`.
    pub fn cast(sound: String) -> Self {
        Self { sound }
    }
}

impl Bell for Brass {
    fn ring(&self) {
        sarab_runtime::println!("{}", self.sound);
    }
}
