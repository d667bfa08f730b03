//go:build e2e

package faults

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"holdfast/test/lab"
)

// What the first process has found and the second does not, an interface and a file with a key, ends no daemon: its addresses
// would stay on a host that says nothing any more. Instances without their interface are in FAULT, as they were before.
func TestACrashFindsLessThanTheStart(t *testing.T) {
	s := newSingle(t)
	key := filepath.Join(s.dir, "key")
	must(t, os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600))
	ip := func(words string) {
		out, err := s.Run("ip", strings.Fields(words)...)
		if err != nil {
			t.Fatal(err, out)
		}
	}
	ip("link add eth1 type veth peer name eth2")
	ip("addr add 198.51.100.1/24 dev eth1")
	ip("link set eth1 up")
	ip("link set eth2 up")
	s.start("vrrp_version 3", "", "auth_hmac {\nkey 1 file:"+key+"\nactive_key 1\n}\n}\nvrrp_instance W {\ninterface eth1\n"+
		"virtual_router_id 9\npriority 100\nvirtual_ipaddress {\n198.51.100.9/24\n}")
	s.logged("(V) Entering MASTER STATE")
	s.logged("(W) Entering MASTER STATE")
	ip("link del eth1")
	s.logged("(W) Entering FAULT STATE")
	must(t, os.Remove(key))

	for range 2 {
		mark := s.proc.LogSize()
		pid, err := s.RolePid("vrrp")
		must(t, err)
		must(t, syscall.Kill(pid, syscall.SIGKILL))
		for _, text := range []string{"died: Respawning", "(V) Entering MASTER STATE"} {
			_, err = s.WaitLog(mark, text, soon)
			must(t, err)
		}
		if log := s.proc.LogSince(mark); !strings.Contains(log, "interface eth1") || !strings.Contains(log, "(W) entering FAULT state") {
			t.Errorf("nothing is said of the instance without an interface:\n%s", log)
		}
		must(t, lab.Eventually(soon, "the address", func() (bool, string) { return s.hasAddress(), s.proc.Log() }))
	}
	// A reload without the key is refused, and leaves all as it is. One that only lacks the interface is not.
	mark := s.proc.LogSize()
	must(t, s.Reload())
	_, err := s.WaitLog(mark, "Reload refused, the old configuration stays in force: ", soon)
	must(t, err)
	must(t, os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600))
	must(t, s.Edit("virtual_router_id 9\npriority 100", "virtual_router_id 9\npriority 90"))
	mark = s.proc.LogSize()
	must(t, s.Reload())
	_, err = s.WaitLog(mark, "Reload complete: vrrp_instance W changed", soon)
	must(t, err)
	must(t, s.Edit("interface eth1", "interface eth3"))
	mark = s.proc.LogSize()
	must(t, s.Reload())
	_, err = s.WaitLog(mark, "Reload refused, the old configuration stays in force: ", soon)
	must(t, err)

	// When the interface is there again, so is its router.
	ip("link add eth1 type veth peer name eth2")
	ip("addr add 198.51.100.1/24 dev eth1")
	ip("link set eth2 up")
	mark = s.proc.LogSize()
	ip("link set eth1 up")
	_, err = s.WaitLog(mark, "(W) Entering MASTER STATE", soon)
	must(t, err)
	s.stop()
}
