package lab

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const ethIPv4 = "01005e000012 02fc00000001 0800"

func TestParseAdvertV2(t *testing.T) {
	// Header fields from RFC 3768 section 5; one address, PASS authentication.
	frame := unhex(t, ethIPv4+`45c0 0028 0001 0000 ff70 0000 c0a80197 e0000012
		21 33 64 01 01 01 0000 c0a80196 3131313100000000`)
	a, ok := parseAdvert(frame)
	if !ok {
		t.Fatal("refused")
	}
	a.Raw = nil
	want := Advert{
		MAC: "02:fc:00:00:00:01", Src: netip.MustParseAddr("192.168.1.151"), Dst: netip.MustParseAddr("224.0.0.18"),
		TTL: 255, Version: 2, VRID: 51, Priority: 100, Interval: time.Second, AuthType: 1,
		Addrs: []netip.Addr{netip.MustParseAddr("192.168.1.150")},
	}
	if diff := cmp.Diff(want, a, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

func TestParseAdvertV3(t *testing.T) {
	frame := unhex(t, ethIPv4+`45c0 0020 0001 0000 ff70 0000 c0a80197 e0000012
		31 33 00 01 000a 0000 c0a80196`)
	a, ok := parseAdvert(frame)
	if !ok || a.Version != 3 || a.Priority != 0 || a.Interval != 100*time.Millisecond {
		t.Errorf("%v %v", a, ok)
	}
}

// The datagram is keepalived 2.2.7's.
func TestParseAdvertWithAuthenticationHeader(t *testing.T) {
	a, ok := parseAdvert(unhex(t, ethIPv4+`45c0 0040 0001 0000 ff33 1878 c0a80197 e0000012
		70040000 c0a80197 00000001 c178e65303d6879dc971bd30 2133640102 01b68b c0a80196 0000000000000000`))
	if !ok || a.Priority != 100 || a.AuthType != 2 || len(a.AH) != 24 || a.AH[11] != 1 || len(a.Addrs) != 1 {
		t.Errorf("%v %v", a, ok)
	}
}

func TestParseAdvertRefusesWhatItIsNot(t *testing.T) {
	for name, s := range map[string]string{
		"too short":       ethIPv4 + "45c0",
		"another proto":   ethIPv4 + "45c0 0020 0001 0000 ff11 0000 c0a80197 e0000012 3133000100 0a0000 c0a80196",
		"truncated":       ethIPv4 + "45c0 0040 0001 0000 ff70 0000 c0a80197 e0000012 3133000100 0a0000 c0a80196",
		"too few addrs":   ethIPv4 + "45c0 0020 0001 0000 ff70 0000 c0a80197 e0000012 3133000200 0a0000 c0a80196",
		"a header alone":  ethIPv4 + "45c0 001c 0001 0000 ff33 0000 c0a80197 e0000012 70040000 c0a80197",
		"another in AH":   ethIPv4 + "45c0 0040 0001 0000 ff33 1878 c0a80197 e0000012 01040000 c0a80197 00000001 c178e65303d6879dc971bd30 213364010201b68b c0a80196 0000000000000000",
		"unknown version": ethIPv4 + "45c0 0020 0001 0000 ff70 0000 c0a80197 e0000012 4133000100 0a0000 c0a80196",
	} {
		if a, ok := parseAdvert(unhex(t, s)); ok {
			t.Errorf("%s: taken as %v", name, a)
		}
	}
}

func TestParseGARP(t *testing.T) {
	const request = "ffffffffffff 02fc00000001 0806 0001 0800 06 04 0001 02fc00000001 c0a80196 000000000000 c0a80196"
	g, ok := parseGARP(unhex(t, request))
	want := GARP{MAC: "02:fc:00:00:00:01", Addr: netip.MustParseAddr("192.168.1.150")}
	if !ok || g != want {
		t.Errorf("%v %v", g, ok)
	}
	const question = "ffffffffffff 02fc00000001 0806 0001 0800 06 04 0001 02fc00000001 c0a80196 000000000000 c0a80197"
	if g, ok := parseGARP(unhex(t, question)); ok {
		t.Errorf("an ordinary question taken as %v", g)
	}
}

func TestRegular(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(ms ...int) []Advert {
		var out []Advert
		for _, m := range ms {
			out = append(out, Advert{At: start.Add(time.Duration(m) * time.Millisecond)})
		}
		return out
	}
	for _, tt := range []struct {
		name string
		list []Advert
		end  int
		ok   bool
	}{
		{"regular", at(0, 1000, 2010, 3000), 3500, true},
		{"missing", at(0, 1000, 3000), 3500, false},
		{"late", at(0, 1000, 2200), 2500, false},
		{"early", at(0, 1000, 1500, 2500), 2600, false},
		{"silent at the end", at(0, 1000), 2500, false},
		{"none", nil, 100, false},
	} {
		_, err := Regular(tt.list, start.Add(time.Duration(tt.end)*time.Millisecond), time.Second, 100*time.Millisecond)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestParseNA(t *testing.T) {
	const good = `333300000001 e668c3f703ac 86dd 60000000 0020 3aff 20010db8000000000000000000000100 ff020000000000000000000000000001
		88004b21 20000000 20010db8000000000000000000000100 0201e668c3f703ac`
	n, ok := parseNA(unhex(t, good))
	if !ok || n.MAC != "e6:68:c3:f7:03:ac" || n.Addr != netip.MustParseAddr("2001:db8::100") {
		t.Errorf("%v %v", n, ok)
	}
	for name, s := range map[string]string{
		"too short": good[:len(good)-2],
		"solicited": strings.Replace(good, "4b21 2", "4b21 6", 1),
		"a request": strings.Replace(good, "88004b21", "87004b21", 1),
	} {
		if n, ok := parseNA(unhex(t, s)); ok {
			t.Errorf("%s: %v", name, n)
		}
	}
}
