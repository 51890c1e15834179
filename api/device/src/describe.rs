//! The kinds of device that `config.rs` wires, one for each trait.

sarab_compose::kinds! {
    /// A network card: [`Net`](crate::Net).
    Net,
    /// A disk: [`Block`](crate::Block).
    Block,
    /// A store of values to read: [`KvRead`](crate::KvRead).
    KvRead,
    /// A store of values to read and write: [`Kv`](crate::Kv).
    Kv,
    /// A file system: [`Fs`](crate::Fs).
    Fs,
    /// Connections: [`Tcp`](crate::Tcp).
    Tcp,
    /// Datagrams: [`Udp`](crate::Udp).
    Udp,
    /// A whole host: [`Stack`](crate::Stack).
    Stack,
}
