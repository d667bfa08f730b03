//go:build ipvs

package engine

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/statefile"
)

// serviceAt is one service at an address, with one real server that is not checked soon.
func serviceAt(addr string) *config.Config {
	c := local(1)
	c.VirtualServers[0].Addr = netip.MustParseAddr(addr)
	c.VirtualServers[0].RealServers[0].Checkers[0].Warmup = time.Hour
	return c
}

// Two daemons beside each other with one path leave each other's services alone; what one of them
// leaves when it is killed stays until it comes back, whatever the other one does.
func TestKernelTwoDaemons(t *testing.T) {
	scene(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "same")
	table := func(addrs ...string) string {
		var b strings.Builder
		for _, a := range addrs {
			b.WriteString("-A -t " + a + ":8080 -s rr\n-a -t " + a + ":8080 -r 127.0.0.2:8080 -m -w 1\n")
		}
		return b.String()
	}
	b := launch(t, serviceAt("127.1.0.2"), Options{State: statefile.New(path, living(t))})
	// A's first life says that it is dead already: it is to be killed.
	a := launch(t, serviceAt("127.1.0.1"), Options{State: statefile.New(path, killed(t, 1)), KeepIPVS: true})
	eventually(t, 0, table("127.1.0.1", "127.1.0.2"))
	a.end() // -I leaves what a kill would
	more := serviceAt("127.1.0.2")
	more.VirtualServers = append(more.VirtualServers, serviceAt("127.1.0.3").VirtualServers[0])
	b.load(more)
	a = launch(t, serviceAt("127.1.0.9"), Options{State: statefile.New(path, thisProcess(t))})
	eventually(t, 0, table("127.1.0.2", "127.1.0.3", "127.1.0.9"))
	b.load(serviceAt("127.1.0.2"))
	eventually(t, 0, table("127.1.0.2", "127.1.0.9"))
	b.end()
	eventually(t, 0, table("127.1.0.9"))
	a.end()
	eventually(t, 0, "")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files %v %v", left, err)
	}
}
