package healthcheck

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// lastErrno is beyond the errnos that the kernel gives to programs.
const lastErrno = 134

// Each errno of each call on the way to a connection means the same in every check: what is
// not in this table of what this host could not do has failed.
func TestEveryErrnoMeansTheSameInEveryCheck(t *testing.T) {
	local := map[string][]syscall.Errno{
		"connect": {
			syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, syscall.EAGAIN, syscall.ENOBUFS, syscall.ENOMEM,
			syscall.EMFILE, syscall.ENFILE, syscall.EBADF, syscall.EFAULT, syscall.ENOTSOCK,
		},
	}
	for errno := syscall.Errno(1); errno < lastErrno; errno++ {
		for _, call := range []string{"bind", "setsockopt", "getsockopt"} {
			local[call] = append(local[call], errno)
		}
		if errno != syscall.EAFNOSUPPORT {
			local["socket"] = append(local["socket"], errno)
		}
	}
	target := Target{Server: rs, Checker: config.Checker{ConnectTimeout: time.Second}}
	for call, list := range local {
		isLocal := map[syscall.Errno]bool{}
		for _, errno := range list {
			isLocal[errno] = true
		}
		for errno := syscall.Errno(1); errno < lastErrno; errno++ {
			plain := os.NewSyscallError(call, errno)
			fromLibrary := &net.OpError{Op: "dial", Net: "tcp", Err: plain}
			tcp, http := tcpFault(&target, plain), connectFault(target, fromLibrary)
			want := attempt.Failed
			if isLocal[errno] {
				want = attempt.Local
			}
			if tcp.Verdict != want || http.Verdict != want {
				t.Errorf("%s: %v: TCP_CHECK %d, HTTP_GET %d, want %d", call, errno, tcp.Verdict, http.Verdict, want)
			}
			if tcp.Reason != http.Reason || tcp.Reason.String() == "" || tcp.Reason.Errno != int(errno) {
				t.Errorf("%s: %v: reasons %+v and %+v", call, errno, tcp.Reason, http.Reason)
			}
			if len(tcp.Notes) != len(http.Notes) || (len(tcp.Notes) == 1) != (want == attempt.Local) {
				t.Errorf("%s: %v: notes %q and %q", call, errno, tcp.Notes, http.Notes)
			}
		}
	}
	missing := &deviceError{"eth9", syscall.ENODEV}
	if r := tcpFault(&target, missing); r.Verdict != attempt.Local ||
		r.Reason.String() != "bind to device eth9: no such device" {
		t.Errorf("without the interface: %+v", r)
	}
}

func TestReasonsOfErrnos(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{
		syscall.ECONNREFUSED:  "connection refused",
		syscall.EHOSTUNREACH:  "no route to host",
		syscall.ENETUNREACH:   "network is unreachable",
		syscall.EACCES:        "permission denied: prohibit route or firewall",
		syscall.EPERM:         "operation not permitted: prohibit route or firewall",
		syscall.EINVAL:        "invalid argument: blackhole route",
		syscall.ENETDOWN:      "network is down",
		syscall.EHOSTDOWN:     "host is down",
		syscall.ENONET:        "machine is not on the network",
		syscall.ETIMEDOUT:     "no answer",
		syscall.ECONNRESET:    "connection reset",
		syscall.EPROTO:        "protocol error",
		syscall.EMFILE:        "connect: too many open files",
		syscall.EADDRNOTAVAIL: "connect: cannot assign requested address",
	} {
		why, _ := unconnected(os.NewSyscallError("connect", errno), time.Second)
		if got := why.String(); got != want {
			t.Errorf("%d: %q, want %q", errno, got, want)
		}
	}
}

// Reading and writing that fails has a reason with the phase it failed in.
func TestReasonsOfBrokenConnections(t *testing.T) {
	for want, err := range map[string]error{
		"connection reset in the TLS handshake":                  &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
		"no answer to the TLS handshake within 1 s":              os.ErrDeadlineExceeded,
		"connection closed in the TLS handshake":                 fmt.Errorf("read: %w", io.EOF),
		"TLS handshake failed: no common version":                fmt.Errorf("no common version"),
		"connection lost in the TLS handshake: no route to host": os.NewSyscallError("read", syscall.EHOSTUNREACH),
	} {
		if got := broken(err, reason.Negotiating, time.Second).String(); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
