#include "textflag.h"

// void requeue(int signal, siginfo_t *, ucontext_t *context)
TEXT requeue<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVW R0, R9

	// siginfo->si_code is SI_TKILL: block it, and no more
	MOVW 8(R1), R10
	CMNW $6, R10
	BEQ  block

	// HUP, INT and TERM have a carrier
	CMPW $2, R9
	BLE  carry
	CMPW $15, R9
	BEQ  carry

block:
	// context->uc_sigmask |= 1 << (signal - 1)
	SUB  $1, R9, R3
	MOVD $1, R4
	LSL  R3, R4, R4
	MOVD 40(R2), R5
	ORR  R4, R5, R5
	MOVD R5, 40(R2)
	CMNW $6, R10
	BEQ  done
	JMP  send

carry:
	ADD $40, R9

send:
	// kill(getpid(), signal)
	MOVD $172, R8
	SVC
	MOVD R9, R1
	MOVD $129, R8
	SVC

done:
	RET

DATA ·requeueAt(SB)/8, $requeue<>(SB)
GLOBL ·requeueAt(SB), NOPTR|RODATA, $8
