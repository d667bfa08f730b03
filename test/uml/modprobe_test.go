package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseDepsLoadsTheDeepestFirst(t *testing.T) {
	got := parseDeps("kernel/a/ip_vs.ko: kernel/b/nf-conntrack.ko kernel/c/crc.ko\nkernel/c/crc.ko:\n\nnonsense\n")
	want := map[string][]string{
		"ip_vs": {"kernel/c/crc.ko", "kernel/b/nf-conntrack.ko", "kernel/a/ip_vs.ko"},
		"crc":   {"kernel/c/crc.ko"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

func TestMatchAliases(t *testing.T) {
	const text = "# comment\nalias rtnl-link-veth veth\nalias pci:v*d* card\nalias net-pf-16-proto-16-family-IPVS ip_vs\nalias x\n"
	for _, tt := range []struct {
		alias string
		want  []string
	}{
		{"rtnl-link-veth", []string{"veth"}},
		{"pci:v1234d5678", []string{"card"}},
		{"net-pf-16-proto-16-family-IPVS", []string{"ip_vs"}},
		{"rtnl-link-other", nil},
	} {
		if diff := cmp.Diff(tt.want, matchAliases(text, tt.alias)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.alias, diff)
		}
	}
}
