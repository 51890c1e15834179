//! A store, on the other side of the ring.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::{boxed::Box, format, rc::Rc, string::String, vec, vec::Vec};
use core::cell::{Cell, RefCell};

use super::{
    Window,
    world::{Server, World},
};
use crate::memory::Page;

/// The channel of the store.
pub(super) const CHANNEL: u32 = 1;

/// What a request for a watch is.
const WATCH: u32 = 4;

type Values = BTreeMap<String, String>;

/// What an answer is made into before it is sent, from its header and payload.
type Garbling = fn([u32; 4], Vec<u8>) -> Vec<u8>;

/// The store.
pub(super) struct Xenstored {
    /// There for ever, as the page of a store is.
    page: &'static Page,
    pub(super) values: RefCell<Values>,
    pub(super) watches: RefCell<Vec<(String, String)>>,
    transactions: RefCell<BTreeMap<u32, Values>>,
    incoming: RefCell<Vec<u8>>,
    outgoing: RefCell<VecDeque<u8>>,
    /// How many ends of transactions are refused.
    pub(super) conflicts: Cell<u32>,
    /// What comes before the next answer.
    pub(super) before: RefCell<Vec<(String, String)>>,
    pub(super) garbling: Cell<Option<Garbling>>,
    pub(super) is_silent: Cell<bool>,
}

impl Xenstored {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            page: Box::leak(Box::new(Page::new())),
            values: RefCell::default(),
            watches: RefCell::default(),
            transactions: RefCell::default(),
            incoming: RefCell::default(),
            outgoing: RefCell::default(),
            conflicts: Cell::new(0),
            before: RefCell::default(),
            garbling: Cell::new(None),
            is_silent: Cell::new(false),
        })
    }

    pub(super) fn window(&self) -> Window {
        self.page.window()
    }

    pub(super) fn get(&self, path: &str) -> Option<String> {
        self.values.borrow().get(path).cloned()
    }

    pub(super) fn number(&self, path: &str) -> Option<u32> {
        self.get(path)?.parse().ok()
    }

    /// Changes a value, as another domain does.
    pub(super) fn set(&self, path: &str, value: &str) {
        self.values.borrow_mut().insert(path.into(), value.into());
        self.fire(path);
    }

    /// Removes a value and all below it, as another domain does.
    pub(super) fn unset(&self, path: &str) {
        self.values.borrow_mut().retain(|it, _| !is_below(it, path));
        self.fire(path);
    }

    fn fire(&self, path: &str) {
        for (watched, token) in &*self.watches.borrow() {
            if is_below(path, watched) {
                self.say([15, 0, 0], format!("{path}\0{token}\0").as_bytes());
            }
        }
    }

    fn say(&self, [kind, id, transaction]: [u32; 3], payload: &[u8]) {
        let size = u32::try_from(payload.len()).unwrap();
        let header = [kind, id, transaction, size];
        let bytes: Vec<u8> = header.into_iter().flat_map(u32::to_le_bytes).collect();
        self.outgoing.borrow_mut().extend([&bytes, payload].concat());
    }

    /// Puts bytes into the ring that no store would say.
    pub(super) fn say_raw(&self, bytes: &[u8]) {
        self.outgoing.borrow_mut().extend(bytes);
    }

    fn take_requests(&self) -> bool {
        let window = self.window();
        let mut incoming = self.incoming.borrow_mut();
        let (mut read, written): (u32, u32) = (window.load(0x800), window.load(0x804));
        let any = read != written;
        while read != written {
            incoming.push(window.load((read % 1024) as usize));
            read = read.wrapping_add(1);
        }
        window.store(0x800, read);
        any
    }

    fn answer_requests(&self) {
        loop {
            let mut incoming = self.incoming.borrow_mut();
            let words: Vec<u32> = incoming
                .chunks_exact(4)
                .take(4)
                .map(|it| u32::from_le_bytes(it.try_into().unwrap()))
                .collect();
            let &[kind, id, transaction, size] = &words[..] else { return };
            if incoming.len() < 16 + size as usize {
                return;
            }
            let rest = incoming.split_off(16 + size as usize);
            let payload = core::mem::replace(&mut *incoming, rest).split_off(16);
            drop(incoming);
            for (path, token) in self.before.take() {
                self.say([15, 0, 0], format!("{path}\0{token}\0").as_bytes());
            }
            let (kind, answer) = match self.answer(kind, transaction, &payload) {
                Ok(answer) => (kind, answer),
                Err(name) => (16, format!("{name}\0").into_bytes()),
            };
            match self.garbling.take() {
                Some(garble) => {
                    let size = u32::try_from(answer.len()).unwrap();
                    self.say_raw(&garble([kind, id, transaction, size], answer));
                }
                None => self.say([kind, id, transaction], &answer),
            }
            if kind == WATCH {
                self.say([15, 0, 0], &payload);
            }
        }
    }

    fn answer(&self, kind: u32, id: u32, payload: &[u8]) -> Result<Vec<u8>, &'static str> {
        let text = String::from_utf8(payload.to_vec()).unwrap();
        let mut parts = text.split('\0');
        let path = parts.next().unwrap();
        let ok = b"OK\0".to_vec();
        let mut transactions = self.transactions.borrow_mut();
        let mut alone = self.values.borrow_mut();
        let values =
            if id == 0 { &mut *alone } else { transactions.get_mut(&id).ok_or("EINVAL")? };
        match kind {
            1 => list(values, path),
            2 => values.get(path).map(|it| it.clone().into_bytes()).ok_or("ENOENT"),
            WATCH => {
                let token = parts.next().unwrap();
                self.watches.borrow_mut().push((path.into(), token.into()));
                Ok(ok)
            }
            5 => {
                let token = parts.next().unwrap();
                self.watches.borrow_mut().retain(|it| (&*it.0, &*it.1) != (path, token));
                Ok(ok)
            }
            6 => {
                let id = u32::try_from(transactions.len()).unwrap() + 1;
                transactions.insert(id, alone.clone());
                Ok(format!("{id}\0").into_bytes())
            }
            7 => {
                let changed = transactions.insert(id, Values::new()).ok_or("EINVAL")?;
                if path == "F" {
                    return Ok(ok);
                }
                if self.conflicts.get() > 0 {
                    self.conflicts.update(|count| count - 1);
                    return Err("EAGAIN");
                }
                let old = core::mem::replace(&mut *alone, changed);
                let new: Vec<_> = alone.iter().filter(|it| old.get(it.0) != Some(it.1)).collect();
                for it in new {
                    self.fire(it.0);
                }
                Ok(ok)
            }
            11 => {
                values.insert(path.into(), text[path.len() + 1..].into());
                if id == 0 {
                    self.fire(path);
                }
                Ok(ok)
            }
            13 => {
                values.retain(|it, _| !is_below(it, path));
                Ok(ok)
            }
            _ => Err("ENOSYS"),
        }
    }

    fn send_answers(&self) -> bool {
        let window = self.window();
        let mut outgoing = self.outgoing.borrow_mut();
        let (read, mut written): (u32, u32) = (window.load(0x808), window.load(0x80c));
        let mut any = false;
        while written.wrapping_sub(read) < 1024 {
            let Some(byte) = outgoing.pop_front() else { break };
            window.store(0x400 + (written % 1024) as usize, byte);
            written = written.wrapping_add(1);
            any = true;
        }
        window.store(0x80c, written);
        any
    }
}

impl Server for Xenstored {
    fn serve(&self, world: &World) -> bool {
        if self.is_silent.get() {
            return false;
        }
        let has_taken = self.take_requests();
        self.answer_requests();
        let has_sent = self.send_answers();
        if has_taken || has_sent {
            world.raise(CHANNEL);
        }
        has_taken | has_sent
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn list(values: &Values, path: &str) -> Result<Vec<u8>, &'static str> {
    let below = values.keys().filter_map(|it| it.strip_prefix(path)?.strip_prefix('/'));
    let mut names: Vec<_> = below.filter_map(|it| it.split('/').next()).collect();
    names.dedup();
    match names.is_empty() {
        true if !values.contains_key(path) => Err("ENOENT"),
        true => Ok(vec![]),
        false => Ok(format!("{}\0", names.join("\0")).into_bytes()),
    }
}
