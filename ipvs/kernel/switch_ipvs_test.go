//go:build ipvs

package kernel_test

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"testing"

	"holdfast/internal/netspace"
	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
)

// sysctl is the witness, in the test's namespace.
func sysctl(t *testing.T, s ipvs.Switch) string {
	t.Helper()
	out, err := exec.Command("sysctl", "-n", s.Sysctl()).CombinedOutput()
	if err != nil {
		t.Fatalf("sysctl: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestSwitches(t *testing.T) {
	h := openKernel(t)
	for _, s := range ipvs.Switches() {
		for _, value := range []int{0, 1, 0} {
			if err := h.SetSwitch(s, value); err != nil {
				t.Fatal(err)
			}
			got, err := h.Switch(s)
			if err != nil || got != value || sysctl(t, s) != []string{"0", "1"}[value] {
				t.Errorf("%s is %d (%v), sysctl says %s, want %d", s, got, err, sysctl(t, s), value)
			}
		}
	}
	if _, err := h.Switch("none"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "net.ipv4.vs.none") {
		t.Errorf("a switch that is none: %v", err)
	}
}

// A switch is that of the table's namespace, whoever asks from where.
func TestSwitchesOfAnotherNamespace(t *testing.T) {
	openKernel(t)
	space, err := netspace.Own()
	if err != nil {
		t.Fatal(err)
	}
	defer space.Close()
	h, err := kernel.OpenIn(space)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	done := make(chan error)
	go func() { done <- h.SetSwitch(ipvs.SloppyTCP, 1) }() // by a thread that is not there
	if err := <-done; err != nil || sysctl(t, ipvs.SloppyTCP) != "1" {
		t.Errorf("sloppy_tcp is %s (%v)", sysctl(t, ipvs.SloppyTCP), err)
	}
}
