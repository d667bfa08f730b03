package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/firewall"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// A marked world is one whose kernel and marker write down what they are asked for, in one list.
type marked struct {
	*world
	did  []string
	busy bool // the marker does not come to an end by itself
	done chan error
	// refuse is what the marker answers.
	refuse error
	tell   func(firewall.Report)
	// lacks says why the kernel cannot mark; tried is how often it was asked.
	lacks error
	tried int
	asked chan error // for the answer, if it is not to come at once
}

type markedKernel struct {
	*fake.Kernel
	m *marked
}

func (k markedKernel) Apply(cmds []ipvs.Command) []error {
	for _, c := range cmds {
		if changesServices(c) {
			k.m.did = append(k.m.did, c.String())
		}
	}
	return k.Kernel.Apply(cmds)
}

func (m *marked) Set(w firewall.Wanted) <-chan error {
	marks := w.(firewall.Marks)
	var list []string
	for _, one := range marks.Of {
		list = append(list, fmt.Sprintf("%v:%d %d", one.First, one.Port, one.Mark))
	}
	m.did = append(m.did, strings.TrimSpace(marks.Table+" "+strings.Join(list, ", ")))
	m.done = make(chan error, 1)
	if !m.busy {
		m.answer(m.refuse)
	}
	return m.done
}

func (m *marked) answer(err error) {
	m.done <- err
	close(m.done)
}

func (m *marked) Close(time.Duration) { m.did = append(m.did, "unmarked") }
func (m *marked) Leave()              { m.did = append(m.did, "left") }

func beginMarked(t *testing.T, k *fake.Kernel, change func(*Options)) *marked {
	m := &marked{}
	m.world = begin(t, k, func(o *Options) {
		o.OpenIPVS = func() (Kernel, error) { return markedKernel{k, m}, nil }
		o.OpenMarks = func(stray []string, tell func(firewall.Report)) Marker {
			m.did, m.tell = append(m.did, "opened "+strings.Join(stray, " ")), tell
			return m
		}
		o.TryMarks = func(firewall.Marks) <-chan error {
			m.tried++
			if m.asked != nil {
				return m.asked
			}
			answer := make(chan error, 1)
			answer <- m.lacks
			return answer
		}
		if change != nil {
			change(o)
		}
	})
	return m
}

// groups is a configuration of a virtual server for each group, whose address it is; with marks from first on, if that
// is not 0.
func groups(first uint32, names ...string) *config.Config {
	c := &config.Config{}
	if first != 0 {
		c.Global.NFTables = config.NFTables{IPVSTable: config.DefaultIPVSTable, IPVSMark: first}
	}
	for _, name := range names {
		a := netip.AddrFrom4([4]byte{10, 0, 0, name[0]})
		c.ServerGroups = append(c.ServerGroups, config.ServerGroup{Name: name,
			Entries: []config.GroupEntry{{First: a, Last: a, Port: 80, Family: config.IPv4}}})
		c.VirtualServers = append(c.VirtualServers, config.VirtualServer{Group: name, Protocol: config.TCP, Scheduler: "rr",
			Quorum: 1, RealServers: []config.RealServer{{Addr: netip.MustParseAddr("10.1.0.1"), Port: 80, Weight: 1}}})
	}
	return c
}

func (m *marked) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	if !slices.Equal(m.did, want) {
		t.Errorf("%s: did\n%s\nwant\n%s", what, strings.Join(m.did, "\n"), strings.Join(want, "\n"))
	}
	m.did = nil
}

// A packet has a service at every moment: what it gets comes before its mark, and what it had goes after.
func TestMarksBetweenServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, fake.New(), nil)
		m.load(groups(0, "A"))
		m.expect(t, "without marks", "-A -t 10.0.0.65:80 -s rr")
		m.load(groups(1000, "A"))
		m.expect(t, "to marks", "-A -f 1000 -s rr", "opened keepalived_ipvs", "keepalived_ipvs 10.0.0.65:80 1000",
			"-D -t 10.0.0.65:80")
		m.load(groups(1000, "B", "A"))
		m.expect(t, "one more", "-A -f 1001 -s rr", "keepalived_ipvs 10.0.0.65:80 1000, 10.0.0.66:80 1001")
		m.load(groups(1000, "B", "A"))
		m.expect(t, "the same")
		m.load(groups(1001, "B", "A"))
		m.expect(t, "from another mark on", "-A -f 1002 -s rr",
			"keepalived_ipvs 10.0.0.65:80 1002, 10.0.0.66:80 1001", "-D -f 1000")
		other := groups(1001, "A")
		other.Global.NFTables.IPVSTable = "other"
		m.load(other)
		m.expect(t, "another table", "other 10.0.0.65:80 1002", "-D -f 1001")
		m.load(groups(0, "A"))
		m.expect(t, "from marks", "-A -t 10.0.0.65:80 -s rr", "", "-D -f 1002")
		m.load(groups(1000, "A"))
		m.did = nil
		m.end()
		m.expect(t, "stop", "-D -f 1003", "unmarked")
	})
}

// A daemon with a name has a table with it, unless that is called otherwise.
func TestTheTableOfAnInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, fake.New(), nil)
		c := groups(1000, "A")
		c.Global.Place.Instance = "one"
		m.load(c)
		m.expect(t, "start", "-A -f 1000 -s rr", "opened keepalived_ipvs_one", "keepalived_ipvs_one 10.0.0.65:80 1000")
		m.end()
	})
}

// A life that was killed has left its marks and the names of its tables.
func TestMarksOverACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	kernel := fake.New()
	foreign := ipvs.ServiceID{Family: ipvs.IPv4, FWMark: 1000}
	kernel.Apply([]ipvs.Command{{Op: ipvs.AddService, Service: foreign, Settings: ipvs.ServiceSettings{Scheduler: "rr"}}})
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, kernel, func(o *Options) { o.State = remembered(t, path) })
		m.load(groups(1000, "A", "B"))
		m.expect(t, "beside a mark of somebody else", "-A -f 1001 -s rr", "-A -f 1002 -s rr", "opened keepalived_ipvs",
			"keepalived_ipvs 10.0.0.65:80 1001, 10.0.0.66:80 1002")
		m.end()
	})
	// It stops orderly; what a killed one leaves is written by hand.
	f := remembered(t, path)
	l := left{services: map[ipvs.ServiceID]bool{{Family: ipvs.IPv4, FWMark: 1007}: true}, tables: map[string]bool{"old": true},
		marks: map[lvs.MarkedGroup]uint32{{Group: "B", Protocol: config.TCP}: 1007}}
	if err := f.Save(l.lines()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, kernel, func(o *Options) { o.State = remembered(t, path) })
		m.load(groups(1000, "A", "B"))
		m.expect(t, "the life after", "-A -f 1007 -s rr", "-A -f 1008 -s rr", "opened old keepalived_ipvs",
			"keepalived_ipvs 10.0.0.65:80 1008, 10.0.0.66:80 1007")
		m.end()
	})
	if err := f.Save(left{tables: map[string]bool{"old": true}}.lines()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, kernel, func(o *Options) { o.State = remembered(t, path) })
		m.load(groups(0, "A"))
		m.expect(t, "the life after that, without marks", "-A -t 10.0.0.65:80 -s rr", "opened old", "")
		m.end()
	})
}

// With -I everything stays, and the life after goes on with it.
func TestMarksThatAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	kernel := fake.New()
	for _, want := range []string{"-A -f 1000 -s rr, opened keepalived_ipvs, keepalived_ipvs 10.0.0.66:80 1000, left",
		"-A -f 1001 -s rr, opened keepalived_ipvs, keepalived_ipvs 10.0.0.65:80 1001, 10.0.0.66:80 1000, left"} {
		synctest.Test(t, func(t *testing.T) {
			m := beginMarked(t, kernel, func(o *Options) { o.State, o.KeepIPVS = remembered(t, path), true })
			names := []string{"B"}
			if strings.Contains(want, "1001") {
				names = []string{"A", "B"}
			}
			m.load(groups(1000, names...))
			m.end()
			if got := strings.Join(m.did, ", "); got != want {
				t.Errorf("did %s, want %s", got, want)
			}
		})
	}
}

// A kernel that is busy with the rules of somebody else holds a reload up for a second; what was there serves until
// packets are marked. What the marker says is told.
func TestABusyMarker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, fake.New(), nil)
		m.load(groups(0, "A", "B"))
		m.did, m.busy = nil, true
		began := time.Now()
		m.load(groups(1000, "A"))
		if took := time.Since(began); took != markPatience {
			t.Errorf("that took %v", took)
		}
		m.expect(t, "to marks", "-A -f 1000 -s rr", "opened keepalived_ipvs", "keepalived_ipvs 10.0.0.65:80 1000")
		after(time.Hour)
		m.expect(t, "an hour later")
		m.load(groups(1000, "A", "B"))
		m.expect(t, "meanwhile", "-A -f 1001 -s rr", "keepalived_ipvs 10.0.0.65:80 1000, 10.0.0.66:80 1001")
		m.answer(nil)
		after(0)
		m.expect(t, "when packets are marked", "-D -t 10.0.0.65:80", "-D -t 10.0.0.66:80")
		m.load(groups(0, "B"))
		m.expect(t, "back", "-A -t 10.0.0.66:80 -s rr", "")
		m.load(groups(1000, "B"))
		m.expect(t, "and forth", "-A -f 1002 -s rr", "keepalived_ipvs 10.0.0.66:80 1002")
		m.answer(nil)
		after(0)
		m.expect(t, "when all is well", "-D -t 10.0.0.66:80", "-D -f 1000", "-D -f 1001")
		m.end()
		m.expect(t, "stop", "-D -f 1002", "unmarked")
		if !strings.Contains(m.lines(), "nftables is busy: what was served before is until packets are marked\n") {
			t.Error(m.lines())
		}
	})
}

// Where packets cannot be marked clients are served as they were, until they can be.
func TestARefusedMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, fake.New(), nil)
		m.load(groups(0, "A"))
		m.did, m.refuse = nil, errors.New("no nftables")
		m.load(groups(1000, "A"))
		m.expect(t, "to marks", "-A -f 1000 -s rr", "opened keepalived_ipvs", "keepalived_ipvs 10.0.0.65:80 1000")
		m.tell(firewall.Report{Err: m.refuse})
		after(time.Hour)
		m.expect(t, "an hour later")
		m.tell(firewall.Report{})
		after(0)
		m.expect(t, "when it works", "-D -t 10.0.0.65:80")
		m.end()
	})
}

func TestWhatAMarkerSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, fake.New(), nil)
		m.load(groups(1000, "A"))
		m.tell(firewall.Report{Err: errors.New("no nftables")})
		after(time.Millisecond)
		if got := m.snapshot().Marks; got.Problem != "no nftables" || got.Table != config.DefaultIPVSTable || got.Ranges != 1 {
			t.Errorf("the dump has %+v", got)
		}
		m.tell(firewall.Report{})
		for n := range uint64(200) {
			m.tell(firewall.Report{Restored: n + 1})
			after(time.Millisecond)
		}
		if got := m.snapshot().Marks; got.Problem != "" || got.Restored != 200 {
			t.Errorf("the dump has %+v", got)
		}
		lines := m.lines()
		for _, want := range []string{"packets to virtual_server_groups are not marked (nftables_ipvs): no nftables\n",
			"packets to virtual_server_groups are marked now\n", "made it again (1 times so far)\n",
			"made it again (3 times so far); if that is another daemon, give each a table of its own"} {
			if !strings.Contains(lines, want) {
				t.Errorf("no %q in\n%s", want, lines)
			}
		}
		if n := strings.Count(lines, "made it again"); n != 5 { // three, the hundredth and the two hundredth
			t.Errorf("told %d times", n)
		}
		m.end()
	})
}

// Where packets cannot be marked each address is a service, as without the word, whatever a life before has left. That is said
// once, and a reload asks again.
func TestAKernelThatCannotMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	kernel := fake.New()
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, kernel, func(o *Options) { o.State, o.KeepIPVS = remembered(t, path), true })
		m.load(groups(1000, "B"))
		m.end()
	})
	synctest.Test(t, func(t *testing.T) {
		m := beginMarked(t, kernel, func(o *Options) { o.State = remembered(t, path) })
		m.lacks = fmt.Errorf("%w: operation not supported", firewall.ErrImpossible)
		m.load(groups(1000, "A", "B"))
		m.expect(t, "start", "-D -f 1000", "-A -t 10.0.0.65:80 -s rr", "-A -t 10.0.0.66:80 -s rr")
		m.load(groups(1000, "A"))
		m.expect(t, "reload", "-D -t 10.0.0.66:80")
		if got := m.snapshot().Marks; got.On || got.Ranges != 0 || got.Problem != m.lacks.Error() {
			t.Errorf("the dump has %+v", got)
		}
		const said = "nftables_ipvs: nftables cannot be used: operation not supported - each address of a virtual_server_group is a service\n"
		if lines := m.lines(); strings.Count(lines, said) != 1 || strings.Contains(lines, "not marked") {
			t.Error(lines)
		}
		m.lacks = nil
		m.load(groups(1000, "A"))
		m.expect(t, "a module came", "-A -f 1000 -s rr", "opened keepalived_ipvs", "keepalived_ipvs 10.0.0.65:80 1000",
			"-D -t 10.0.0.65:80")
		m.load(groups(1000, "A", "B"))
		if got := m.snapshot().Marks; !got.On || got.Problem != "" || m.tried != 3 {
			t.Errorf("tried %d times, the dump has %+v", m.tried, got)
		}
		m.end()
	})
}

// A kernel that has no answer at first may turn out to be one that cannot mark, or that can.
func TestALateAnswerOfTheKernel(t *testing.T) {
	for _, lacks := range []error{nil, fmt.Errorf("%w: operation not supported", firewall.ErrImpossible), errors.New("no memory")} {
		synctest.Test(t, func(t *testing.T) {
			m := beginMarked(t, fake.New(), nil)
			m.asked, m.busy = make(chan error, 1), true
			m.load(groups(1000, "A"))
			m.expect(t, "start", "-A -f 1000 -s rr", "opened keepalived_ipvs", "keepalived_ipvs 10.0.0.65:80 1000")
			m.asked <- lacks
			after(time.Minute)
			if !errors.Is(lacks, firewall.ErrImpossible) {
				m.expect(t, "answer")
				m.asked = nil
				m.load(groups(1000, "A"))
				m.end()
				if m.tried != 2 {
					t.Errorf("tried %d times", m.tried)
				}
				return
			}
			m.expect(t, "answer", "-A -t 10.0.0.65:80 -s rr", "left", "-D -f 1000")
			m.load(groups(1000, "A", "B"))
			m.expect(t, "reload", "-A -t 10.0.0.66:80 -s rr")
			m.end()
			m.expect(t, "stop", "-D -t 10.0.0.65:80", "-D -t 10.0.0.66:80")
			if lines := m.lines(); strings.Count(lines, "each address of a virtual_server_group is a service") != 1 {
				t.Error(lines)
			}
		})
	}
}
