/* One table says which bits of which leaf are hidden. */
#include "monitor/tracee/cpuid.h"

#include <cpuid.h>
#include <stddef.h>

#define BIT(n) (UINT32_C(1) << (n))
/* The rule holds for all of a leaf's subleaves. */
#define ANY_SUBLEAF UINT32_MAX

/*
 * Sources: Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E. Hidden are
 * (a) the number of the CPU that happens to execute the instruction, in all
 * the forms in which it is told, (b) random numbers, (c) transactions, whose
 * fate depends on what else the machine does, (d) instructions that read the
 * CPU's number or wait for the time without a trap.
 */
static const struct rule {
	uint32_t leaf, subleaf;
	struct cpuid_values hidden; /* bits that read as 0 */
} rules[] = {
	/* initial APIC id; RDRAND */
	{ 0x1, ANY_SUBLEAF, { .ebx = 0xff000000, .ecx = BIT(30) } },
	/* this CPU's row in the hardware feedback table */
	{ 0x6, ANY_SUBLEAF, { .edx = 0xffff0000 } },
	/* HLE, RTM, RDSEED; WAITPKG, RDPID; TSXLDTRK, hybrid */
	{ 0x7,
	  0,
	  { .ebx = BIT(4) | BIT(11) | BIT(18), .ecx = BIT(5) | BIT(22), .edx = BIT(15) | BIT(16) } },
	/* x2APIC id */
	{ 0xb, ANY_SUBLEAF, { .edx = UINT32_MAX } },
	{ 0x1f, ANY_SUBLEAF, { .edx = UINT32_MAX } },
	/* this core's type */
	{ 0x1a, ANY_SUBLEAF, { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX } },
	/* MONITORX: a wait that ends by the time */
	{ 0x80000001, ANY_SUBLEAF, { .ecx = BIT(29) } },
	/* extended APIC id, core id, node id */
	{ 0x8000001e, ANY_SUBLEAF, { .eax = UINT32_MAX, .ebx = 0xff, .ecx = 0xff } },
	{ 0x80000026, ANY_SUBLEAF, { .edx = UINT32_MAX } },
};

/* Leaves that look at ecx; in all others it is whatever the program left there. */
static const uint32_t with_subleaves[] = {
	0x4,  0x7,  0xb,  0xd,  0xf,  0x10, 0x12, 0x14,       0x17,       0x18,       0x1a,
	0x1b, 0x1d, 0x1e, 0x1f, 0x20, 0x23, 0x24, 0x8000001d, 0x80000020, 0x80000026,
};

static bool has_subleaves(uint32_t leaf)
{
	for (size_t i = 0; i < sizeof(with_subleaves) / sizeof(with_subleaves[0]); i++)
		if (with_subleaves[i] == leaf)
			return true;
	/* A hypervisor's own are for it to say (0x40000000 to 0x4fffffff). */
	return leaf >> 28 == 4;
}

void cpuid_question(const registers *r, uint32_t *leaf, uint32_t *subleaf)
{
	*leaf = (uint32_t)r->rax;
	*subleaf = has_subleaves(*leaf) ? (uint32_t)r->rcx : 0;
}

struct cpuid_values cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_values v;

	__cpuid_count(leaf, subleaf, v.eax, v.ebx, v.ecx, v.edx);
	cpuid_normalise(leaf, subleaf, &v);
	return v;
}

void cpuid_normalise(uint32_t leaf, uint32_t subleaf, struct cpuid_values *v)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];

		if (rule->leaf != leaf ||
		    (rule->subleaf != ANY_SUBLEAF && rule->subleaf != subleaf))
			continue;
		v->eax &= ~rule->hidden.eax;
		v->ebx &= ~rule->hidden.ebx;
		v->ecx &= ~rule->hidden.ecx;
		v->edx &= ~rule->hidden.edx;
	}
}

void cpuid_give(registers *r, const struct cpuid_values *v)
{
	r->rax = v->eax;
	r->rbx = v->ebx;
	r->rcx = v->ecx;
	r->rdx = v->edx;
	r->rip += CPUID_INSN_BYTES;
}
