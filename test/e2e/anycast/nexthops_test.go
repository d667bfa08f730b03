//go:build e2e

package anycast

import (
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/ipvs/fleet"
	"holdfast/test/lab"
)

// asked is how many flows the kernel is asked about. Shares differ by two or three points by chance.
const asked = 3000

// buckets are those of a group for each director, as in the model.
const buckets = 64

// A hops is a router whose kernel is asked by which of several next hops it would send flows.
type hops struct {
	*lab.Host
	t *testing.T
}

// TestNextHops has the kernel say which flows move when a next hop goes and when it is back, by plain routes with several
// next hops and by resilient groups, and compares that with the model.
func TestNextHops(t *testing.T) {
	t.Parallel()
	lan, err := lab.NewLAN(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lan.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err := lan.AddHost("router", netip.MustParsePrefix("192.168.1.1/24"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Sysctl("net/ipv4/fib_multipath_hash_policy", "1"); err != nil {
		t.Fatal(err)
	}
	r := hops{h, t}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	version := strings.Join(strings.SplitN(string(release), ".", 3)[:2], ".")
	for _, n := range []int{3, 8} {
		for _, c := range []struct {
			spread fleet.Spread
			group  string // of a resilient group
		}{
			{fleet.Threshold, ""}, {fleet.Resilient, "idle_timer 600 unbalanced_timer 1"}, {fleet.Patient, "idle_timer 600"},
		} {
			all := r.begin(n, c.group)
			before := r.ask()
			r.set(without(all, n/2), c.group)
			during := r.ask()
			lost := r.moved(before, during)
			if c.group != "" {
				for f, hop := range before {
					if hop != n/2 && during[f] != hop {
						t.Fatalf("%v of %d: a flow of %d, which lives, goes to %d", c.spread, n, hop, during[f])
					}
				}
			}
			r.set(all, c.group)
			r.balanced(c.spread, n)
			after := r.ask()
			back := r.moved(during, after)
			model, err := fleet.New(fleet.Setup{Directors: n, Servers: 10, Flows: 20000, Spread: c.spread, Buckets: buckets * n, Maglev: true,
				Sloppy: true, Slots: 251, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			goes, comes := model.FailDirector(n/2), model.JoinDirector(n/2, 0)
			wantLost, wantBack := share(goes.Moved, goes.Flows), share(comes.Moved, comes.Flows)
			if math.Abs(lost-wantLost) > 4 || math.Abs(back-wantBack) > 4 {
				t.Errorf("%v of %d: %.1f %% of flows move when one fails, model %.1f %%; %.1f %% when it comes back, model %.1f %%", c.spread, n,
					lost, wantLost, back, wantBack)
			}
			fmt.Printf("%s| one of %d next hops goes, and comes back | Linux %s, %v | %.1f %% of flows move, then %.1f %%; the model says %.1f %% and %.1f %% |\n",
				rowMark, n, version, c.spread, lost, back, wantLost, wantBack)
		}
	}
}

func share(of, all int) float64 { return 100 * float64(of) / float64(all) }

func without(all []int, gone int) (left []int) {
	for _, n := range all {
		if n != gone {
			left = append(left, n)
		}
	}
	return left
}

func (r *hops) ip(words string) string {
	r.t.Helper()
	out, err := r.Run("ip", strings.Fields(words)...)
	if err != nil {
		r.t.Fatalf("ip %s: %v", words, err)
	}
	return out
}

// begin has the router begin anew with n next hops.
func (r *hops) begin(n int, group string) (all []int) {
	r.t.Helper()
	_, _ = r.Run("ip", "route", "flush", "192.0.2.0/24")
	r.ip("nexthop flush")
	for i := range n {
		all = append(all, i)
		r.ip(fmt.Sprintf("nexthop add id %d via 192.168.1.%d dev eth0", 1+i, 151+i))
	}
	if group != "" {
		r.ip(fmt.Sprintf("nexthop add id 100 group %s type resilient buckets %d %s", members(all), buckets*n, group))
		r.ip("route add 192.0.2.0/24 nhid 100")
		return all
	}
	r.set(all, group)
	return all
}

func members(hops []int) string {
	var ids []string
	for _, n := range hops {
		ids = append(ids, fmt.Sprint(1+n))
	}
	return strings.Join(ids, "/")
}

// set has the router go by these next hops from now on, as a routing daemon would.
func (r *hops) set(hops []int, group string) {
	r.t.Helper()
	if group != "" {
		r.ip(fmt.Sprintf("nexthop replace id 100 group %s type resilient", members(hops)))
		return
	}
	words := "route replace 192.0.2.0/24"
	for _, n := range hops {
		words += fmt.Sprintf(" nexthop via 192.168.1.%d dev eth0", 151+n)
	}
	r.ip(words)
}

// balanced waits until each next hop has its buckets, where busy ones are given away too.
func (r *hops) balanced(spread fleet.Spread, n int) {
	r.t.Helper()
	if spread != fleet.Resilient {
		return
	}
	if err := lab.Eventually(time.Minute, "buckets of the next hop that is back", func() (bool, string) {
		out := r.ip("nexthop bucket show id 100")
		has := strings.Count(out, fmt.Sprintf("nhid %d ", 1+n/2))
		return has == buckets, fmt.Sprint(has)
	}); err != nil {
		r.t.Fatal(err)
	}
}

// ask gives the next hop of each flow. It keeps buckets busy, as a packet does.
func (r *hops) ask() []int {
	r.t.Helper()
	var b strings.Builder
	for i := range asked {
		fmt.Fprintf(&b, "route get 192.0.2.%d ipproto tcp sport %d dport 80\n", 1+i%250, 1024+i*17)
	}
	file := filepath.Join(r.Dir, "flows")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		r.t.Fatal(err)
	}
	var got []int
	for line := range strings.Lines(r.ip("-batch " + file)) {
		_, rest, is := strings.Cut(line, " via 192.168.1.")
		if !is {
			continue
		}
		var n int
		if _, err := fmt.Sscan(rest, &n); err != nil {
			r.t.Fatalf("%q: %v", line, err)
		}
		got = append(got, n-151)
	}
	if len(got) != asked {
		r.t.Fatalf("%d answers to %d questions", len(got), asked)
	}
	return got
}

func (r *hops) moved(before, after []int) float64 {
	n := 0
	for i := range before {
		if before[i] != after[i] {
			n++
		}
	}
	return share(n, len(before))
}
