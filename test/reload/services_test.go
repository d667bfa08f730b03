package reload

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// TestServicesAreValid: nothing is said against a configuration that is made up, or its next, and a table comes of it.
func TestServicesAreValid(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 0))
		f, what := NewServices(rng), "the first"
		for range 10 {
			c, wrong := f.Config()
			for _, d := range wrong {
				t.Errorf("seed %d, %s: %v", seed, what, d)
			}
			if len(c.VirtualServers) > 0 && len(Fresh(c, Passes)) == 0 {
				t.Errorf("seed %d, %s: no table", seed, what)
			}
			if t.Failed() {
				t.Fatal(f)
			}
			f, what = f.Change(rng)
		}
	}
}

// rareOfServices are keywords of virtual servers that no configuration here has, and why.
var rareOfServices = map[string]string{
	"virtual_server.lvs_sched":              "another name of lb_algo",
	"virtual_server.hashed":                 "refused",
	"virtual_server.ha_suspend":             "the host has none of the addresses",
	"virtual_server.flag-2":                 "as flag-1",
	"virtual_server.flag-3":                 "as flag-1",
	"virtual_server.persistence_engine":     "a module that not every kernel has",
	"virtual_server.real_server.SSL_GET":    "as HTTP_GET, and nobody answers",
	"virtual_server.real_server.SMTP_CHECK": "as TCP_CHECK, and nobody answers",
	"virtual_server.real_server.DNS_CHECK":  "as TCP_CHECK, and nobody answers",
	"virtual_server.real_server.UDP_CHECK":  "as TCP_CHECK, and nobody answers",
	"virtual_server.real_server.BFD_CHECK":  "no session is up",
	"virtual_server.snmp_name":              "nothing but SNMP shows it",
	"virtual_server.real_server.snmp_name":  "nothing but SNMP shows it",
}

// TestEveryKeywordOfServicesComes: whoever adds a keyword that works adds it here too.
func TestEveryKeywordOfServicesComes(t *testing.T) {
	everyKeywordComes(t, []string{"virtual_server", "virtual_server.real_server"}, "service_words.go", rareOfServices,
		func(rng *rand.Rand) string { return NewServices(rng).String() })
}

func TestDead(t *testing.T) {
	for at, want := range map[string]bool{
		"10.60.0.1": false, "10.60.0.8": false, "10.60.0.9": true, "10.60.0.12": true, "2001:db8:60::8": false,
		"2001:db8:60::c": true,
	} {
		if Dead(netip.MustParseAddr(at)) != want {
			t.Errorf("%s is dead: %v", at, !want)
		}
	}
}
