//! Relocations: the addresses in an image that depend on where it lies.

use object::{
    Endianness, U64, elf,
    read::elf::{Dyn, ProgramHeader, Rela},
};

use super::{Header, Why};

/// The tables of relocations: where each is in the file, and its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tables {
    rela: (u64, u64),
    relr: (u64, u64),
}

/// A word of the image to write: where, and the offset in the image that its address is of.
pub(super) enum Fix {
    /// The offset is this.
    To(u64, u64),
    /// The offset stands there already.
    Here(u64),
}

impl Tables {
    /// Reads where the tables are. An image that is to be relocated otherwise is refused.
    pub(super) fn read(headers: &[Header], endian: Endianness, bytes: &[u8]) -> Result<Self, Why> {
        let mut tables = Self::default();
        let Some(header) = headers.iter().find(|it| it.p_type(endian) == elf::PT_DYNAMIC) else {
            return Ok(tables);
        };
        let entries = header.dynamic(endian, bytes).map_err(|_| "its dynamic section is broken")?;
        for entry in entries.unwrap_or_default() {
            let value = entry.d_val(endian);
            match entry.d_tag(endian) {
                elf::DT_NULL => break,
                elf::DT_RELA => tables.rela.0 = value,
                elf::DT_RELASZ => tables.rela.1 = value,
                elf::DT_RELR => tables.relr.0 = value,
                elf::DT_RELRSZ => tables.relr.1 = value,
                elf::DT_NEEDED => return Err("it needs a library, so it is not an image".into()),
                elf::DT_JMPREL | elf::DT_REL | elf::DT_TEXTREL => {
                    return Err("it has relocations that no image has".into());
                }
                _ => {}
            }
        }
        tables.rela.0 = in_file(headers, endian, tables.rela)?;
        tables.relr.0 = in_file(headers, endian, tables.relr)?;
        Ok(tables)
    }

    /// Calls `apply` for each word of the image in `bytes` that is to be written.
    pub(super) fn for_each(
        &self,
        bytes: &[u8],
        mut apply: impl FnMut(Fix) -> Result<(), Why>,
    ) -> Result<(), Why> {
        self.each_with_addend(bytes, &mut apply)?;
        self.each_in_place(bytes, &mut apply)
    }

    fn each_with_addend(
        &self,
        bytes: &[u8],
        apply: &mut impl FnMut(Fix) -> Result<(), Why>,
    ) -> Result<(), Why> {
        let endian = Endianness::Little;
        let table: &[elf::Rela64<Endianness>] = table(bytes, self.rela)?;
        for entry in table {
            if entry.r_type(endian, false) != elf::R_X86_64_RELATIVE {
                return Err("it has undefined symbols, so it is not an image".into());
            }
            apply(Fix::To(entry.r_offset(endian), entry.r_addend(endian).cast_unsigned()))?;
        }
        Ok(())
    }

    /// Reads the packed table (System V ABI, "Relative Relocation Table"): an even word is an address,
    /// an odd one says by its other bits which of the next 63 words are.
    fn each_in_place(
        &self,
        bytes: &[u8],
        apply: &mut impl FnMut(Fix) -> Result<(), Why>,
    ) -> Result<(), Why> {
        let table: &[U64<Endianness>] = table(bytes, self.relr)?;
        let mut next = 0_u64;
        for word in table {
            let word = word.get(Endianness::Little);
            if word & 1 == 0 {
                apply(Fix::Here(word))?;
                next = word.wrapping_add(8);
                continue;
            }
            for bit in (1..64).filter(|bit| word >> bit & 1 == 1) {
                apply(Fix::Here(next.wrapping_add((bit - 1) * 8)))?;
            }
            next = next.wrapping_add(63 * 8);
        }
        Ok(())
    }
}

/// Returns where in the file a table is whose place in the image is known.
fn in_file(headers: &[Header], endian: Endianness, (start, size): (u64, u64)) -> Result<u64, Why> {
    if size == 0 {
        return Ok(0);
    }
    let loaded = headers.iter().filter(|header| header.p_type(endian) == elf::PT_LOAD);
    let found = loaded.into_iter().find_map(|header| {
        let ahead = start.checked_sub(header.p_vaddr(endian))?;
        let end = ahead.checked_add(size)?;
        (end <= header.p_filesz(endian)).then(|| header.p_offset(endian).checked_add(ahead))?
    });
    found.ok_or_else(|| "its relocations are not in it".into())
}

fn table<T: object::Pod>(bytes: &[u8], (start, size): (u64, u64)) -> Result<&[T], Why> {
    let broken = || "its relocations are broken".to_owned();
    let start = usize::try_from(start).map_err(|_| broken())?;
    let count = usize::try_from(size).map_err(|_| broken())? / size_of::<T>();
    let bytes = bytes.get(start..).ok_or_else(broken)?;
    let (table, _) = object::slice_from_bytes(bytes, count).map_err(|()| broken())?;
    Ok(table)
}
