//! The default wiring: what the parameters of a job are wired to where there is no `config.rs`.

/// For each trait the expression that a parameter of it is wired to; `{name}` stands for the
/// parameter's name, as a string literal.
pub const DEVICES: &[(&str, &str)] = &[
    ("Tcp", "tcp(&stack(\"service\"))"),
    ("Udp", "udp(&stack(\"service\"))"),
    ("Stack", "stack(\"service\")"),
    ("Net", "net({name})"),
    ("Block", "block({name})"),
    ("KvRead", "files({name})"),
    ("Kv", "kv({name})"),
    ("Fs", "fs({name})"),
];

/// The types of keys that are known without an import, by their last names.
pub const VALUES: &[&str] = &[
    "bool",
    "u8",
    "u16",
    "u32",
    "u64",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "f64",
    "String",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "IpPrefix",
    "Ipv4Prefix",
    "Ipv6Prefix",
    "Duration",
    "Size",
];
