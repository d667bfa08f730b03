//go:build e2e && nftables

package marks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/test/lab"
)

// A scene is a start and a reload, played with keepalived and with the program.
type scene struct {
	name          string
	before, after string   // configurations
	first, then   []string // what is reached with each: protocol and address
	gone          []string // what nobody serves after the reload
	// differs are words of docs/compatibility.md that say why tables, marks or priorities are others after the reload.
	differs string
}

// words are lines of global_defs.
func words(lines ...string) string {
	return "global_defs {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// all is a group that is served for each protocol.
func all(name, net string, entries ...string) string {
	text := grouped(name, entries...)
	for _, protocol := range []string{"TCP", "UDP", "SCTP"} {
		text += serving(name, protocol, "DR", "80", net)
	}
	return text
}

const goesOn = "2.2.7 goes on as it began"

func scenes() []scene {
	const four, six = "192.168.1.", "2001:db8::"
	priority := words("nftables_ipvs", "nftables_ipvs_priority 7", "nftables_ipvs_start_fwmark 5000")
	nat := group("nat", "NAT", "8080", four, "10.9.0.101-102 81")
	return []scene{
		{
			name:   "priority and first mark, an entry comes and one goes",
			before: priority + group("direct", "DR", "80", four, "192.168.1.101-102 80", "192.168.1.104 80") + nat,
			after:  priority + group("direct", "DR", "80", four, "192.168.1.101-102 80", "192.168.1.103 80") + nat,
			first:  []string{"tcp 192.168.1.102:80", "tcp 192.168.1.104:80", "tcp 10.9.0.102:81"},
			then:   []string{"tcp 192.168.1.102:80", "tcp 192.168.1.103:80", "tcp 10.9.0.102:81"},
			gone:   []string{"tcp 192.168.1.104:80"},
		},
		{
			name: "a table with a name; its priority and the first mark change",
			before: words("nftables_ipvs one", "nftables_counters") + group("direct", "DR", "80", six, "2001:db8::101-102 80") +
				nat,
			after: words("nftables_ipvs one", "nftables_counters", "nftables_ipvs_priority -5", "nftables_ipvs_start_fwmark 7000") +
				group("direct", "DR", "80", six, "2001:db8::101-102 80") + nat,
			first:   []string{"tcp [2001:db8::102]:80", "tcp 10.9.0.102:81"},
			then:    []string{"tcp [2001:db8::102]:80", "tcp 10.9.0.102:81"},
			differs: goesOn,
		},
		{
			name:   "each protocol in one group, of both families, and another first mark",
			before: words("nftables_ipvs") + all("four", four, "192.168.1.101-102 80") + all("six", six, "2001:db8::101 80"),
			after: words("nftables_ipvs", "nftables_ipvs_start_fwmark 2000") + all("four", four, "192.168.1.102-103 80") +
				all("six", six, "2001:db8::101-102 80"),
			first: []string{"tcp 192.168.1.101:80", "udp 192.168.1.101:80", "sctp 192.168.1.101:80", "tcp [2001:db8::101]:80",
				"udp [2001:db8::101]:80", "sctp [2001:db8::101]:80"},
			then: []string{"tcp 192.168.1.103:80", "udp 192.168.1.103:80", "sctp 192.168.1.103:80", "tcp [2001:db8::102]:80",
				"udp [2001:db8::102]:80", "sctp [2001:db8::102]:80"},
			gone:    []string{"tcp 192.168.1.101:80", "udp 192.168.1.101:80", "sctp 192.168.1.101:80"},
			differs: goesOn,
		},
	}
}

// TestBeside compares what nftables and IPVS have, of keepalived and of the program, and has a client go through.
func TestBeside(t *testing.T) {
	inside(t, func(t testing.TB) {
		for _, c := range scenes() {
			t.Log("figure:", c.name)
			started, reloaded := c.play(t, "keepalived", view{}, view{})
			c.play(t, lab.Program(), started, reloaded)
		}
	})
}

// play gives what is there after the start and after the reload, and compares it with that of keepalived, if there is one.
func (c scene) play(t testing.TB, program string, started, reloaded view) (start, reload view) {
	s := newSite(t, program)
	s.serveAll()
	s.start(c.before)
	s.reachedAll(c.first)
	start = s.alike(c.name+", start", started, true)
	s.reload(c.after)
	s.reachedAll(c.then)
	for _, at := range c.gone {
		s.unreached(at)
	}
	reload = s.alike(c.name+", reload", reloaded, c.differs == "")
	s.stop()
	return start, reload
}

// alike waits until what is there means the same as what keepalived had, and looks the same or does not.
func (s *site) alike(when string, want view, looks bool) view {
	s.Helper()
	v := s.view()
	if want.services == nil {
		return v
	}
	err := lab.Eventually(soon, when, func() (bool, string) {
		v = s.view()
		return slices.Equal(v.means(), want.means()) && slices.Equal(v.looks(), want.looks()) == looks,
			fmt.Sprintf("(-keepalived +ours)\n%s\n%s", cmp.Diff(want.means(), v.means()), cmp.Diff(want.looks(), v.looks()))
	})
	if err != nil {
		s.Errorf("%v\n%s", err, s.daemon.Logs())
	}
	return v
}
