package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/internal/golden"
	"holdfast/ipvs"
	"holdfast/ipvs/fleet"
	"holdfast/ipvs/maglev"
)

// page has the tables.
const page = "../../docs/scale.md"

// seed plays them again.
const seed = 1

func count(c fleet.Count) string { return fmt.Sprintf("%+v ", c) }

// docs/scale.md has what the fleet says: "go test ./ipvs/fleet -update" writes it.
func TestTablesOfThePage(t *testing.T) {
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for name, table := range map[string]func(*testing.T) string{
		"directors": directors, "schedulers": schedulers, "servers": servers, "times": times,
	} {
		begin, end := "<!-- table: "+name+" -->\n", "<!-- end -->\n"
		before, rest, ok := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no place for the table %s", page, name)
		}
		text = before + begin + table(t) + end + after
	}
	golden.Equal(t, page, text)
}

func percent(of, all int) string {
	if of == 0 || all == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(of)/float64(all))
}

// row is a line of a table.
func row(cells ...any) string {
	var b strings.Builder
	for _, c := range cells {
		fmt.Fprintf(&b, "| %v ", c)
	}
	return b.String() + "|\n"
}

func head(cells ...any) string {
	return row(cells...) + strings.Repeat("| --- ", len(cells)) + "|\n"
}

// directors is how many flows come to another director, by what spreads them.
func directors(t *testing.T) string {
	text := head("directors", "what", "hash mod N", "hash threshold", "resilient", "resilient, idle only")
	for _, n := range []int{3, 8, 16, 64} {
		for _, what := range []string{"one fails", "it comes back"} {
			cells := []any{n, what}
			for _, spread := range spreads {
				f := made(t, fleet.Setup{Directors: n, Servers: 100, Flows: 20000, Spread: spread, Maglev: true, Sloppy: true, Seed: seed})
				c := f.FailDirector(n / 2)
				if what != "one fails" {
					c = f.JoinDirector(n/2, 0)
				}
				if c.Broken > 0 {
					t.Errorf("%v of %d, %s: %+v", spread, n, what, c)
				}
				cells = append(cells, percent(c.Moved, c.Flows))
			}
			text += row(cells...)
		}
	}
	return text
}

// pasts are what happened to eight directors with 100 servers before one of them fails.
var pasts = []struct {
	name string
	play func(f *fleet.Fleet)
}{
	{"nothing", func(*fleet.Fleet) {}},
	{"a server failed and came back, weight 0", func(f *fleet.Fleet) { f.FailServer(7, false); f.ReturnServer(7, false) }},
	{"the same, deleted and added", func(f *fleet.Fleet) { f.FailServer(7, true); f.ReturnServer(7, true) }},
	{"a server was down while half of the flows began, and is back", func(f *fleet.Fleet) {
		f.FailServer(7, false)
		f.Open(20000)
		f.ReturnServer(7, false)
	}},
	{"a server was added, all have it", func(f *fleet.Fleet) { f.AddServer(100) }},
	{"a server is being added, four of eight have it", func(f *fleet.Fleet) { f.AddServer(100, 0, 1, 2, 3) }},
	{"ten servers were added, all have them", func(f *fleet.Fleet) {
		for i := range 10 {
			f.AddServer(100 + i)
		}
	}},
}

// schedulers is how many of the flows that move end.
func schedulers(t *testing.T) string {
	text := head("before that", "mh, `sloppy_tcp`", "wlc, `sloppy_tcp`", "mh without", "wlc without")
	for _, past := range pasts {
		cells := []any{past.name}
		for _, s := range []fleet.Setup{{Maglev: true, Sloppy: true}, {Sloppy: true}, {Maglev: true}, {}} {
			s.Directors, s.Servers, s.Flows, s.Spread, s.Seed = 8, 100, 20000, fleet.Resilient, seed
			f := made(t, s)
			past.play(f)
			c := f.FailDirector(4)
			cells = append(cells, percent(c.Broken, c.Moved))
		}
		text += row(cells...)
	}
	return text
}

// servers is what a table of mh makes of many.
func servers(*testing.T) string {
	text := head("servers", "slots", "slots of a server", "one is added", "one gets weight 0", "one is deleted", "added in another order")
	for _, c := range []struct{ servers, slots int }{
		{10, maglev.Slots}, {100, maglev.Slots}, {1000, maglev.Slots}, {4000, maglev.Slots}, {10000, maglev.Slots}, {10000, 131071},
	} {
		if c.servers > c.slots {
			text += row(c.servers, c.slots, "refused: EINVAL", "", "", "", "")
			continue
		}
		all := fleet.Servers(c.servers)
		table := func(servers []maglev.Server) *maglev.Table {
			return maglev.New(maglev.Service{Family: ipvs.IPv4, Fallback: true, Port: true, Servers: servers}, c.slots)
		}
		less := slices.Delete(slices.Clone(all), 3, 4)
		other := slices.Clone(all)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		share := func(a, b *maglev.Table) string { return fmt.Sprintf("%.1f %%", 100*maglev.Moved(a, b)) }
		now := table(all)
		down := fleet.Servers(c.servers)
		down[3].Out = true
		text += row(c.servers, c.slots, slotsOf(c.servers, c.slots), share(now, table(fleet.Servers(c.servers+1))),
			share(now, table(down)), share(now, table(less)), share(now, table(other)))
	}
	return text
}

// slotsOf is how many slots the servers have, of the fewest and the most.
func slotsOf(servers, slots int) string {
	if slots/servers*servers == slots {
		return fmt.Sprint(slots / servers)
	}
	return fmt.Sprintf("%d or %d", slots/servers, slots/servers+1)
}

// times is how long it takes until routers and directors know.
func times(*testing.T) string {
	bgp := fleet.Session{Interval: 3 * time.Second, Detection: 9 * time.Second}
	bfd := fleet.Session{Interval: 300 * time.Millisecond, Detection: 900 * time.Millisecond}
	check := fleet.Check{Loop: 2 * time.Second, Timeout: time.Second, Delay: time.Second, Retries: 1}
	between := func(s fleet.Session) string {
		least, most := s.Dead()
		return fmt.Sprintf("%v to %v", least, most)
	}
	return head("what", "who finds out, and how", "after", "with") +
		row("a director dies, its link goes down", "the router, at once", "0 + 1 route change", "") +
		row("a director dies", "the router, BFD", "2 to 3 intervals + 1 route change", "300 ms: "+between(bfd)) +
		row("a director dies", "the router, BGP", "2 to 3 keepalives + 1 route change", "hold time 9 s: "+between(bgp)) +
		row("holdfast dies, its host lives", "the kernel: the lease of the address", "4 to 5 leases of 1 s + 1 route change", "4s to 5s") +
		row("holdfast dies, its host lives, `announce table`", "the kernel: the device goes", "0 + 1 route change", "") +
		row("a director is stopped", "nobody has to: it withdraws first", "0", "") +
		row("a server refuses connections", "each director", "`delay_loop` + `retry` x `delay_before_retry`", "2, 1, 1: "+check.Refused().String()+" at most") +
		row("a server is silent", "each director", "that + (`retry` + 1) x `connect_timeout`", "1: "+check.Silent().String()+" at most") +
		row("the quorum is lost", "the director", "that + 1 route change", "")
}
