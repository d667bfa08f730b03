package ipvs_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/fake"
	"holdfast/ipvs/maglev"
)

var hashed = ipvs.ServiceSettings{Scheduler: "mh", Flags: ipvs.MaglevFallback, PrefixLen: 32}

// pool reads "1:5 2:0/5 3:0/0" as destinations 10.0.0.1:80 with weight 5, 10.0.0.2:80 with weight
// 0 and slots by weight 5, and 10.0.0.3:80 with weight 0 and no slots, added in this order. With
// 2:0 it is not known, or of no matter, what its slots are.
func pool(text string) ipvs.Service {
	s := ipvs.Service{Settings: hashed, Dests: map[ipvs.DestID]ipvs.DestSettings{}, History: &ipvs.History{}}
	for _, word := range strings.Fields(text) {
		name, weights, _ := strings.Cut(word, ":")
		weight, last, known := strings.Cut(weights, "/")
		d := dest("10.0.0." + name + ":80")
		s.Dests[d] = ipvs.DestSettings{Method: ipvs.Route, Weight: number(weight)}
		s.History.Order = append(s.History.Order, d)
		if known {
			if s.History.Last == nil {
				s.History.Last = map[ipvs.DestID]int32{}
			}
			s.History.Last[d] = number(last)
		}
	}
	return s
}

func number(digit string) int32 { return int32(digit[0] - '0') }

// brief is commands without what is the same in all: "-a 1:5".
func brief(cmds []ipvs.Command) string {
	var out []string
	for _, c := range cmds {
		f := strings.Fields(c.String())
		name := strings.TrimSuffix(strings.TrimPrefix(f[4], "10.0.0."), ":80")
		if c.Op != ipvs.DeleteDest {
			name += ":" + f[len(f)-1]
		}
		out = append(out, f[0]+" "+name)
	}
	return strings.Join(out, ", ")
}

func TestDiffWithHistory(t *testing.T) {
	id := service(ipvs.TCP, "192.0.2.1:80")
	for _, test := range []struct{ name, have, want, commands string }{
		{"as it is to be", "1:1 2:1", "1:1 2:1", ""},
		{"a weight", "1:1 2:1", "1:1 2:3", "-e 2:3"},
		{"one fails and keeps its slots", "1:1 2:5", "1:1 2:0/5", "-e 2:0"},
		{"it is still failed", "1:1 2:0/5", "1:1 2:0/5", ""},
		{"it comes back", "1:1 2:0/5", "1:1 2:5", "-e 2:5"},
		{"its weight changes meanwhile", "1:1 2:0/5", "1:1 2:0/4", "-e 2:4, -e 2:0"},
		{"its weight changes as it fails", "1:1 2:5", "1:1 2:0/4", "-e 2:4, -e 2:0"},
		{"it is not known what slots it has", "1:1 2:0", "1:1 2:0/5", "-e 2:5, -e 2:0"},
		{"that is of no matter", "1:1 2:0", "1:1 2:0", ""},
		{"a new one that has failed", "1:1", "1:1 2:0/5", "-a 2:5, -e 2:0"},
		{"a new one with weight 0", "1:1", "1:1 2:0/0", "-a 2:0"},
		{"one gets weight 0 for good", "1:1 2:5 3:1", "1:1 2:0/0 3:1", "-d 2, -a 2:0, -d 3, -a 3:1"},
		{"it may have slots", "1:1 2:0", "1:1 2:0/0", "-d 2, -a 2:0"},
		{"it has none", "1:1 2:0/0", "1:1 2:0/0", ""},
		{"one behind all", "1:1 2:1", "1:1 2:1 3:1", "-a 3:1"},
		{"one in the middle", "1:1 3:1 4:2", "1:1 2:1 3:1 4:0/2", "-a 2:1, -d 3, -a 3:1, -d 4, -a 4:2, -e 4:0"},
		{"one goes", "1:1 2:1 3:1", "1:1 3:1", "-d 2"},
		{"one goes and one comes", "1:1 2:1 4:1", "1:1 3:1 4:1", "-a 3:1, -d 4, -a 4:1, -d 2"},
		{"in disorder", "2:1 1:1 3:1", "1:1 2:1 3:1", "-d 2, -a 2:1, -d 3, -a 3:1"},
	} {
		have, want := pool(test.have), pool(test.want)
		want.History.Order = nil
		if got := brief(ipvs.Diff(ipvs.Table{id: have}, ipvs.Table{id: want})); got != test.commands {
			t.Errorf("%s: %s to %s: %s\nwant %s", test.name, test.have, test.want, got, test.commands)
		}
		have.History, want.History = nil, nil
		if got := brief(ipvs.Diff(ipvs.Table{id: have}, ipvs.Table{id: want})); strings.Count(got, "-d") > 1 {
			t.Errorf("%s: destinations are added again though no history is wanted: %s", test.name, got)
		}
	}
}

// A service that had another scheduler: nothing is known of its history.
func TestDiffFromAnotherScheduler(t *testing.T) {
	id := service(ipvs.TCP, "192.0.2.1:80")
	have, want := pool("1:1 2:1"), pool("1:1 2:1")
	have.Settings.Scheduler, have.History = "wrr", nil
	got := ipvs.Diff(ipvs.Table{id: have}, ipvs.Table{id: want})
	if got[0].Op != ipvs.EditService || brief(got[1:]) != "-d 1, -a 1:1, -d 2, -a 2:1" {
		t.Errorf("commands %v", got)
	}
}

// drawPool draws a service that is wanted: some of ten destinations, some of them with weight 0.
func drawPool(t *rapid.T) ipvs.Service {
	s := ipvs.Service{
		Settings: hashed, Dests: map[ipvs.DestID]ipvs.DestSettings{},
		History: &ipvs.History{Last: map[ipvs.DestID]int32{}},
	}
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 9), 1, 9, rapid.ID).Draw(t, "destinations") {
		d := dest("10.0.0." + string(rune('0'+n)) + ":80")
		weight := rapid.Int32Range(0, 9).Draw(t, "weight")
		if rapid.IntRange(0, 3).Draw(t, "failed?") == 0 {
			s.History.Last[d], weight = weight, 0
		} else if weight == 0 {
			s.History.Last[d] = 0
		}
		s.Dests[d] = ipvs.DestSettings{Method: ipvs.Route, Weight: weight}
	}
	return s
}

func fingerprint(k *fake.Kernel, id ipvs.ServiceID) string {
	return maglev.Fingerprint(maglev.New(maglev.Of(id, k.Known(id)), maglev.Slots))
}

// Whatever the kernel has been through - changes, lives that were killed, strangers - the slots
// are those of a service that was made as it is.
func TestSlotsAreThoseOfAFreshService(t *testing.T) {
	id := service(ipvs.TCP, "192.0.2.1:80")
	rapid.Check(t, func(t *rapid.T) {
		old := fake.New()
		known := ipvs.Table{} // what the daemon believes
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			want := ipvs.Table{id: drawPool(t)}
			if rapid.IntRange(0, 4).Draw(t, "stranger?") == 0 {
				for _, c := range rapid.SliceOfN(fake.Commands(), 1, 5).Draw(t, "strangers") {
					c.Service, c.Dest = id, dest("10.0.0."+string(rune('1'+rapid.IntRange(0, 8).Draw(t, "whose")))+":80")
					if c.Op > ipvs.DeleteService && c.Op != ipvs.EditDest {
						old.Apply([]ipvs.Command{c})
					}
				}
			}
			switch s, err := old.ReadService(id); {
			case err != nil:
				known = ipvs.Table{}
			case rapid.Bool().Draw(t, "killed?"):
				known = ipvs.Table{id: s}
			default:
				known = ipvs.Table{id: s.Recall(known[id])}
			}
			if errs := old.Apply(ipvs.Diff(known, want)); errs != nil {
				t.Fatal(errs)
			}
			known = want
			fresh := fake.New()
			fresh.Apply(ipvs.Diff(nil, want))
			if fingerprint(old, id) != fingerprint(fresh, id) {
				t.Fatalf("slots of\n%+v\nfresh\n%+v", old.Known(id), fresh.Known(id))
			}
			read, err := old.ReadService(id)
			if err != nil {
				t.Fatal(err)
			}
			if again := ipvs.Diff(ipvs.Table{id: read.Recall(known[id])}, want); len(again) != 0 {
				t.Fatalf("not at rest: %v", again)
			}
		}
	})
}

// The commands that the kernel took are all it takes to know what is there.
func TestTakeFollowsTheKernel(t *testing.T) {
	id := service(ipvs.TCP, "192.0.2.1:80")
	rapid.Check(t, func(t *rapid.T) {
		k := fake.New()
		have := ipvs.Service{Settings: hashed, Dests: map[ipvs.DestID]ipvs.DestSettings{}, History: &ipvs.History{Order: []ipvs.DestID{}}}
		k.Apply([]ipvs.Command{{Op: ipvs.AddService, Service: id, Settings: hashed}})
		for _, c := range rapid.SliceOfN(fake.Commands(), 0, 40).Draw(t, "commands") {
			if c.Op < ipvs.AddDest {
				continue
			}
			c.Service = id
			if errs := k.Apply([]ipvs.Command{c}); errs == nil {
				have.Take(c)
			}
		}
		read, err := k.ReadService(id)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(read.Added(), have.Added()) {
			t.Fatalf("the kernel has %v, Take says %v", read.Added(), have.Added())
		}
		if d := ipvs.Diff(ipvs.Table{id: read}, ipvs.Table{id: {Settings: hashed, Dests: have.Dests}}); len(d) != 0 {
			t.Fatalf("differs by %v", d)
		}
	})
}
