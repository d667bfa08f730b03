package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
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

func TestConfigurationsAreComplete(t *testing.T) {
	for name, text := range map[string]string{
		"pair": pairConfig(0, 3, 0.01), "many": manyConfig(1), "big": servicesConfig(100, 1),
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
		"": "[vrrp load ipvs check crowd-1 crowd-0.1 crowd-0.01 crowd-vmac crowd-ipv6 " +
			"scale-10 scale-20 scale-double scale-http scale-shared watched-instances watched-servers]",
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
