//! The entry point: from 32-bit protected mode to the first line of Rust.
//!
//! The large table of pages that it takes is made when the image is linked, so that this takes a few
//! dozen instructions: the first gigabyte, one to one, in pages of 2 MiB. [`page`](crate::page) makes
//! them finer, and protects.

use crate::page::Table;

/// Bytes of the stack: as much as the largest that a tender gives its guests.
#[doc(hidden)]
pub const STACK_BYTES: usize = 1 << 20;

#[doc(hidden)]
#[unsafe(link_section = ".stack")]
pub static mut STACK: [u8; STACK_BYTES] = [0; STACK_BYTES];

unsafe extern "C" {
    /// The table of level 4, which the processor starts at.
    pub(crate) static mut pvh_level4: Table;
    /// The table of level 2 for the first gigabyte.
    pub(crate) static mut pvh_level2: Table;
}

/// Makes an image of a program: its entry point, its manifest, its heap and its panic handler. `$machine` is the function
/// of the target that makes a machine and runs the program on it.
#[macro_export]
macro_rules! image {
    ($app:path, $resources:expr, $start:path, $machine:path, $panic:path) => {
        $crate::bare::image!($resources, $panic);
        $crate::boot!(main);

        /// What the entry point calls.
        ///
        /// # Safety
        ///
        /// It is called once, as `machine/PVH.md` says.
        unsafe extern "sysv64" fn main(info: usize) -> ! {
            // SAFETY: it is what was handed over.
            unsafe { $machine(info, &HEAP, RESOURCES, &$app, $start) }
        }
    };
}

/// Defines the entry point, which calls `$main` with the address of the start info. An image says it
/// once; it stands in the image itself, so that this crate can be linked into tests.
#[macro_export]
macro_rules! boot {
    ($main:path) => {
        $crate::exceptions!();

        // Leaf 0x80000001, register D: NX (20), LM (29); without them the next steps would be faults for which there is no
        // handler yet, so what is missing is said on the serial port, and on 0xe9, which may lead to a log.
        // Control register 4: PAE (5), OSFXSR (9), OSXMMEXCPT (10). EFER: LME (8), NXE (11). Control register 0:
        // PE (0), MP (1), ET (4), NE (5), WP (16), PG (31). Intel SDM volume 3, sections 2.2.1 and 2.5.
        ::core::arch::global_asm!(
            r#"
    .pushsection .note.Xen, "a", @note
    .align 4
    .long 4, 4, 18
    .asciz "Xen"
    .long pvh_start
    .popsection

    .pushsection .bss.pvh_tables, "aw", @nobits
    .align 4096
    .globl pvh_level4
pvh_level4:
    .skip 4096
pvh_level3:
    .skip 4096
    .popsection

    .pushsection .data.pvh_tables, "aw", @progbits
    .align 4096
    .globl pvh_level2
pvh_level2:
    .set pvh_page, 0x83
    .rept 512
    .quad pvh_page
    .set pvh_page, pvh_page + 0x200000
    .endr
    .popsection

    .pushsection .rodata.pvh_gdt, "a", @progbits
    .align 8
pvh_gdt:
    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
pvh_gdt_register:
    .word . - pvh_gdt - 1
    .long pvh_gdt
    .popsection

    .pushsection .text.pvh_start, "ax", @progbits
    .code32
    .globl pvh_start
pvh_start:
    cli
    cld
    movl %ebx, %edi
    movl $0x80000001, %eax
    cpuid
    notl %edx
    testl $0x20100000, %edx
    jnz 3f
    movl $pvh_level3 + 3, pvh_level4
    movl $pvh_level2 + 3, pvh_level3
    movl $0x620, %eax
    movl %eax, %cr4
    movl $pvh_level4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    movl $0x900, %eax
    xorl %edx, %edx
    wrmsr
    movl $0x80010033, %eax
    movl %eax, %cr0
    lgdt pvh_gdt_register
    ljmpl $0x08, $2f
    .code64
2:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl ${stack} + {stack_bytes}, %esp
    movl %edi, %edi
    xorl %ebp, %ebp
    call {main}
    ud2
    .code32
3:
    movl $pvh_refusal, %esi
4:
    lodsb
    testb %al, %al
    jz 5f
    movw $0x3f8, %dx
    outb %al, %dx
    movw $0xe9, %dx
    outb %al, %dx
    jmp 4b
5:
    ud2
    .code64
    .popsection

    .pushsection .rodata.pvh_refusal, "a", @progbits
pvh_refusal:
    .asciz "the processor has no 64-bit mode, or cannot keep data from being executed (NX)\n"
    .popsection
"#,
            main = sym $main,
            stack = sym $crate::STACK,
            stack_bytes = const $crate::STACK_BYTES,
            options(att_syntax)
        );
    };
}
