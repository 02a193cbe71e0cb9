/* The checks follow the kernel's, so that a program is refused where it would be; the rest relies on them. */
#include "monitor/filter_bpf.h"

#include <string.h>

#include "base/check.h"

#define CODE(a, b, c) ((a) | (b) | (c))

struct machine {
	uint32_t a, x;
	uint32_t memory[BPF_MEMWORDS];
};

/* Of the classic instructions those that seccomp takes: no packets, no modulo. */
static bool is_known(const struct sock_filter *insn)
{
	switch (insn->code) {
	case CODE(BPF_LD, BPF_W, BPF_ABS):
		return insn->k < sizeof(struct seccomp_data) && insn->k % 4 == 0;
	case CODE(BPF_LD, BPF_W, BPF_LEN):
	case CODE(BPF_LDX, BPF_W, BPF_LEN):
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_ALU | BPF_NEG:
	case BPF_JMP | BPF_JA: return true;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX: return insn->k < BPF_MEMWORDS;
	}
	if (insn->code & ~(BPF_CLASS(0xff) | BPF_OP(0xff) | BPF_X))
		return false;
	if (BPF_CLASS(insn->code) == BPF_JMP)
		return BPF_OP(insn->code) >= BPF_JEQ && BPF_OP(insn->code) <= BPF_JSET;
	if (BPF_CLASS(insn->code) != BPF_ALU)
		return false;
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR: return true;
	case BPF_DIV: return BPF_SRC(insn->code) == BPF_X || insn->k;
	case BPF_LSH:
	case BPF_RSH: return BPF_SRC(insn->code) == BPF_X || insn->k < 32;
	}
	return false;
}

/* Jumps go forward, and not past the end. */
static bool jumps_inside(const struct sock_filter *code, size_t length, size_t at)
{
	size_t left = length - at - 1; /* instructions behind this one */

	if (BPF_CLASS(code[at].code) != BPF_JMP)
		return true;
	if (BPF_OP(code[at].code) == BPF_JA)
		return code[at].k < left;
	return code[at].jt < left && code[at].jf < left;
}

/* Every word of memory is written on each way to where it is read. */
static bool memory_is_written(const struct sock_filter *code, size_t length)
{
	uint16_t written[BPF_MAXINSNS], now = 0; /* masks; one at each target of a jump */

	memset(written, 0xff, length * sizeof(written[0]));
	for (size_t i = 0; i < length; i++) {
		const struct sock_filter *insn = &code[i];
		uint16_t *on_true, *on_false;

		now &= written[i];
		switch (insn->code) {
		case BPF_ST:
		case BPF_STX: now |= (uint16_t)(1u << insn->k); continue;
		case BPF_LD | BPF_MEM:
		case BPF_LDX | BPF_MEM:
			if (!(now & 1u << insn->k))
				return false;
			continue;
		}
		if (BPF_CLASS(insn->code) != BPF_JMP)
			continue;
		on_true = &written[i + 1 + (BPF_OP(insn->code) == BPF_JA ? insn->k : insn->jt)];
		on_false = BPF_OP(insn->code) == BPF_JA ? on_true : &written[i + 1 + insn->jf];
		*on_true &= now;
		*on_false &= now;
		now = UINT16_MAX;
	}
	return true;
}

bool filter_is_valid(const struct sock_filter *code, size_t length)
{
	if (!length || length > BPF_MAXINSNS)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_known(&code[i]) || !jumps_inside(code, length, i))
			return false;
	return BPF_CLASS(code[length - 1].code) == BPF_RET && memory_is_written(code, length);
}

static uint32_t load_word(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	memcpy(&word, (const uint8_t *)data + offset, sizeof(word));
	return word;
}

static uint32_t compute(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD: return a + b;
	case BPF_SUB: return a - b;
	case BPF_MUL: return a * b;
	case BPF_DIV: return a / b;
	case BPF_OR: return a | b;
	case BPF_AND: return a & b;
	case BPF_XOR: return a ^ b;
	/* By more than 31 only where it comes from X: as the processor has it, like the kernel. */
	case BPF_LSH: return a << (b & 31);
	case BPF_RSH: return a >> (b & 31);
	case BPF_NEG: return -a;
	}
	CHECK(!"an operation that was checked");
	return 0;
}

static bool is_true(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ: return a == b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	case BPF_JSET: return a & b;
	}
	CHECK(!"a condition that was checked");
	return false;
}

/* What is neither computed, nor a jump, nor the end. */
static void move(struct machine *m, const struct sock_filter *insn, const struct seccomp_data *data)
{
	switch (insn->code) {
	case CODE(BPF_LD, BPF_W, BPF_ABS): m->a = load_word(data, insn->k); return;
	case CODE(BPF_LD, BPF_W, BPF_LEN): m->a = sizeof(*data); return;
	case CODE(BPF_LDX, BPF_W, BPF_LEN): m->x = sizeof(*data); return;
	case BPF_LD | BPF_IMM: m->a = insn->k; return;
	case BPF_LDX | BPF_IMM: m->x = insn->k; return;
	case BPF_LD | BPF_MEM: m->a = m->memory[insn->k]; return;
	case BPF_LDX | BPF_MEM: m->x = m->memory[insn->k]; return;
	case BPF_ST: m->memory[insn->k] = m->a; return;
	case BPF_STX: m->memory[insn->k] = m->x; return;
	case BPF_MISC | BPF_TAX: m->x = m->a; return;
	case BPF_MISC | BPF_TXA: m->a = m->x; return;
	}
	CHECK(!"an instruction that was checked");
}

uint32_t filter_run(const struct sock_filter *code, size_t length, const struct seccomp_data *data)
{
	struct machine m = { 0 };

	for (size_t i = 0; i < length; i++) {
		const struct sock_filter *insn = &code[i];
		uint16_t op = BPF_OP(insn->code);
		uint32_t operand = BPF_SRC(insn->code) == BPF_X ? m.x : insn->k;

		switch (BPF_CLASS(insn->code)) {
		case BPF_RET: return BPF_RVAL(insn->code) == BPF_A ? m.a : insn->k;
		case BPF_ALU:
			/* As the kernel has it (bpf_convert_filter): the program ends with 0. */
			if (op == BPF_DIV && !operand)
				return 0;
			m.a = compute(op, m.a, operand);
			break;
		case BPF_JMP:
			if (op == BPF_JA)
				i += insn->k;
			else
				i += is_true(op, m.a, operand) ? insn->jt : insn->jf;
			break;
		default: move(&m, insn, data); break;
		}
	}
	CHECK(!"a filter that was checked returns");
	return SECCOMP_RET_KILL_PROCESS;
}

uint32_t filter_stricter(uint32_t newer, uint32_t older)
{
	/* Signed: killing the process is below 0, and below everything (kernel/seccomp.c). */
	int32_t a = (int32_t)(newer & SECCOMP_RET_ACTION_FULL);
	int32_t b = (int32_t)(older & SECCOMP_RET_ACTION_FULL);

	return b < a ? older : newer;
}
