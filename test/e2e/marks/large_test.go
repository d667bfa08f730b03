//go:build e2e && nftables

package marks

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// TestReloadOfALargeGroup tells how long a start takes with a group of 1,000 addresses, a reload that adds one, and one
// that removes half of them, of keepalived and of the program: the quickest of some, which is what neither the machine
// nor the garbage of a start has a part in.
func TestReloadOfALargeGroup(t *testing.T) {
	within(t, withModule(), func(t testing.TB) { // alone
		began := [2][]time.Duration{}
		one := [2][]time.Duration{}
		half := [2]time.Duration{}
		for range 2 {
			for n, program := range []string{"keepalived", lab.Program()} {
				s := newSite(t, program)
				w := s.watchMap()
				began[n] = append(began[n], w.time(1000, func() {
					s.must(s.daemon.Configure(large(1000)))
					s.must(s.daemon.Start())
				}))
				_, err := s.daemon.WaitLog(0, "Startup complete", soon)
				s.must(err)
				reload := func(addresses int) time.Duration {
					s.must(s.daemon.Configure(large(addresses)))
					mark := len(s.daemon.Proc.Log())
					took := w.time(addresses, func() { s.must(s.daemon.Reload()) })
					_, err := s.daemon.WaitLog(mark, "Reload complete", soon)
					s.must(err)
					return took
				}
				for addresses := 1001; addresses <= 1005; addresses++ {
					one[n] = append(one[n], reload(addresses))
				}
				if half[n] == 0 {
					half[n] = reload(500)
				}
				s.stop()
			}
		}
		for n, program := range []string{"keepalived", "holdfast"} {
			t.Logf("figure: %s: start with 1,000 addresses %v, reload with one more %v, to 500 %v", program, slices.Min(began[n]),
				slices.Min(one[n]), half[n])
		}
	})
}

// large is a group of that many addresses, no two of which are neighbours.
func large(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("10.8.%d.%d 80", i/100, 1+2*(i%100)))
	}
	return marked + group("large", "DR", "80", "192.168.1.", all...)
}

// A mapWatch looks at the map of TCP of a director. That costs next to nothing while nothing changes: nft would take a
// second for each look, and the daemon that is timed would wait for it.
type mapWatch struct {
	*site
	conn   *nftables.Conn
	socket *netlink.Conn // below it
}

func (s *site) watchMap() mapWatch {
	s.Helper()
	w := mapWatch{site: s}
	s.must(s.director.Do(func() (err error) {
		w.conn, err = nftables.New(nftables.AsLasting(), nftables.WithSockOptions(func(c *netlink.Conn) error {
			w.socket = c
			return nil
		}))
		return err
	}))
	s.Cleanup(func() { _ = w.conn.CloseLasting() })
	return w
}

// time is how long it takes from what is done until the map has that many addresses.
func (w mapWatch) time(addresses int, do func()) time.Duration {
	w.Helper()
	seen := w.generation()
	began := time.Now()
	do()
	var took time.Duration
	w.must(lab.Eventually(soon, fmt.Sprint(addresses, " addresses"), func() (bool, string) {
		now := w.generation()
		if now == seen {
			return false, "nothing has changed"
		}
		seen, took = now, time.Since(began)
		table := &nftables.Table{Name: "keepalived_ipvs", Family: nftables.TableFamilyIPv4}
		// Until the table is there the kernel has none.
		elements, err := w.conn.GetSetElements(&nftables.Set{Table: table, Name: "tcp_map"})
		return err == nil && len(elements) == addresses, fmt.Sprint(len(elements), err)
	}))
	return took
}

// generation is another number after each change of the ruleset.
func (w mapWatch) generation() string {
	w.Helper()
	answer, err := w.socket.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETGEN, Flags: netlink.Request},
		Data:   []byte{unix.AF_UNSPEC, unix.NFNETLINK_V0, 0, 0}, // struct nfgenmsg
	})
	w.must(err)
	return string(answer[0].Data)
}
