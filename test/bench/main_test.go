package main

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	runs := []float64{5, 1, 4, 2, 300}
	if got := median(runs); got != 4 {
		t.Errorf("median %v", got)
	}
	if runs[4] != 300 {
		t.Error("the runs were sorted in place")
	}
}

func TestPrintTable(t *testing.T) {
	var b strings.Builder
	printTable(&b, []string{"bin/holdfast", "keepalived"}, []result{
		{What: "takeover", Program: "holdfast", Value: 3609.4, Unit: "ms"},
		{What: "load", Program: "keepalived", Value: 0.351, Unit: "%"},
		{What: "takeover", Program: "keepalived", Value: 35.27, Unit: "ms"},
	})
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	want := [][]string{{"holdfast", "keepalived"}, {"takeover", "3609", "ms", "35.3", "ms"}, {"load", "-", "0.35", "%"}}
	if len(lines) != len(want) {
		t.Fatalf("%q", lines)
	}
	for i, w := range want {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != strings.Join(w, " ") {
			t.Errorf("line %d: %q", i, got)
		}
	}
}

func TestPrintMarkdown(t *testing.T) {
	var b strings.Builder
	printMarkdown(&b, "carry", []result{
		{What: "routing", Program: "a packet", Value: 0.512, Unit: "us"}, {What: "routing", Program: "packets", Value: 1953125, Unit: "/s"},
		{What: "IPVS", Program: "a packet", Value: 1.5, Unit: "us"}, {What: "IPVS", Program: "packets", Value: 666666, Unit: "/s"},
		{What: "10 servers", Program: "added", Value: 12},
	})
	const want = `carry: |  | a packet | packets |
carry: | --- | --- | --- |
carry: | routing | 0.51 us | 1953125 /s |
carry: | IPVS | 1.5 us | 666666 /s |
carry:
carry: |  | added |
carry: | --- | --- |
carry: | 10 servers | 12.0 |
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}

// A frame has the checksums and the places of those that a kernel takes.
func TestFrame(t *testing.T) {
	f := make([]byte, frameSize)
	f[ipAt], f[ipAt+3], f[ipAt+8] = 0x45, frameSize-ipAt, 64
	p := packet{from: netip.MustParseAddrPort("10.64.1.2:1025"), to: carryVIP, protocol: 6, flags: synFlag}
	for range 2 {
		fill(f, p)
		if sum := checksum(f[ipAt:portsAt]); sum != 0 {
			t.Errorf("the checksum of a header with its checksum is %x", sum)
		}
	}
	if got := fmt.Sprintf("%x", f[ipAt+8:portsAt+4]); got != "4006"+fmt.Sprintf("%x", f[ipAt+10:ipAt+12])+"0a4001020a2800010401"+"0050" {
		t.Error(got)
	}
	if f[flagsAt] != synFlag {
		t.Errorf("%x", f)
	}
	seen := map[netip.AddrPort]bool{}
	for n := range 1_000_000 {
		seen[client(n)] = true
	}
	if len(seen) != 1_000_000 || !carryBack.Contains(client(999_999).Addr()) || !carryBack.Contains(client(4095).Addr()) {
		t.Errorf("%d clients", len(seen))
	}
	if got := hexAddrPort("0A400102", "0401"); got != p.from {
		t.Error(got)
	}
}

func TestConfigurationsAreComplete(t *testing.T) {
	for name, text := range map[string]string{
		"pair": pairConfig(0, 3, 0.01), "plain": plainInstances(1), "many": manyConfig(1), "big": servicesConfig(100, 1),
		"services": servicesConfig(600, 0), "instances": instancesConfig(600),
	} {
		if strings.Count(text, "{") != strings.Count(text, "}") {
			t.Errorf("%s: braces", name)
		}
	}
	if n := strings.Count(servicesConfig(100, 1), "real_server"); n != 100*servers+1 {
		t.Errorf("%d real servers", n)
	}
	if n := strings.Count(servicesConfig(600, 0), "real_server"); n != 600*servers {
		t.Errorf("%d real servers", n)
	}
	seen := map[string]bool{}
	for _, block := range strings.Split(instancesConfig(600), "vrrp_instance ")[1:] {
		f := strings.Fields(block)
		seen[strings.Join(f[5:8], " ")] = true // interface and identifier
	}
	if len(seen) != 600 {
		t.Errorf("%d virtual routers are different", len(seen))
	}
	for _, c := range crowds {
		text, vips, routers := c.config(1), map[netip.Addr]bool{}, map[string]bool{}
		for k := range c.n {
			vips[c.address(k)] = true
		}
		for _, block := range strings.Split(text, "vrrp_instance ")[1:] {
			routers[strings.Join(strings.Fields(block)[4:8], " ")] = true // interface and identifier
		}
		if len(vips) != c.n || len(routers) != c.n || strings.Count(text, "{") != strings.Count(text, "}") {
			t.Errorf("%v: %d addresses, %d virtual routers", c, len(vips), len(routers))
		}
	}
	if n := strings.Count(manyConfig(0), "vrrp_instance"); n != instances {
		t.Errorf("%d instances", n)
	}
}

func TestWatchCountsRealServers(t *testing.T) {
	var b strings.Builder
	b.WriteString("IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n")
	for range 500 {
		b.WriteString("TCP  C0A80301:0050 rr \n")
		for range servers {
			b.WriteString("  -> C0A801C9:0050      Route   1      0          0         \n")
		}
	}
	var w watch
	for range 2 {
		if n, err := w.count(strings.NewReader(b.String())); n != 5000 || err != nil {
			t.Errorf("%d servers, %v", n, err)
		}
	}
}

func TestParts(t *testing.T) {
	for only, want := range map[string]string{
		"": "[vrrp load ipvs check carry crowd-1 crowd-0.1 crowd-0.01 crowd-vmac crowd-ipv6 " +
			"scale-10 scale-20 scale-double scale-http scale-shared watched-instances watched-servers plain-pair plain-service]",
		"plain":           "[plain-pair plain-service]",
		"watched":         "[watched-instances watched-servers]",
		"load":            "[load]",
		"crowd":           "[crowd-1 crowd-0.1 crowd-0.01 crowd-vmac crowd-ipv6]",
		"check,crowd-0.1": "[check crowd-0.1]",
		"nothing":         "[nothing]",
	} {
		if got := fmt.Sprint(parts(only)); got != want {
			t.Errorf("%q: %s, want %s", only, got, want)
		}
		for _, name := range parts(only) {
			if measures()[name] == nil && name != "nothing" {
				t.Errorf("%s cannot be measured", name)
			}
		}
	}
}

// TestNames: figures are told by the names of programs.
func TestNames(t *testing.T) {
	for want, programs := range map[string][]string{
		"": {"bin/holdfast", "keepalived", "old/holdfast-2"}, "holdfast": {"bin/holdfast", "keepalived", "old/holdfast"},
	} {
		if got := sharedName(programs); got != want {
			t.Errorf("%q: %q, want %q", programs, got, want)
		}
	}
}

// TestTurns: programs take turns, and what is told is the median of each.
func TestTurns(t *testing.T) {
	p := plainRun{o: options{programs: []string{"bin/a", "bin/b"}}}
	order := ""
	if err := p.each(3, func(program string) error {
		order += program[4:]
		p.add("size", program, float64(len(order)), "MB")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var got []string
	p.tell(func(r result) { got = append(got, fmt.Sprint(r.What, r.Program, r.Value, r.Unit, r.Runs)) })
	if want := "[sizea3MB[1 3 5] sizeb4MB[2 4 6]]"; order != "ababab" || fmt.Sprint(got) != want {
		t.Errorf("%s, %v; want %s", order, got, want)
	}
}

// TestBusyTime: a process that works is seen to.
func TestBusyTime(t *testing.T) {
	before, err := busyTime([]int{os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 20*time.Millisecond; {
	}
	after, err := busyTime([]int{os.Getpid()})
	if err != nil || after <= before {
		t.Errorf("%v, before that %v, %v", after, before, err)
	}
}

func TestFarms(t *testing.T) {
	for _, f := range farms {
		text, targets := f.config(1), map[string]bool{}
		if strings.Count(text, "{") != strings.Count(text, "}") {
			t.Errorf("%v: braces", f)
		}
		blocks := strings.Split(text, "real_server ")[1:]
		for _, block := range blocks {
			targets[strings.Fields(block)[0]] = true
		}
		want := f.services*f.servers + 1
		if len(blocks) != want {
			t.Errorf("%v: %d real servers, want %d", f, len(blocks), want)
		}
		if f.shared {
			want = f.servers + 1
		}
		if len(targets) != want {
			t.Errorf("%v: %d addresses, want %d", f, len(targets), want)
		}
	}
}

// TestLimits: the figures of RFC 9568 for priority 100.
func TestLimits(t *testing.T) {
	for n, want := range []string{"3.609375s", "360.9375ms", "36.09375ms", "360.9375ms", "360.9375ms"} {
		if got := crowds[n].limit().String(); got != want {
			t.Errorf("%v: %s, want %s", crowds[n], got, want)
		}
	}
}
