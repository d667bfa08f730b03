package reload

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"holdfast/config/reference"
)

// TestFilesAreValid: nothing is said against a configuration that is made up, or its next.
func TestFilesAreValid(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 0))
		f, what := New(rng), "the first"
		for range 10 {
			_, wrong := f.Config()
			for _, d := range wrong {
				t.Errorf("seed %d, %s: %v", seed, what, d)
			}
			if t.Failed() {
				t.Fatal(f)
			}
			f, what = f.Change(rng)
		}
	}
}

// rare are keywords of virtual routers that no configuration here has, and why.
var rare = map[string]string{
	"vrrp_instance.no_virtual_ipaddress":      "since 2.2.8; there is an address always",
	"vrrp_instance.mcast_src_ip":              "the address it would name is the default",
	"vrrp_instance.mcast_dst_ip":              "says who the router is on the wire, as virtual_router_id",
	"vrrp_instance.unicast_fault_no_peer":     "means FAULT",
	"vrrp_instance.linkbeat_use_polling":      "deprecated",
	"vrrp_instance.lvs_sync_daemon_interface": "old name, and it needs a kernel with IPVS",
	"vrrp_instance.vrf":                       "the host has no VRF device",
	"vrrp_instance.use_ipvlan":                "says where the router lives, as use_vmac",
	"vrrp_instance.track_src_ip":              "the source is there always",
	"vrrp_instance.strict_mode":               "refuses what others have",
	"vrrp_instance.timer_expired_backup":      "makes a master on a busy machine a backup",
	"vrrp_instance.thread_timer_expired":      "old name",
	"vrrp_instance.vmac_garp_intvl":           "old name",
	"vrrp_instance.use_vmac_addr":             "holds for addresses elsewhere, which have use_vmac of their own",
	"vrrp_track_process.terminate_delay":      "part of delay",
	"vrrp_track_process.fork_delay":           "part of delay",
	"vrrp_track_process.quorum_max":           "the process is there, or is not",
	"vrrp_track_process.full_command":         "the process is there, or is not",
}

// TestEveryKeywordOfRoutersComes: whoever adds a keyword that works adds it here too.
func TestEveryKeywordOfRoutersComes(t *testing.T) {
	everyKeywordComes(t, []string{"vrrp_instance", "vrrp_script", "vrrp_track_process", "track_file"}, "words.go", rare,
		func(rng *rand.Rand) string { return New(rng).String() })
}

// everyKeywordComes asks for each keyword of some blocks in texts that are made up, unless it is said to be rare.
func everyKeywordComes(t *testing.T, blocks []string, file string, rare map[string]string,
	text func(*rand.Rand) string) {
	t.Helper()
	words := map[string]bool{}
	for seed := range uint64(200) {
		text := text(rand.New(rand.NewPCG(seed, 1)))
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n{}", r) }) {
			words[w] = true
		}
	}
	for _, e := range reference.Entries() {
		switch {
		case !slices.Contains(blocks, e.Block):
		case e.InEntry, !e.Built():
		case words[e.Keyword] == (rare[e.Name()] != ""):
			t.Errorf("%s: it comes: %v, why it should not: %q; it belongs to the statements of %s, or to those that are rare",
				e.Name(), words[e.Keyword], rare[e.Name()], file)
		}
	}
}
