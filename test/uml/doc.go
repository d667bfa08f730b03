// Command umlrun runs one program as root inside a user-mode Linux kernel that
// boots this machine's own file system, and carries its output and exit status
// over. It is how tests that need IPVS run on machines whose kernel has none.
//
//	umlrun PROGRAM [ARG]...
//	go test -exec "$PWD/test/uml/run" ./ipvs/kernel/...
//
// The same binary is three programs: the launcher on the host, the first
// process of the guest (init), and the guest's modprobe.
//
// Inside, / is an overlay: the host's files below, memory above, so nothing the
// program writes reaches the host, except below the module root of the working
// directory, the directory of PROGRAM, and the directories in UMLRUN_BIND.
// /run, /tmp, /var/tmp, /var/log and /dev/shm are empty. Every kernel module of
// the user-mode-linux package is loaded on demand. Standard input is empty.
//
// On a processor with AMX, whose registers linux.uml does not know, a C compiler makes a
// library that mends this (ptrace/ptrace.c).
//
// Environment:
//
//	UMLRUN_SYSTEMD  if set, the guest is booted by the host's systemd, and PROGRAM is
//	                a service of it; IPVS is not loaded beforehand
//	UMLRUN_TIMEOUT  time limit, a Go duration; default 10m. Exit status 124.
//	UMLRUN_MEM      memory of the guest; default 768M
//	UMLRUN_BIND     colon-separated directories that stay shared and writable
//	UMLRUN_MODULES  directory of kernel modules that take the place of those of the same
//	                names: what nftables beside makes
//	UMLRUN_LINUX    the user-mode kernel; default linux.uml from PATH
//	UMLRUN_LOG      file that receives the kernel's messages
//
// Exit status: the program's own; 128+N if signal N ended it; 124 when time ran
// out; 125 when the guest could not be started or died.
package main
