// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults in code: what each model makes of instructions, and how one is chosen. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/util.h"
#include "faultinject/code/code.h"

#define BASE 0xffffffffc0000000ULL

extern const struct code_model nop_model, bit_flip_model, wrong_source_model,
	wrong_destination_model, wrong_address_model, inverted_branch_model, removed_branch_model,
	loop_off_by_one_model, removed_argument_model, removed_lock_model, changed_constant_model;

static struct rng rng;

/* A module with one function, f, of some code; and where it has a relocation, of which symbol. */
static struct code_function function = { .name = (char *)"f" };
static struct code_reloc reloc;
static struct code_module module = {
	.name = (char *)"m",
	.base = BASE,
	.functions = &function,
	.n_functions = 1,
};

static void set_code(const char *code, size_t len)
{
	module.text = (uint8_t *)code;
	module.size = function.size = len;
	module.n_relocs = 0;
}

#define CODE(text) set_code(text, sizeof(text) - 1)

static void set_symbol(const char *symbol, uint64_t offset)
{
	reloc = (struct code_reloc){ .offset = offset, .symbol = (char *)symbol };
	module.relocs = &reloc;
	module.n_relocs = 1;
}

static bool fits(const struct code_model *model, unsigned int nth)
{
	struct code_insn *insns = code_function_decode(&module, &function);
	bool fit = model->fits(&insns[nth]);

	free(insns);
	return fit;
}

/* Applies @model, and says what it has made of the only instruction that fits. */
static char *result(const struct code_model *model)
{
	struct code_choice c;

	ck_assert_int_eq(code_choose(&c, &module, model, "f", NULL, &rng), 0);
	ck_assert_mem_eq(c.before, module.text + c.offset, c.len);
	ck_assert_mem_ne(c.before, c.after, c.len);
	ck_assert(model->any_bytes || code_decodes(c.after, c.len));
	return code_format(c.after, c.len, c.address);
}

static void becomes(const struct code_model *model, const char *text)
{
	char *is = result(model);

	ck_assert_str_eq(is, text);
	free(is);
}

/* In many tries, every result is one of the expected, and each comes. */
static void becomes_one_of(const struct code_model *model, const char *const *texts)
{
	unsigned int seen[16] = { 0 }, i, try;

	for (try = 0; try < 500; try++) {
		char *is = result(model);

		for (i = 0; texts[i] && !streq(texts[i], is); i++)
			;
		ck_assert_msg(texts[i] != NULL, "unexpected: %s", is);
		seen[i]++;
		free(is);
	}
	for (i = 0; texts[i]; i++)
		ck_assert_msg(seen[i] > 0, "never: %s", texts[i]);
}

static void nothing_fits(const struct code_model *model)
{
	struct code_choice c;

	ck_assert_int_eq(code_choose(&c, &module, model, NULL, NULL, &rng), -EOPNOTSUPP);
}

static void setup(void)
{
	rng_seed(&rng, 7);
}

START_TEST(an_instruction_is_dropped)
{
	CODE("\x0f\x1f\x44\x00\x00" /* nop */
	     "\x48\x89\xd8" /* mov rax, rbx */
	     "\xcc");
	becomes(&nop_model, "nop; nop; nop");
}
END_TEST

START_TEST(a_bit_is_flipped)
{
	struct code_choice c;
	unsigned int bits = 0;
	size_t i;

	CODE("\x48\x89\xd8");
	ck_assert_int_eq(code_choose(&c, &module, &bit_flip_model, NULL, NULL, &rng), 0);
	for (i = 0; i < c.len; i++)
		bits += (unsigned int)__builtin_popcount(c.before[i] ^ c.after[i]);
	ck_assert_uint_eq(bits, 1);
}
END_TEST

START_TEST(registers_are_changed)
{
	CODE("\x48\x89\xd8"); /* mov rax, rbx */
	becomes_one_of(&wrong_source_model,
		       (const char *const[]){ "mov rax, rax", "mov rax, rcx", "mov rax, rdx",
					      "mov rax, rbp", "mov rax, rsi", "mov rax, rdi",
					      NULL });
	becomes_one_of(&wrong_destination_model,
		       (const char *const[]){ "mov rcx, rbx", "mov rdx, rbx", "mov rbx, rbx",
					      "mov rbp, rbx", "mov rsi, rbx", "mov rdi, rbx",
					      NULL });
	CODE("\xb9\x05\x00\x00\x00"); /* mov ecx, 5 */
	nothing_fits(&wrong_source_model);
	becomes_one_of(&wrong_destination_model,
		       (const char *const[]){ "mov eax, 0x05", "mov edx, 0x05", "mov ebx, 0x05",
					      "mov ebp, 0x05", "mov esi, 0x05", "mov edi, 0x05",
					      NULL });
	CODE("\x48\x83\xc0\x01"); /* add rax, 1 */
	nothing_fits(&wrong_source_model);
}
END_TEST

START_TEST(an_extended_register_keeps_its_half)
{
	CODE("\x41\x54"); /* push r12 */
	nothing_fits(&wrong_destination_model);
	becomes_one_of(&wrong_source_model,
		       (const char *const[]){ "push r8", "push r9", "push r10", "push r11",
					      "push r13", "push r14", "push r15", NULL });
}
END_TEST

START_TEST(addresses_are_changed)
{
	CODE("\x48\x8b\x47\x20"); /* mov rax, [rdi+0x20] */
	becomes_one_of(&wrong_address_model,
		       (const char *const[]){
			       "mov rax, [rdi+0x21]", "mov rax, [rdi+0x22]", "mov rax, [rdi+0x24]",
			       "mov rax, [rdi+0x28]", "mov rax, [rdi+0x30]", "mov rax, [rdi+0x40]",
			       "mov rax, [rdi+0x60]", "mov rax, [rdi+0x1F]", "mov rax, [rdi+0x1E]",
			       "mov rax, [rdi+0x1C]", "mov rax, [rdi+0x18]", "mov rax, [rdi+0x10]",
			       "mov rax, [rdi]", "mov rax, [rdi-0x20]", NULL });
	CODE("\x48\x8b\x07"); /* mov rax, [rdi] */
	becomes_one_of(&wrong_address_model,
		       (const char *const[]){ "mov rax, [rax]", "mov rax, [rcx]", "mov rax, [rdx]",
					      "mov rax, [rbx]", "mov rax, [rsi]", NULL });
	CODE("\x48\x8d\x47\x20"); /* lea rax, [rdi+0x20]: no memory */
	nothing_fits(&wrong_address_model);
	CODE("\x48\x8b\x05\x10\x00\x00\x00"); /* mov rax, [rip+0x10] */
	ck_assert(fits(&wrong_address_model, 0));
	set_symbol("variable", 3);
	nothing_fits(&wrong_address_model);
}
END_TEST

START_TEST(branches_are_inverted_and_dropped)
{
	CODE("\x74\x02\x90\x90"); /* jz */
	becomes(&inverted_branch_model, "jnz 0xFFFFFFFFC0000004");
	becomes(&removed_branch_model, "nop; nop");
	CODE("\x0f\x8c\x10\x00\x00\x00"); /* jl, near */
	becomes(&inverted_branch_model, "jnl 0xFFFFFFFFC0000016");
	CODE("\xeb\x02"
	     "\xe3\x02"
	     "\xe2\xfe"); /* jmp, jrcxz, loop */
	nothing_fits(&inverted_branch_model);
	nothing_fits(&removed_branch_model);
}
END_TEST

START_TEST(loops_run_once_more_or_less)
{
	CODE("\x90\x7c\xfd"); /* jl, back */
	becomes(&loop_off_by_one_model, "jle 0xFFFFFFFFC0000000");
	CODE("\x90\x77\xfd"); /* ja, back */
	becomes(&loop_off_by_one_model, "jnb 0xFFFFFFFFC0000000");
	CODE("\x83\xf8\x08\x75\xfb"); /* cmp eax, 8; jne, back */
	becomes_one_of(&loop_off_by_one_model,
		       (const char *const[]){ "cmp eax, 0x07", "cmp eax, 0x09", NULL });
	CODE("\x7c\x02\x90\x90"); /* jl, forth */
	nothing_fits(&loop_off_by_one_model);
	CODE("\x83\xf8\x08\x75\x02\x90\x90"); /* cmp eax, 8; jne, forth */
	nothing_fits(&loop_off_by_one_model);
	CODE("\x83\xf8\x08"); /* cmp eax, 8: the end */
	nothing_fits(&loop_off_by_one_model);
}
END_TEST

START_TEST(an_argument_is_not_set)
{
	CODE("\x48\x89\xdf" /* mov rdi, rbx */
	     "\x48\x89\xc3" /* mov rbx, rax: no argument */
	     "\xe8\x00\x00\x00\x00"); /* call */
	becomes(&removed_argument_model, "nop; nop; nop");
	ck_assert(!fits(&removed_argument_model, 1));
	CODE("\x48\x89\xdf" /* mov rdi, rbx */
	     "\x48\x8b\x37" /* mov rsi, [rdi]: both, but the first is used here */
	     "\xe8\x00\x00\x00\x00");
	ck_assert(!fits(&removed_argument_model, 0));
	ck_assert(fits(&removed_argument_model, 1));
	CODE("\x31\xf6" /* xor esi, esi */
	     "\x74\x00" /* jz */
	     "\xe8\x00\x00\x00\x00");
	nothing_fits(&removed_argument_model);
	CODE("\x48\x89\xdf\xc3"); /* mov rdi, rbx; ret */
	nothing_fits(&removed_argument_model);
}
END_TEST

START_TEST(a_lock_is_not_taken)
{
	CODE("\xe8\x00\x00\x00\x00");
	nothing_fits(&removed_lock_model);
	set_symbol("kfree", 1);
	nothing_fits(&removed_lock_model);
	set_symbol("mutex_lock", 1);
	becomes(&removed_lock_model, "nop [rax+rax*1], eax");
	set_symbol("_raw_spin_lock_irqsave", 1);
	becomes(&removed_lock_model, "pushfq; pop rax; nop [rax], eax");
	set_symbol("mutex_trylock", 1);
	becomes(&removed_lock_model, "mov eax, 0x01");
	set_symbol("mutex_lock_interruptible", 1);
	becomes(&removed_lock_model, "xor eax, eax; nop [rax], eax");
}
END_TEST

START_TEST(a_constant_is_changed)
{
	CODE("\x83\xf8\x40"); /* cmp eax, 0x40 */
	becomes_one_of(&changed_constant_model,
		       (const char *const[]){ "cmp eax, 0x41", "cmp eax, 0x3F", "cmp eax, 0x42",
					      "cmp eax, 0x44", "cmp eax, 0x48", "cmp eax, 0x50",
					      "cmp eax, 0x60", "cmp eax, 0x00",
					      "cmp eax, 0xFFFFFFC0", NULL });
}
END_TEST

START_TEST(no_constants_are_addresses)
{
	CODE("\x74\x02\x90\x90"); /* jz */
	nothing_fits(&changed_constant_model);
	CODE("\x48\xc7\xc7\x00\x00\x00\x00"); /* mov rdi, offset */
	ck_assert(fits(&changed_constant_model, 0));
	set_symbol("", 3);
	nothing_fits(&changed_constant_model);
}
END_TEST

START_TEST(only_what_runs_is_chosen)
{
	struct code_coverage *ran = code_coverage_new("m");
	struct code_choice c;
	unsigned int i;

	CODE("\x48\x89\xd8\x48\x89\xd9\x48\x89\xda"); /* three of 3 bytes */
	ck_assert_int_eq(code_choose(&c, &module, &nop_model, "g", NULL, &rng), -EOPNOTSUPP);
	code_coverage_add(ran, "f", 3, 3);
	code_coverage_make_known(ran);
	for (i = 0; i < 50; i++) {
		ck_assert_int_eq(code_choose(&c, &module, &nop_model, NULL, ran, &rng), 0);
		ck_assert_uint_eq(c.offset, 3);
		ck_assert_uint_eq(c.address, BASE + 3);
	}
	ran = code_coverage_new("m");
	code_coverage_make_known(ran);
	ck_assert_int_eq(code_choose(&c, &module, &nop_model, NULL, ran, &rng), -EOPNOTSUPP);
}
END_TEST

START_TEST(the_same_seed_chooses_the_same)
{
	struct code_choice a, b;
	unsigned int i;

	CODE("\x48\x89\xd8\x83\xf8\x40\x48\x89\xda\x74\x02\x90\x90");
	for (i = 0; i < 20; i++) {
		rng_seed(&rng, i);
		ck_assert_int_eq(code_choose(&a, &module, &bit_flip_model, NULL, NULL, &rng), 0);
		rng_seed(&rng, i);
		ck_assert_int_eq(code_choose(&b, &module, &bit_flip_model, NULL, NULL, &rng), 0);
		ck_assert_mem_eq(a.after, b.after, sizeof(a.after));
		ck_assert_uint_eq(a.offset, b.offset);
	}
}
END_TEST

START_TEST(coverage_goes_to_a_file_and_back)
{
	struct code_coverage *c = code_coverage_new("m");
	const struct code_coverage *back;
	char path[] = "/tmp/drivervm-test-XXXXXX";

	close(mkstemp(path));
	code_coverage_add(c, "f", 0, 5);
	code_coverage_add(c, "f.part.0", 16, 4);
	code_coverage_make_known(c);
	ck_assert_int_eq(code_coverage_store(c, path), 0);
	ck_assert_int_eq(code_coverage_load(&back, "n", path), 0);
	ck_assert_ptr_eq(code_coverage_known("n"), back);
	ck_assert_uint_eq(back->n_blocks, 2);
	ck_assert(code_coverage_has_insn(back, "f.part.0", 19));
	ck_assert(!code_coverage_has_insn(back, "f.part.0", 20));
	ck_assert(!code_coverage_has_insn(back, "f.part.0", 15));
	ck_assert(code_coverage_has(back, "f"));
	ck_assert(!code_coverage_has(back, "f.part"));
	ck_assert_int_eq(file_write(path, "f 1\n", 4), 0);
	ck_assert_int_eq(code_coverage_load(&back, "n", path), -EINVAL);
	unlink(path);
}
END_TEST

START_TEST(what_is_no_module_is_refused)
{
	struct code_module m = { 0 };
	char text[] = "no module, but long enough for what one begins with, and some more of that";
	size_t len;

	for (len = 1; len < sizeof(text); len++)
		ck_assert_int_eq(code_module_parse(&m, text, len), -EINVAL);
	memcpy(text, "\177ELF\2\1\1", 7);
	for (len = 1; len < sizeof(text); len++)
		ck_assert_int_eq(code_module_parse(&m, text, len), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("code-models");
	TCase *tc = tcase_create("code-models");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, an_instruction_is_dropped);
	tcase_add_test(tc, a_bit_is_flipped);
	tcase_add_test(tc, registers_are_changed);
	tcase_add_test(tc, an_extended_register_keeps_its_half);
	tcase_add_test(tc, addresses_are_changed);
	tcase_add_test(tc, branches_are_inverted_and_dropped);
	tcase_add_test(tc, loops_run_once_more_or_less);
	tcase_add_test(tc, an_argument_is_not_set);
	tcase_add_test(tc, a_lock_is_not_taken);
	tcase_add_test(tc, a_constant_is_changed);
	tcase_add_test(tc, no_constants_are_addresses);
	tcase_add_test(tc, only_what_runs_is_chosen);
	tcase_add_test(tc, the_same_seed_chooses_the_same);
	tcase_add_test(tc, coverage_goes_to_a_file_and_back);
	tcase_add_test(tc, what_is_no_module_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
