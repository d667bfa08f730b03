/*
 * ptrace for linux.uml on processors with AMX.
 *
 * A user-mode kernel sets the floating point registers of its processes with
 * PTRACE_SETREGSET(NT_X86_XSTATE), from a buffer of its own fixed size. The host takes
 * nothing but its whole state, which has 8 KiB more on a processor with AMX, and answers
 * EFAULT: then the guest's init is killed at its first instruction. This library, loaded
 * before libc, fills up what is missing with what the process has.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static long (*libc_ptrace)(int, pid_t, void *, void *);

__attribute__((constructor)) static void find(void)
{
	libc_ptrace = dlsym(RTLD_NEXT, "ptrace");
}

/* Not on the stack: that of a kernel in the guest is smaller. Its kernel has one thread. */
static char whole[64 << 10];

long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	va_start(args, request);
	pid_t pid = va_arg(args, pid_t);
	void *addr = va_arg(args, void *);
	void *data = va_arg(args, void *);
	va_end(args);
	if (request == PTRACE_SETREGSET && addr == (void *)NT_X86_XSTATE) {
		struct iovec *part = data, all = {whole, sizeof whole};
		if (libc_ptrace(PTRACE_GETREGSET, pid, addr, &all) == 0 && part->iov_len < all.iov_len) {
			memcpy(whole, part->iov_base, part->iov_len);
			return libc_ptrace(request, pid, addr, &all);
		}
	}
	return libc_ptrace(request, pid, addr, data);
}
