//go:build ipvs

package kernel_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"holdfast/internal/golden"
	"holdfast/ipvs"
	"holdfast/ipvs/fake"
)

// everything is a table with each thing the kernel can be told, in addresses whose
// order ipvsadm and Format agree on.
func everything() ipvs.Table {
	t := ipvs.Table{}
	add := func(id ipvs.ServiceID, s ipvs.ServiceSettings, dests map[ipvs.DestID]ipvs.DestSettings) {
		if dests == nil {
			dests = map[ipvs.DestID]ipvs.DestSettings{}
		}
		t[id] = ipvs.Service{Settings: s, Dests: dests}
	}
	sticky := func(s ipvs.ServiceSettings, seconds int, bits uint8) ipvs.ServiceSettings {
		s.Flags |= ipvs.Persistent
		s.Timeout, s.PrefixLen = time.Duration(seconds)*time.Second, bits
		return s
	}
	rr := ipvs.ServiceSettings{Scheduler: "rr"}
	for i, name := range []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq"} {
		id := service(ipvs.TCP, "10.0.0.1:0")
		id.Port = uint16(100 + i)
		six := service(ipvs.TCP, "[fd00::1]:0")
		six.Port = id.Port
		add(id, ipvs.ServiceSettings{Scheduler: name}, nil)
		add(six, ipvs.ServiceSettings{Scheduler: name}, nil)
	}
	add(service(ipvs.TCP, "10.0.0.2:80"), rr, map[ipvs.DestID]ipvs.DestSettings{
		dest("10.1.0.1:80"):   {Method: ipvs.Masq, Weight: 0},
		dest("10.1.0.1:8080"): {Method: ipvs.Masq, Weight: 1},
		dest("10.1.0.2:80"):   {Method: ipvs.Route, Weight: 65535},
		dest("10.1.0.3:80"):   {Method: ipvs.Tunnel, Weight: 65536},
		dest("10.1.0.10:80"):  {Method: ipvs.Route, Weight: 1<<31 - 1},
		dest("10.1.0.11:80"):  {Method: ipvs.Route, Weight: 1, UpperThreshold: 1<<32 - 1, LowerThreshold: 1 << 31},
		dest("10.1.0.12:80"):  {Method: ipvs.Route, Weight: 1, UpperThreshold: 7, LowerThreshold: 7},
	})
	add(
		service(ipvs.UDP, "10.0.0.2:53"),
		ipvs.ServiceSettings{Scheduler: "wlc", Flags: ipvs.OnePacket},
		map[ipvs.DestID]ipvs.DestSettings{
			dest("10.1.0.1:53"): {Method: ipvs.Masq, Weight: 1}},
	)
	add(service(ipvs.SCTP, "10.0.0.2:9"), rr, map[ipvs.DestID]ipvs.DestSettings{
		dest("10.1.0.1:9"): {Method: ipvs.Masq, Weight: 1}})
	add(service(ipvs.TCP, "10.0.0.2:0"), sticky(rr, 360, 32), map[ipvs.DestID]ipvs.DestSettings{
		dest("10.1.0.1:0"): {Method: ipvs.Route, Weight: 1}})
	add(service(ipvs.TCP, "10.0.0.2:81"), sticky(rr, 2678400, 1), nil)
	add(service(ipvs.TCP, "10.0.0.2:82"), sticky(rr, 1, 24), nil)
	add(
		service(ipvs.UDP, "10.0.0.2:5060"),
		sticky(ipvs.ServiceSettings{Scheduler: "rr", Engine: "sip", Flags: ipvs.OnePacket}, 50, 31),
		nil,
	)
	add(service(ipvs.TCP, "[fd00::2]:80"), sticky(rr, 50, 64), map[ipvs.DestID]ipvs.DestSettings{
		dest("[fd00:1::1]:80"): {Method: ipvs.Masq, Weight: 1},
		dest("[fd00:1::2]:80"): {Method: ipvs.Route, Weight: 1<<31 - 1},
		dest("[fd00:1::3]:80"): {Method: ipvs.Tunnel, Weight: 0, UpperThreshold: 3}})
	add(service(ipvs.UDP, "[fd00::2]:80"), sticky(rr, 50, 1), nil)
	add(service(ipvs.SCTP, "[fd00::2]:80"), sticky(rr, 50, 128), nil)
	for i, flags := range []ipvs.Flags{ipvs.Sched1, ipvs.Sched2, ipvs.Sched3, ipvs.Sched1 | ipvs.Sched2 | ipvs.Sched3} {
		id := service(ipvs.UDP, "10.0.0.3:0")
		id.Port = uint16(1 + i)
		add(id, ipvs.ServiceSettings{Scheduler: "rr", Flags: flags}, nil)
		if flags != ipvs.Sched3 && flags&ipvs.Sched3 == 0 {
			id.Port += 10
			add(id, ipvs.ServiceSettings{Scheduler: "sh", Flags: flags}, nil)
			id.Port += 10
			add(id, ipvs.ServiceSettings{Scheduler: "mh", Flags: flags}, nil)
		}
	}
	add(mark(ipvs.IPv4, 1), rr, map[ipvs.DestID]ipvs.DestSettings{
		dest("10.1.0.1:0"):    {Method: ipvs.Route, Weight: 1},
		dest("10.1.0.2:8080"): {Method: ipvs.Masq, Weight: 1}})
	add(mark(ipvs.IPv6, 1), sticky(rr, 300, 64), map[ipvs.DestID]ipvs.DestSettings{
		dest("[fd00:1::1]:0"): {Method: ipvs.Route, Weight: 1}})
	add(mark(ipvs.IPv4, 1<<31-1), sticky(rr, 300, 16), nil)
	return t
}

// mixed has destinations of the other family than their service's.
func mixed() ipvs.Table {
	rr := ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 32}
	rr6 := ipvs.ServiceSettings{Scheduler: "rr", PrefixLen: 128}
	tunnel := ipvs.DestSettings{Method: ipvs.Tunnel, Weight: 5}
	return ipvs.Table{
		service(ipvs.TCP, "10.0.0.1:80"): {Settings: rr, Dests: map[ipvs.DestID]ipvs.DestSettings{
			dest("[fd00:1::1]:80"): tunnel, dest("10.1.0.1:80"): {Method: ipvs.Masq, Weight: 1}}},
		service(ipvs.TCP, "[fd00::1]:80"): {Settings: rr6, Dests: map[ipvs.DestID]ipvs.DestSettings{
			dest("10.1.0.1:80"): tunnel, dest("[fd00:1::1]:80"): {Method: ipvs.Route, Weight: 1}}},
		mark(ipvs.IPv6, 4): {Settings: rr6, Dests: map[ipvs.DestID]ipvs.DestSettings{dest("10.1.0.1:0"): tunnel}},
	}
}

// Semantics 8.6 and 8.27: what the kernel holds as ipvsadm sees it.
func TestSemantics8_27_Table(t *testing.T) {
	h := openKernel(t)
	want := everything()
	fill(t, h, want)
	witness := ipvsadm(t, "-Sn")
	golden.Equal(t, "testdata/everything.save", witness)
	golden.Equal(t, "testdata/everything.list", ipvsadm(t, "-Ln"))
	golden.Equal(t, "testdata/everything.thresholds", ipvsadm(t, "-Ln --thresholds"))
	if got := ipvs.Format(want); got != witness {
		t.Errorf("Format prints\n%s\nipvsadm\n%s", got, witness)
	}
	got := mustRead(t, h)
	if cmds := ipvs.Diff(got, want); len(cmds) != 0 {
		t.Errorf("still to do: %v", cmds)
	}
	if cmds := ipvs.Diff(want, got); len(cmds) != 0 {
		t.Errorf("there is more than was asked for: %v", cmds)
	}
	if got := ipvs.Format(got); got != witness {
		t.Errorf("read\n%s\nipvsadm\n%s", got, witness)
	}
	for id, s := range got {
		alone, err := h.ReadService(id)
		if err != nil || !reflect.DeepEqual(alone, s) {
			t.Errorf("service %v alone: %+v (%v), in the table %+v", id, alone, err, s)
		}
	}
}

// Every object written alone makes the same entry as in a batch.
func TestOneByOneIsLikeBatches(t *testing.T) {
	h := openKernel(t)
	want := everything()
	one(t, h, ipvs.Diff(nil, want))
	saved, thresholds, read := ipvsadm(t, "-Sn"), ipvsadm(t, "-Ln --thresholds"), mustRead(t, h)
	if err := h.Flush(); err != nil {
		t.Fatal(err)
	}
	if left := ipvsadm(t, "-Sn"); left != "" {
		t.Fatalf("left after the flush:\n%s", left)
	}
	mustApply(t, h, ipvs.Diff(nil, want))
	if got := ipvsadm(t, "-Sn"); got != saved {
		t.Errorf("in batches\n%s\none by one\n%s", got, saved)
	}
	if got := ipvsadm(t, "-Ln --thresholds"); got != thresholds {
		t.Errorf("in batches\n%s\none by one\n%s", got, thresholds)
	}
	if got := mustRead(t, h); !reflect.DeepEqual(got, read) {
		t.Errorf("in batches\n%s\none by one\n%s", ipvs.Format(got), ipvs.Format(read))
	}
}

// lines sorts what ipvsadm printed: it orders addresses by a comparison that
// overflows, and families differently inside a service.
func lines(s string) []string {
	l := strings.Split(s, "\n")
	slices.Sort(l)
	return l
}

func TestDestinationsOfTheOtherFamily(t *testing.T) {
	h := openKernel(t)
	want := mixed()
	fill(t, h, want)
	if got := mustRead(t, h); !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%swant\n%s", ipvs.Format(got), ipvs.Format(want))
	}
	witness := ipvsadm(t, "-Sn")
	if !slices.Equal(lines(witness), lines(ipvs.Format(want))) {
		t.Errorf("ipvsadm sees\n%swant\n%s", witness, ipvs.Format(want))
	}
	less := mixed()
	delete(less[service(ipvs.TCP, "[fd00::1]:80")].Dests, dest("10.1.0.1:80"))
	one(t, h, ipvs.Diff(mustRead(t, h), less))
	if got := mustRead(t, h); !reflect.DeepEqual(got, less) {
		t.Errorf("after a deletion: read\n%swant\n%s", ipvs.Format(got), ipvs.Format(less))
	}
}

// From any table to any other, in the kernel, with ipvsadm as witness.
func TestDiffInTheKernel(t *testing.T) {
	h := openKernel(t)
	rapid.Check(t, func(rt *rapid.T) {
		want := fake.Tables().Draw(rt, "table")
		have := mustRead(t, h)
		for _, err := range h.Apply(ipvs.Diff(have, want)) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		got := mustRead(t, h)
		if cmds := ipvs.Diff(got, want); len(cmds) != 0 {
			rt.Fatalf("still to do: %v", cmds)
		}
		witness := lines(strings.ReplaceAll(ipvsadm(t, "-Sn"), " -b \n", "\n"))
		if mine := lines(withoutFlag3(ipvs.Format(want))); !slices.Equal(witness, mine) {
			rt.Fatalf("ipvsadm sees\n%s\nwant\n%s", strings.Join(witness, "\n"), strings.Join(mine, "\n"))
		}
	})
}

// withoutFlag3 leaves out the third flag of sh and mh, which ipvsadm does not print.
func withoutFlag3(s string) string {
	var out []string
	for l := range strings.Lines(s) {
		if strings.Contains(l, " -s sh ") || strings.Contains(l, " -s mh ") {
			l = strings.ReplaceAll(strings.ReplaceAll(l, ",flag-3", ""), " -b flag-3", "")
		}
		out = append(out, l)
	}
	return strings.Join(out, "")
}

// The fake kernel answers random commands, right and wrong ones, as the kernel does,
// whether they come one by one or in batches.
func TestFakeIsLikeTheKernel(t *testing.T) {
	h := openKernel(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := h.Flush(); err != nil {
			rt.Fatal(err)
		}
		k := fake.New()
		cmds := rapid.SliceOfN(fake.Commands(), 1, 60).Draw(rt, "commands")
		batched := rapid.Bool().Draw(rt, "batched")
		want := k.Apply(cmds)
		var got []error
		if batched {
			got = h.Apply(cmds)
		} else {
			for _, c := range cmds {
				got = append(got, alone(h, c))
			}
			if !slices.ContainsFunc(got, func(err error) bool { return err != nil }) {
				got = nil
			}
		}
		if len(got) != len(want) {
			rt.Fatalf("the kernel: %v\nthe fake: %v", got, want)
		}
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				rt.Fatalf("%d: %v\nthe kernel: %v\nthe fake: %v\nafter\n%v", i, cmds[i], got[i], want[i], cmds[:i])
			}
		}
		table := mustRead(t, h)
		direct, err := k.Read()
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(table, direct) {
			rt.Fatalf("the kernel has\n%s\nthe fake\n%s", ipvs.Format(table), ipvs.Format(direct))
		}
	})
}

// Whole batches of refusals come back, each with its reason.
func TestManyRefusals(t *testing.T) {
	h := openKernel(t)
	table := grid(1, 2000)
	fill(t, h, table)
	cmds := ipvs.Diff(nil, table)
	errs := h.Apply(cmds)
	if len(errs) != len(cmds) {
		t.Fatalf("%d results for %d commands", len(errs), len(cmds))
	}
	for i, err := range errs {
		if !errors.Is(err, unix.EEXIST) || !reflect.DeepEqual(err.(*ipvs.CommandError).Command, cmds[i]) {
			t.Fatalf("%v gave %v, want EEXIST", cmds[i], err)
		}
	}
	if got := mustRead(t, h); len(ipvs.Diff(got, table)) != 0 {
		t.Error("refused commands changed the table")
	}
}
