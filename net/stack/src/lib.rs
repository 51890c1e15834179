//! Ethernet, IPv4, IPv6, UDP and TCP over any Net.
