//go:build ipvs

package kernel_test

import (
	"net/netip"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
)

// openKernel opens the IPVS of a network namespace of the test's own, so that
// neither another test nor the machine's table is touched. The goroutine keeps the
// thread, which ends with it.
func openKernel(t testing.TB) *kernel.Handle {
	t.Helper()
	enterNamespace(t)
	h, err := kernel.Open()
	if err != nil {
		t.Fatalf("these tests need a kernel with IPVS and root (run them with -exec test/uml/run): %v", err)
	}
	t.Cleanup(func() {
		ipvsadm(t, "-C") // a namespace may outlive its test: Go keeps the first thread
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func enterNamespace(t testing.TB) {
	t.Helper()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("making a network namespace: %v", err)
	}
	// Without lo there is no local routing table and IPVS refuses destinations.
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("ip link set lo up: %v: %s", err, out)
	}
}

// ipvsadm runs the witness in the test's namespace.
func ipvsadm(t testing.TB, args string) string {
	t.Helper()
	out, err := exec.Command("ipvsadm", strings.Fields(args)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ipvsadm %s: %v: %s", args, err, out)
	}
	return string(out)
}

func service(p ipvs.Protocol, at string) ipvs.ServiceID {
	ap := netip.MustParseAddrPort(at)
	return ipvs.ServiceID{Family: ipvs.FamilyOf(ap.Addr()), Protocol: p, Addr: ap.Addr(), Port: ap.Port()}
}

func mark(f ipvs.Family, n uint32) ipvs.ServiceID { return ipvs.ServiceID{Family: f, FWMark: n} }

func dest(at string) ipvs.DestID {
	ap := netip.MustParseAddrPort(at)
	return ipvs.DestID{Addr: ap.Addr(), Port: ap.Port()}
}

func mustRead(t testing.TB, h *kernel.Handle) ipvs.Table {
	t.Helper()
	table, err := h.Read()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func mustApply(t testing.TB, h *kernel.Handle, cmds []ipvs.Command) {
	t.Helper()
	for _, err := range h.Apply(cmds) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// alone is what becomes of a command that is a batch of its own.
func alone(h *kernel.Handle, c ipvs.Command) error {
	if errs := h.Apply([]ipvs.Command{c}); errs != nil {
		return errs[0]
	}
	return nil
}

func fill(t testing.TB, h *kernel.Handle, table ipvs.Table) {
	t.Helper()
	mustApply(t, h, ipvs.Diff(nil, table))
}
