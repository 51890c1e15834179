//! The console, and who reads it.

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use super::{
    Guest,
    world::{Server, World},
};
use crate::{Console, memory::Page};

const CHANNEL: u32 = 2;

/// Who reads the console.
struct Reader {
    page: Page,
    text: RefCell<Vec<u8>>,
}

impl Server for Reader {
    fn serve(&self, _world: &World) -> bool {
        let window = self.page.window();
        let (mut read, written): (u32, u32) = (window.load(0xc08), window.load(0xc0c));
        let any = read != written;
        while read != written {
            self.text.borrow_mut().push(window.load(0x400 + (read % 2048) as usize));
            read = read.wrapping_add(1);
        }
        window.store(0xc08, read);
        any
    }
}

fn console(guest: &Guest) -> (Console, Rc<Reader>) {
    let reader = Rc::new(Reader { page: Page::new(), text: RefCell::default() });
    guest.world.add(Rc::clone(&reader) as _);
    let channel = guest.domain.channels().adopt(CHANNEL).unwrap();
    (Console::new(Rc::clone(&guest.domain), reader.page.window(), channel), reader)
}

#[test]
fn a_text_longer_than_the_ring_waits_for_its_reader() {
    let guest = Guest::new();
    let (console, reader) = console(&guest);
    // The counts wrap on the way.
    for at in [0xc08, 0xc0c] {
        reader.page.window().store(at, u32::MAX - 100);
    }
    let text: Vec<u8> = (0..=255).cycle().take(5000).collect();
    console.write(&text);
    guest.world.run();
    assert_eq!(*reader.text.borrow(), text);
    assert!(guest.world.sent.borrow().contains(&CHANNEL));
}

#[test]
fn what_is_typed_is_read_once() {
    let guest = Guest::new();
    let (console, reader) = console(&guest);
    let window = reader.page.window();
    (0..3).for_each(|at| window.store(at, b"abc"[at]));
    window.store(0xc04, 3_u32);
    let mut text = [0; 2];
    assert_eq!(console.read(&mut text), 2);
    assert_eq!(text, *b"ab");
    assert_eq!(console.read(&mut text), 1);
    assert_eq!(text[0], b'c');
    assert_eq!(console.read(&mut text), 0);
}

#[test]
fn counts_that_cannot_be_are_no_more_than_a_ring() {
    let guest = Guest::new();
    let (console, reader) = console(&guest);
    reader.page.window().store(0xc04, 5000_u32);
    let mut text = [0; 5000];
    assert_eq!(console.read(&mut text), 1024);
}
