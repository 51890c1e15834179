//! Registers in memory.

/// A window of registers, in which each access goes to the device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers {
    start: usize,
    size_bytes: usize,
}

impl Registers {
    /// No registers at all.
    pub(crate) const NONE: Self = Self { start: 0, size_bytes: 0 };

    /// Takes the registers at `start`.
    ///
    /// # Safety
    ///
    /// Once one of them is accessed, those `size_bytes` bytes are registers of one device, mapped where
    /// `start` says, for as long as this is there; and reading and writing them does nothing to other
    /// memory than that the device was lent.
    pub(crate) const unsafe fn new(start: usize, size_bytes: usize) -> Self {
        Self { start, size_bytes }
    }

    /// Returns the address of the first.
    pub(crate) fn start(self) -> usize {
        self.start
    }

    /// Returns how many bytes they are.
    pub(crate) fn size_bytes(self) -> usize {
        self.size_bytes
    }

    /// Returns the register at `at`, where it lies in the window as it should.
    #[inline]
    fn register<T>(self, at: usize) -> Option<*mut T> {
        let end = at.checked_add(size_of::<T>())?;
        let register = core::ptr::with_exposed_provenance_mut::<T>(self.start.checked_add(at)?);
        (end <= self.size_bytes && register.is_aligned()).then_some(register)
    }

    /// Reads the register at `at`; 0 outside of the window.
    #[inline]
    pub(crate) fn read<T: Default>(self, at: usize) -> T {
        let Some(register) = self.register::<T>(at) else { return T::default() };
        // SAFETY: it is a register of the window, as `new` was promised, and any bits are a number.
        unsafe { register.read_volatile() }
    }

    /// Writes the register at `at`; nothing outside of the window.
    #[inline]
    pub(crate) fn write<T>(self, at: usize, value: T) {
        let Some(register) = self.register::<T>(at) else { return };
        // SAFETY: it is a register of the window, as `new` was promised.
        unsafe { register.write_volatile(value) }
    }

    /// Writes 8 bytes as two registers of 4, the lower first.
    pub(crate) fn write_halves(self, at: [usize; 2], value: u64) {
        let [low, high] = halves(value);
        self.write(at[0], low);
        self.write(at[1], high);
    }
}

/// Returns the lower and the upper half.
#[expect(clippy::cast_possible_truncation, reason = "the half is what is wanted")]
pub(crate) fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}
