//! Guests of a few instructions, in 32-bit protected mode without paging or a stack, as a PVH entry finds
//! the processor.

use sarab_abi::manifest::{NOTE_TYPE, OWNER, write};

/// Where a guest lies in memory.
const BASE: u32 = 1 << 20;
/// Where its instructions are in the file.
const CODE: usize = 0x1000;
/// Bytes of the file's and a segment's header.
const HEADERS: [usize; 2] = [64, 56];

/// The instructions of a guest.
pub(crate) struct Code(Vec<u8>);

impl Code {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    fn then(mut self, code: &[u8]) -> Self {
        self.0.extend(code);
        self
    }

    /// Prints its command line to the serial port.
    pub(crate) fn print_command_line(self) -> Self {
        self.then(&[0x8b, 0x73, 24]) // mov esi, [ebx + 24]
            .then(&[0xac, 0x84, 0xc0]) // next: lodsb; test al, al
            .then(&[0x74, 16]) // jz end
            .then(&SEND)
            .then(&[0xeb, 0xeb]) // jmp next; end:
    }

    /// Sends back what comes by the serial port, up to the byte 3.
    pub(crate) fn echo(self) -> Self {
        self.then(&[0x66, 0xba, 0xfd, 0x03]) // next: mov dx, 0x3fd
            .then(&[0xec, 0xa8, 1, 0x74, 0xfb]) // wait: in al, dx; test al, 1; jz wait
            .then(&[0x66, 0xba, 0xf8, 0x03, 0xec]) // mov dx, 0x3f8; in al, dx
            .then(&[0x3c, 3, 0x74, 16]) // cmp al, 3; je end
            .then(&SEND)
            .then(&[0xeb, 0xde]) // jmp next; end:
    }

    /// Prints `text` to the serial port.
    pub(crate) fn print(self, text: &str) -> Self {
        text.bytes().fold(self, |code, byte| code.then(&[0xb0, byte]).then(&SEND)) // mov al, byte
    }

    /// Says `text` by port 0xe9.
    pub(crate) fn report(self, text: &str) -> Self {
        text.bytes().fold(self, |code, byte| code.then(&[0xb0, byte, 0xe6, 0xe9])) // mov al, byte; out 0xe9, al
    }

    /// Says its status by port 0x501.
    pub(crate) fn status(self, status: u8) -> Self {
        self.then(&[0xb0, status, 0x66, 0xba, 0x01, 0x05, 0xee]) // mov al, status; mov dx, 0x501; out dx, al
    }

    /// Ends the machine by port 0xf4.
    pub(crate) fn end(self) -> Self {
        self.then(&[0x31, 0xc0, 0xe7, 0xf4]).rest() // xor eax, eax; out 0xf4, eax
    }

    /// Makes the processor reset by a triple fault.
    pub(crate) fn reset(self) -> Self {
        // From the end of memory nothing is read but ones: no table that an interrupt could be found by.
        self.then(&[0x0f, 0x01, 0x1d, 0, 0, 0, 0xf0]) // lidt [0xf0000000]
            .then(&[0xcc]) // int3
            .rest()
    }

    /// Does nothing for ever.
    pub(crate) fn rest(self) -> Self {
        self.then(&[0xeb, 0xfe]) // here: jmp here
    }

    /// Returns the image, which asks for nothing.
    pub(crate) fn image(&self) -> Vec<u8> {
        self.image_that_wants(&write::<8>(&[]))
    }

    /// Returns the image with `manifest`.
    pub(crate) fn image_that_wants(&self, manifest: &[u8]) -> Vec<u8> {
        let notes = [note(b"Xen\0", 18, &BASE.to_le_bytes()), note(&OWNER, NOTE_TYPE, manifest)];
        elf(&notes.concat(), &self.0)
    }

    /// Returns a file with the manifest of an image and no PVH entry.
    pub(crate) fn without_entry(&self) -> Vec<u8> {
        elf(&note(&OWNER, NOTE_TYPE, &write::<8>(&[])), &self.0)
    }
}

/// Sends `al` by the serial port, and waits until it is gone.
const SEND: [u8; 14] = [
    0x66, 0xba, 0xf8, 0x03, 0xee, // mov dx, 0x3f8; out dx, al
    0x66, 0xba, 0xfd, 0x03, // mov dx, 0x3fd
    0xec, 0xa8, 0x40, 0x74, 0xfb, // wait: in al, dx; test al, 0x40; jz wait
];

fn elf(notes: &[u8], code: &[u8]) -> Vec<u8> {
    let [file_header, segment_header] = HEADERS;
    let start = file_header + 2 * segment_header;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    let base = u64::from(BASE);
    file.extend([base, 64, 0].map(u64::to_le_bytes).concat()); // entry, program headers, sections
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 2, 0, 0, 0, 0, 0, 0, 0]); // flags, sizes, counts
    file.extend(segment((1, 5), CODE, base, code.len()));
    file.extend(segment((4, 4), start, 0, notes.len()));
    file.extend(notes);
    file.resize(CODE, 0);
    file.extend(code);
    file
}

/// Returns the header of a segment: type and flags, place in the file, address, size.
fn segment((kind, flags): (u32, u32), start: usize, address: u64, size_bytes: usize) -> Vec<u8> {
    let [start, size_bytes] = [start, size_bytes].map(|it| u64::try_from(it).expect("64 bits"));
    let mut header = [kind, flags].map(u32::to_le_bytes).concat();
    let words = [start, address, address, size_bytes, size_bytes, 4];
    header.extend(words.map(u64::to_le_bytes).concat());
    header
}

fn note(owner: &[u8], kind: u32, text: &[u8]) -> Vec<u8> {
    let [owner_bytes, text_bytes] =
        [owner.len(), text.len()].map(|it| u32::try_from(it).expect("it is short"));
    let mut note = [owner_bytes, text_bytes, kind].map(u32::to_le_bytes).concat();
    for part in [owner, text] {
        note.extend(part);
        note.resize(note.len().next_multiple_of(4), 0);
    }
    note
}
