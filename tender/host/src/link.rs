//! Network devices, by the calls that need no library (netdevice(7), `tuntap.rst` of Linux).

use std::{
    ffi::{c_int, c_ulong},
    io,
    net::Ipv4Addr,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

/// Makes a tap that stays until its namespace goes, so that the tender can attach to it by name.
pub(crate) fn make_tap(name: &str) -> io::Result<()> {
    let flags = libc::O_RDWR | libc::O_CLOEXEC;
    // SAFETY: the path is a C string.
    let fd = check(unsafe { libc::open(c"/dev/net/tun".as_ptr(), flags) })?;
    // SAFETY: `open` has just returned it, so it is open and nobody else's.
    let tun = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut request = request(name);
    request.ifr_ifru.ifru_flags = short(libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR);
    ask(&tun, libc::TUNSETIFF, &mut request)?;
    let yes: c_ulong = 1;
    // SAFETY: TUNSETPERSIST takes a number and no pointer.
    check(unsafe { libc::ioctl(tun.as_raw_fd(), libc::TUNSETPERSIST, yes) }).map(drop)
}

/// Where the calls for devices of this namespace go.
pub(crate) struct Links(OwnedFd);

impl Links {
    /// Returns those of the namespace that the caller is in.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
        // SAFETY: it takes no pointer.
        let fd = check(unsafe { libc::socket(libc::AF_INET, flags, 0) })?;
        // SAFETY: `socket` has just returned it, so it is open and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Gives the device `name` an address in a network of `prefix` bits.
    pub(crate) fn set_address(&self, name: &str, address: Ipv4Addr, prefix: u8) -> io::Result<()> {
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        for (code, value) in
            [(libc::SIOCSIFADDR, address), (libc::SIOCSIFNETMASK, Ipv4Addr::from_bits(mask))]
        {
            let mut request = request(name);
            request.ifr_ifru.ifru_addr = socket_address(value);
            ask(&self.0, code, &mut request)?;
        }
        Ok(())
    }

    /// Takes the device `name` into operation.
    pub(crate) fn set_up(&self, name: &str) -> io::Result<()> {
        let mut request = request(name);
        request.ifr_ifru.ifru_flags = short(libc::IFF_UP | libc::IFF_RUNNING);
        ask(&self.0, libc::SIOCSIFFLAGS, &mut request)
    }
}

/// Returns `address` as the calls take it: two bytes of port, then the four of the address.
fn socket_address(address: Ipv4Addr) -> libc::sockaddr {
    let mut sa_data = [0; 14];
    for (to, from) in sa_data[2..6].iter_mut().zip(address.octets()) {
        *to = from.cast_signed();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the number of the family is 2")]
    let sa_family = libc::AF_INET as libc::sa_family_t;
    libc::sockaddr { sa_family, sa_data }
}

/// Returns a request about the device `name`, which is shorter than names may be, whose other bytes
/// are all zero.
fn request(name: &str) -> libc::ifreq {
    // SAFETY: `ifreq` is a C struct of integers and null pointers, for which zeroes are valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    debug_assert!(name.len() < libc::IFNAMSIZ);
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
        *to = from.cast_signed();
    }
    request
}

#[expect(clippy::cast_possible_truncation, reason = "the flags of devices are of 16 bits")]
const fn short(flags: c_int) -> libc::c_short {
    flags as libc::c_short
}

fn ask(of: &OwnedFd, code: c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: every code that this module uses reads and writes one `ifreq`, which `request` is.
    check(unsafe { libc::ioctl(of.as_raw_fd(), code, std::ptr::from_mut(request)) }).map(drop)
}

fn check(answer: c_int) -> io::Result<c_int> {
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}
