//! Grants, and pages that others do not let go of.

use alloc::vec::Vec;

use super::Guest;
use crate::{
    grant::{Access, GrantError, Reference},
    memory::{PAGE_BYTES, Page},
};

fn grant(guest: &Guest, page: &Page, access: Access) -> Result<Reference, GrantError> {
    guest.domain.grants().share(0, page, access)
}

#[test]
fn a_grant_names_its_page_and_what_may_be_done_with_it() {
    let guest = Guest::new();
    let page = Page::new();
    for (access, flags) in [(Access::ReadWrite, 1), (Access::ReadOnly, 5)] {
        let reference = grant(&guest, &page, access).unwrap();
        let entry = guest.world.entry(reference.number());
        assert_eq!((entry.flags, entry.peer, entry.address), (flags, 0, page.address()));
        assert!(reference.number() >= 8);
        guest.domain.grants().end(reference).unwrap();
        assert_eq!(guest.world.granted(), 0);
    }
}

#[test]
fn a_grant_in_use_does_not_end() {
    let guest = Guest::new();
    let page = Page::new();
    let reference = grant(&guest, &page, Access::ReadWrite).unwrap();
    let number = reference.number();
    guest.world.hold(number, true);
    let reference = guest.domain.grants().end(reference).unwrap_err();
    assert_eq!(guest.world.entry(number).flags & 1, 1);
    guest.world.hold(number, false);
    guest.domain.grants().end(reference).unwrap();
    assert_eq!(guest.world.granted(), 0);
}

#[test]
fn a_page_that_is_kept_is_dropped_when_it_is_let_go_of() {
    let guest = Guest::new();
    let (first, second) = (Page::new(), Page::new());
    let held = grant(&guest, &first, Access::ReadWrite).unwrap();
    let number = held.number();
    guest.world.hold(number, true);
    guest.domain.grants().keep(first, held);
    assert_eq!(guest.world.granted(), 1);
    guest.world.hold(number, false);
    let free = grant(&guest, &second, Access::ReadWrite).unwrap();
    guest.domain.grants().keep(second, free);
    assert_eq!(guest.world.granted(), 0);
}

#[test]
fn the_table_grows_up_to_what_the_hypervisor_gives() {
    let guest = Guest::new();
    guest.world.frames_max.set(2);
    let page = Page::new();
    let count = 2 * PAGE_BYTES / 8 - 8;
    let all: Vec<_> = (0..count).map(|_| grant(&guest, &page, Access::ReadOnly).unwrap()).collect();
    let mut numbers: Vec<_> = all.iter().map(Reference::number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
    assert_eq!(grant(&guest, &page, Access::ReadOnly), Err(GrantError::Full { count: 1024 }));
    for it in all {
        guest.domain.grants().end(it).unwrap();
    }
    let again = grant(&guest, &page, Access::ReadOnly).unwrap();
    guest.domain.grants().end(again).unwrap();
}
