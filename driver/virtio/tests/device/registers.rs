//! Registers in memory, which are memory here.

use sarab_virtio::{
    Place, Transport,
    transport::{
        Areas,
        mmio::{Mmio, MmioError},
    },
};

/// Registers that keep what is written to them.
#[derive(Clone)]
pub(crate) struct Window(Box<[u128]>);

impl Window {
    pub(crate) fn new(size_bytes: usize) -> Self {
        Self(vec![0; size_bytes / 16].into())
    }

    pub(crate) fn address(&self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    pub(crate) fn set(&self, at: usize, value: u32) {
        let register = std::ptr::with_exposed_provenance_mut::<u32>(self.address() + at);
        assert!(at + 4 <= self.0.len() * 16);
        // SAFETY: it is in the window, which a driver reads and writes in the same way.
        unsafe { register.write_volatile(value) }
    }

    pub(crate) fn get<T>(&self, at: usize) -> T {
        let register = std::ptr::with_exposed_provenance::<T>(self.address() + at);
        assert!(at + size_of::<T>() <= self.0.len() * 16);
        // SAFETY: as above.
        unsafe { register.read_volatile() }
    }
}

const AREAS: Areas = Areas {
    size: 64,
    descriptors: 0x1111_2222_3333_4440,
    available: 0x5555_6666_7777_8880,
    used: 0x9999_aaaa_bbbb_ccc0,
};

pub(crate) const fn areas() -> Areas {
    AREAS
}

fn window(magic: u32, version: u32, class: u32) -> Window {
    let window = Window::new(0x200);
    window.set(0, magic);
    window.set(4, version);
    window.set(8, class);
    window
}

fn open(window: &Window) -> Result<Mmio, MmioError> {
    // SAFETY: the window is memory of this process, which outlives what is made of it here.
    unsafe { Mmio::new(window.address(), 0x200) }
}

#[test]
fn only_a_modern_device_is_taken() {
    let at = |window: &Window| window.address();
    let none = window(0xffff_ffff, 2, 2);
    let error = MmioError::Magic { address: at(&none), magic: 0xffff_ffff };
    assert_eq!(open(&none).err(), Some(error));
    let empty = window(0x7472_6976, 2, 0);
    assert_eq!(open(&empty).err(), Some(MmioError::Empty { address: at(&empty) }));
    let old = window(0x7472_6976, 1, 2);
    let error = open(&old).expect_err("it is too old");
    assert_eq!(error, MmioError::Version { address: at(&old), version: 1 });
    assert!(error.to_string().contains("force-legacy=false"), "{error}");
}

#[test]
fn registers_stand_where_the_table_says() {
    let window = window(0x7472_6976, 2, 2);
    let device = open(&window).expect("a device");
    assert_eq!((device.class(), device.place()), (2, Place::Mmio(window.address())));
    device.set_features(1 << 32 | 1 << 9);
    assert_eq!(([0x24, 0x20].map(|at| window.get::<u32>(at))), [1, 1]);
    window.set(0x34, 256);
    assert_eq!((device.queue_size_max(3), window.get::<u32>(0x30)), (256, 3));
    assert!(device.enable_queue(1, AREAS));
    assert_eq!([0x30, 0x38, 0x44].map(|at| window.get::<u32>(at)), [1, 64, 1]);
    for (at, address) in [(0x80, AREAS.descriptors), (0x90, AREAS.available), (0xa0, AREAS.used)] {
        assert_eq!(window.get::<u64>(at), address);
    }
    device.notify(7);
    device.set_status(15);
    assert_eq!([0x50, 0x70].map(|at| window.get::<u32>(at)), [7, 15]);
    window.set(0x60, 3);
    assert_eq!((device.acknowledge(), window.get::<u32>(0x64)), (3, 3));
    window.set(0xfc, 99);
    window.set(0x108, 0x0403_0201);
    assert_eq!((device.generation(), device.config_32(8)), (99, 0x0403_0201));
    assert_eq!((device.config_16(10), device.config_8(9)), (0x0403, 2));
}

#[test]
fn nothing_is_read_behind_the_registers() {
    let window = window(0x7472_6976, 2, 2);
    let device = open(&window).expect("a device");
    for at in [0x100, 0x0fe, 0x7fff, usize::MAX, usize::MAX - 0x100, 1] {
        assert_eq!(device.config_32(at), 0, "{at:#x}");
    }
}

#[test]
fn a_device_that_never_stops_is_not_waited_for_for_ever() {
    struct Stuck;
    impl Transport for Stuck {
        fn place(&self) -> Place {
            Place::Mmio(0)
        }
        fn class(&self) -> u32 {
            2
        }
        fn features(&self) -> u64 {
            0
        }
        fn set_features(&self, _features: u64) {}
        fn status(&self) -> u8 {
            0x4f
        }
        fn set_status(&self, _status: u8) {}
        fn queue_size_max(&self, _queue: u16) -> u16 {
            0
        }
        fn enable_queue(&self, _queue: u16, _areas: Areas) -> bool {
            false
        }
        fn notify(&self, _queue: u16) {}
        fn config_8(&self, _at: usize) -> u8 {
            0
        }
        fn config_16(&self, _at: usize) -> u16 {
            0
        }
        fn config_32(&self, _at: usize) -> u32 {
            0
        }
        fn generation(&self) -> u32 {
            0
        }
        fn acknowledge(&self) -> u8 {
            0
        }
    }
    assert!(!Stuck.reset());
}
