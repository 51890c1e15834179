/* A plugin of QEMU's TCG: counts the instructions that a guest executes from one address to another, each
 * at its first time (QEMU, "TCG Plugins"). What is before the first, such as firmware, does not count.
 *
 *     qemu-system-x86_64 ... -plugin libcount.so,from=0x100000,to=0x101234
 *
 * It prints "instructions N" on standard error when QEMU ends, or "instructions none" if the guest has not
 * been at both. Only the functions of the interface that are used are declared, so that no header of QEMU
 * is needed. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int, void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);

/* The version of the interface. */
int qemu_plugin_version = 1;

static uint64_t from, to, count;
static enum { BEFORE, BETWEEN, BEHIND } place = BEFORE;

static void executed(unsigned processor, void *address)
{
    uint64_t at = (uint64_t)(uintptr_t)address;
    if (place == BEFORE && at == from)
        place = BETWEEN;
    else if (place == BETWEEN && at == to)
        place = BEHIND;
    if (place == BETWEEN)
        count++;
}

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    size_t size = qemu_plugin_tb_n_insns(block);
    for (size_t index = 0; index < size; index++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, index);
        void *address = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, 0, address);
    }
}

static void ended(plugin_id id, void *data)
{
    if (place == BEHIND)
        fprintf(stderr, "instructions %" PRIu64 "\n", count);
    else
        fprintf(stderr, "instructions none\n");
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    for (int index = 0; index < argc; index++) {
        if (strncmp(argv[index], "from=", 5) == 0)
            from = strtoull(argv[index] + 5, NULL, 0);
        if (strncmp(argv[index], "to=", 3) == 0)
            to = strtoull(argv[index] + 3, NULL, 0);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
