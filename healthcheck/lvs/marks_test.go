package lvs

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/config"
)

// Of whatever two claim the first has it, nothing is lost, and no two ranges meet: the kernel would refuse all of them.
func TestEveryAddressHasItsFirstMark(t *testing.T) {
	at := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}) }
	rapid.Check(t, func(t *rapid.T) {
		var claims []claim
		owners := []*virtual{{}, {}, {}}
		for range rapid.IntRange(0, 12).Draw(t, "claims") {
			first := rapid.IntRange(0, 40).Draw(t, "first")
			of := rapid.IntRange(0, 2).Draw(t, "of")
			claims = append(claims, claim{at(first), at(first + rapid.IntRange(0, 9).Draw(t, "more")), uint32(of), owners[of]})
		}
		want, late := map[netip.Addr]*virtual{}, map[*virtual]bool{}
		for _, c := range claims {
			for a := c.first; !c.last.Less(a); a = a.Next() {
				switch owner := want[a]; owner {
				case nil:
					want[a] = c.of
				case c.of:
				default:
					late[c.of] = true
				}
			}
		}
		have, lost := map[netip.Addr]*virtual{}, map[*virtual]bool{}
		for _, c := range disjoint(claims, lost) {
			for a := c.first; !c.last.Less(a); a = a.Next() {
				if have[a] != nil {
					t.Fatalf("%v is twice there", a)
				}
				have[a] = c.of
			}
		}
		for n := range 60 {
			if a := at(n); have[a] != want[a] {
				t.Fatalf("%v has another owner than the first", a)
			}
		}
		for _, v := range owners {
			if late[v] != lost[v] {
				t.Fatalf("who has lost something: %v, want %v", lost, late)
			}
		}
	})
}

// Whatever comes and goes, a group that stays has its mark, and no two have one.
func TestMarksStay(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	rapid.Check(t, func(t *rapid.T) {
		c, before := New(1), map[MarkedGroup]uint32{}
		for range rapid.IntRange(1, 8).Draw(t, "reloads") {
			s := Setup{Marks: MarkPlan{On: true, First: 1000}}
			for n, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "groups") {
				a := netip.AddrFrom4([4]byte{10, 0, 0, name[0]})
				s.Groups = append(s.Groups, config.ServerGroup{Name: name, Entries: []config.GroupEntry{
					{First: a, Last: a, Port: 80, Family: config.IPv4}}})
				s.VirtualServers = append(s.VirtualServers, config.VirtualServer{Group: name, Protocol: config.TCP,
					Scheduler: "rr", RealServers: []config.RealServer{{Addr: a, Weight: 1}}})
				if rapid.IntRange(0, 5).Draw(t, "a mark of its own") == 0 {
					s.VirtualServers = append(s.VirtualServers, config.VirtualServer{FWMark: uint32(1000 + n), Scheduler: "rr",
						RealServers: []config.RealServer{{Addr: a, Weight: 1}}})
				}
			}
			c.Configure(time.Time{}, s)
			used := c.writtenMarks()
			for g, mark := range c.Marks() {
				if old := before[g]; old != 0 && old != mark && !c.writtenMarks()[old] {
					t.Fatalf("%v had %d and has %d", g, old, mark)
				}
				if used[mark] || mark < 1000 {
					t.Fatalf("%v has %d, which it cannot have", g, mark)
				}
				used[mark] = true
			}
			if len(c.Mapped()) != len(s.Groups) {
				t.Fatalf("%v for %d groups", c.Mapped(), len(s.Groups))
			}
			before = c.Marks()
		}
	})
}

// Marks of services that are not ours are left to those.
func TestMarksOfOthersAreLeft(t *testing.T) {
	s := grouped(2, 1)
	s.Marks = MarkPlan{On: true, First: 1000, Taken: map[uint32]bool{1000: true, 1001: true},
		Left: map[MarkedGroup]uint32{{Group: "G", Protocol: config.TCP}: 1001}}
	c := New(1)
	c.Configure(time.Time{}, s)
	if got := c.Marks()[MarkedGroup{"G", config.TCP}]; got != 1002 {
		t.Errorf("the mark is %d", got)
	}
}

// A thousand addresses are one service.
func TestAMarkedGroupIsOneService(t *testing.T) {
	s := grouped(1000, 1)
	s.Marks = MarkPlan{On: true, First: 1000}
	c := New(1)
	if got := len(c.Configure(time.Time{}, s).Tables); got != 1 || len(c.Mapped()) != 1000 {
		t.Errorf("%d services, %d ranges", got, len(c.Mapped()))
	}
}
