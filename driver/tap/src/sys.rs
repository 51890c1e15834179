//! The system calls of tap devices (Linux, `Documentation/networking/tuntap.rst`).

use std::{
    ffi::{c_char, c_int, c_ulong, c_void},
    io,
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
};

use sarab_device::Mac;

/// The name of a network device, checked.
#[derive(Clone, Copy)]
pub(crate) struct Name([c_char; libc::IFNAMSIZ]);

impl Name {
    /// Returns the name, unless no device can have it.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b':' | b'%');
        if name.is_empty() || name.len() >= libc::IFNAMSIZ || !name.bytes().all(is_plain) {
            return None;
        }
        let mut bytes = [0; libc::IFNAMSIZ];
        for (to, from) in bytes.iter_mut().zip(name.bytes()) {
            *to = from.cast_signed();
        }
        Some(Self(bytes))
    }
}

/// Opens an end that is not yet attached to a device.
pub(crate) fn open() -> io::Result<OwnedFd> {
    let flags = libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC;
    // SAFETY: the path is a C string.
    let fd = check(unsafe { libc::open(c"/dev/net/tun".as_ptr(), flags) })?;
    // SAFETY: `open` has just returned it, so it is open and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Attaches `tun` to the tap device `name`, which is made if it is not there, with a header before
/// each frame.
pub(crate) fn attach(tun: &OwnedFd, name: Name) -> io::Result<()> {
    let mut request = request(name);
    let flags = libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR;
    request.ifr_ifru.ifru_flags =
        flags.try_into().map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    ask(tun, libc::TUNSETIFF, &mut request)
}

/// Agrees with the host on the header before each frame: of `size` bytes, in little-endian order.
pub(crate) fn set_header(tun: &OwnedFd, size: usize) -> io::Result<()> {
    let size = c_int::try_from(size).map_err(io::Error::other)?;
    tell(tun, libc::TUNSETVNETHDRSZ, &size)?;
    tell(tun, libc::TUNSETVNETLE, &1)
}

/// Tells the host what frames it may leave to the reader of `tun`.
pub(crate) fn set_offload(tun: BorrowedFd<'_>, offload: Offload) -> io::Result<()> {
    let bits = match offload {
        Offload::Nothing => 0,
        Offload::All => {
            libc::TUN_F_CSUM | libc::TUN_F_TSO4 | libc::TUN_F_TSO6 | libc::TUN_F_TSO_ECN
        }
    };
    // SAFETY: TUNSETOFFLOAD takes its bits by value.
    let answer = unsafe { libc::ioctl(tun.as_raw_fd(), libc::TUNSETOFFLOAD, c_ulong::from(bits)) };
    check(answer).map(drop)
}

/// What the host leaves to the reader of a tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offload {
    /// Nothing: frames come whole and cut.
    Nothing,
    /// Checksums, and cutting into segments.
    All,
}

/// Returns the address of the host's end of the tap that `tun` is attached to.
pub(crate) fn hardware_address(tun: &OwnedFd, name: Name) -> io::Result<Mac> {
    let mut request = request(name);
    ask(tun, libc::SIOCGIFHWADDR, &mut request)?;
    // SAFETY: SIOCGIFHWADDR fills this member of the union; and all its bytes were set before.
    let address = unsafe { request.ifr_ifru.ifru_hwaddr };
    Ok(Mac(std::array::from_fn(|at| address.sa_data[at].cast_unsigned())))
}

/// Returns the most bytes that a frame of the device `name` carries after its header.
pub(crate) fn mtu(name: Name) -> io::Result<usize> {
    let flags = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
    // SAFETY: it takes no pointer.
    let fd = check(unsafe { libc::socket(libc::AF_UNIX, flags, 0) })?;
    // SAFETY: `socket` has just returned it, so it is open and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut request = request(name);
    ask(&socket, libc::SIOCGIFMTU, &mut request)?;
    // SAFETY: SIOCGIFMTU fills this member of the union; and all its bytes were set before.
    let mtu = unsafe { request.ifr_ifru.ifru_mtu };
    usize::try_from(mtu).map_err(io::Error::other)
}

/// Reads one frame to `at`, where there is room for `room` bytes.
///
/// # Safety
///
/// The `room` bytes from `at` on may be written.
pub(crate) unsafe fn read(tun: BorrowedFd<'_>, at: *mut u8, room: usize) -> io::Result<usize> {
    // SAFETY: by the contract of this function.
    size(unsafe { libc::read(tun.as_raw_fd(), at.cast(), room) })
}

/// Writes `header` and `frame` as one, whole.
pub(crate) fn write(tun: BorrowedFd<'_>, header: &[u8], frame: &[u8]) -> io::Result<usize> {
    let parts = [header, frame].map(|part| libc::iovec {
        // The host only reads from there.
        iov_base: part.as_ptr().cast_mut().cast::<c_void>(),
        iov_len: part.len(),
    });
    // SAFETY: there are two parts, whose pointers and lengths are those of slices.
    size(unsafe { libc::writev(tun.as_raw_fd(), parts.as_ptr(), 2) })
}

/// Returns a request about the device `name` whose other bytes are all zero.
fn request(Name(ifr_name): Name) -> libc::ifreq {
    // SAFETY: `ifreq` is a C struct of integers and null pointers, for which zeroes are valid.
    let zeroed: libc::ifreq = unsafe { std::mem::zeroed() };
    libc::ifreq { ifr_name, ..zeroed }
}

fn ask(of: &OwnedFd, code: c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: every code that this module uses reads and writes one `ifreq`, which `request` is.
    check(unsafe { libc::ioctl(of.as_raw_fd(), code, std::ptr::from_mut(request)) }).map(drop)
}

fn tell(tun: &OwnedFd, code: c_ulong, value: &c_int) -> io::Result<()> {
    // SAFETY: every code that this module tells by it reads one `int`, which `value` is.
    check(unsafe { libc::ioctl(tun.as_raw_fd(), code, std::ptr::from_ref(value)) }).map(drop)
}

fn check(answer: i32) -> io::Result<i32> {
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

fn size(answer: isize) -> io::Result<usize> {
    usize::try_from(answer).map_err(|_| io::Error::last_os_error())
}
