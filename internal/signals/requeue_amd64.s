#include "textflag.h"

// void requeue(int signal, siginfo_t *, ucontext_t *context)
TEXT requeue<>(SB), NOSPLIT|NOFRAME, $0-0
	// siginfo->si_code is SI_TKILL: block it, and no more
	CMPL 8(SI), $-6
	JEQ  block

	// HUP, INT and TERM have a carrier
	CMPL DI, $2
	JLE  carry
	CMPL DI, $15
	JEQ  carry

block:
	// context->uc_sigmask |= 1 << (signal - 1)
	MOVL DI, CX
	DECL CX
	MOVL $1, AX
	SHLQ CX, AX
	ORQ  AX, 296(DX)
	CMPL 8(SI), $-6
	JEQ  done
	JMP  send

carry:
	ADDL $40, DI

send:
	// kill(getpid(), signal)
	MOVL $39, AX
	SYSCALL
	MOVL DI, SI
	MOVL AX, DI
	MOVL $62, AX
	SYSCALL

done:
	RET

DATA ·requeueAt(SB)/8, $requeue<>(SB)
GLOBL ·requeueAt(SB), NOPTR|RODATA, $8
