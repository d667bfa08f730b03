package healthcheck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"holdfast/healthcheck/reason"
)

// meaning decides what an errno of a system call on the way to a connection, or to the answer of a datagram, says, for
// every check alike: something about the server and the way there, which counts as failed,
// or (NotTried) only that this host could not try, which counts as nothing.
//
// A server that cannot be reached from here gets no traffic from here either, whatever the
// reason: no route, a route that forbids, a firewall, an interface that is down. This host
// could not try when it lacks something that has nothing to do with the server: descriptors,
// memory, ports, or the address, interface or right that the check is configured to use.
func meaning(call string, errno syscall.Errno) reason.Code {
	// Calls that make the socket say nothing about the server.
	if call != "connect" && call != "send" && call != "receive" {
		if call == "socket" && errno == syscall.EAFNOSUPPORT {
			return reason.Unreachable // nothing of that family leaves this host
		}
		return reason.NotTried
	}
	switch errno {
	case syscall.EADDRNOTAVAIL, syscall.EADDRINUSE, // no port is left, or the fixed one is taken
		syscall.EAGAIN, syscall.ENOBUFS, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE,
		syscall.EBADF, syscall.EFAULT, syscall.ENOTSOCK: // a fault of this program
		return reason.NotTried
	case syscall.ECONNREFUSED:
		return reason.Refused
	case syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE:
		return reason.Reset
	case syscall.ETIMEDOUT:
		return reason.NoAnswer
	case syscall.EACCES, syscall.EPERM:
		// EACCES is what a prohibit route gives, EPERM a firewall here that lets nothing out.
		return reason.Prohibited
	case syscall.EINVAL:
		// A blackhole route.
		return reason.Blackhole
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN,
		syscall.ENONET, syscall.EAFNOSUPPORT:
		return reason.Unreachable
	}
	return reason.NotConnected
}

// failedCall is the system call that failed and its errno; "" for an error that is not of one.
func failedCall(err error) (call string, errno syscall.Errno) {
	var sys *os.SyscallError
	if errors.As(err, &sys) && errors.As(err, &errno) {
		return sys.Syscall, errno
	}
	return "", 0
}

// unconnected says why there is no connection; limit is the time there was. A note goes
// with what this host could not do, in keepalived's words.
func unconnected(err error, limit time.Duration) (why reason.Reason, note string) {
	var missing *deviceError
	if errors.As(err, &missing) {
		return notTried("bind to device "+missing.name, missing.err),
			"Checker can't bind to device " + missing.name + ": " + capital(missing.err)
	}
	if call, errno := failedCall(err); call != "" {
		why = reason.Reason{Code: meaning(call, errno), Errno: int(errno), Text: errno.Error()}
		switch {
		case why.Code != reason.NotTried:
			return why, ""
		case call == "connect":
			return notTried(call, errno), fmt.Sprintf("socket connect error %d - %s", int(errno), capital(errno))
		}
		return notTried(call, errno), "Checker " + call + " failed: " + capital(errno)
	}
	if timedOut(err) {
		return reason.Reason{Code: reason.NoAnswer, Limit: limit}, ""
	}
	return reason.Reason{Code: reason.NotConnected, Text: brief(err)}, ""
}

func notTried(call string, err error) reason.Reason {
	why := reason.Reason{Code: reason.NotTried, Text: call + ": " + brief(err)}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		why.Errno = int(errno)
	}
	return why
}

// broken says why reading or writing on a connection failed in a phase; limit is the time
// it had.
func broken(err error, phase reason.Phase, limit time.Duration) reason.Reason {
	if fault, is := h2Why(err); is {
		return fault
	}
	why := reason.Reason{Phase: phase}
	var bad *untrusted
	var errno syscall.Errno
	switch has := errors.As(err, &errno); {
	case errors.As(err, &bad):
		why.Code, why.Text = reason.Untrusted, strings.TrimPrefix(brief(bad), "x509: ")
	case timedOut(err):
		why.Code, why.Limit = reason.NoAnswer, limit
	case endOfStream(err):
		why.Code = reason.Closed
	case has && (errno == syscall.ECONNRESET || errno == syscall.EPIPE || errno == syscall.ECONNABORTED):
		why.Code = reason.Reset
	case has:
		why.Code, why.Errno, why.Text = reason.Lost, int(errno), errno.Error()
	case phase == reason.Negotiating:
		why.Code, why.Text = reason.Handshake, brief(err)
	default:
		why.Code, why.Text = reason.Lost, brief(err)
	}
	return why
}

// timedOut reports whether err is a deadline of ours or of the kernel.
func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, syscall.ETIMEDOUT)
}

// capital is an errno as the C library words it: with a capital.
func capital(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	s := errno.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

// brief is an error that a server may have a part in, cut to what fits a log line.
func brief(err error) string {
	const most = 120
	text := err.Error()
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	return text[:min(len(text), most)]
}
