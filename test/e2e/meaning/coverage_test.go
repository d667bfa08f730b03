//go:build e2e

package meaning

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"holdfast/config/language"
)

// scenes are all scenes.
func scenes() []scene {
	return slices.Concat(languageScenes(), instanceScenes(), addressScenes(), electionScenes(), programScenes(), serviceScenes(), checkScenes(), tlsScenes(), datagramScenes(), followScenes(), mailScenes(), dnsScenes(), trackScenes(), linkScenes(), vmacScenes(), ipv6Scenes(), routingScenes(), tuningScenes(), placeScenes(), filterScenes(), bfdScenes(), syncScenes(), markScenes(), reloadScenes())
}

// shown lists the keywords the scene says it shows.
func (s *scene) shown() ([]language.Keyword, error) {
	var out []language.Keyword
	for part := range strings.SplitSeq(s.shows, ";") {
		block, words, ok := strings.Cut(part, ":")
		if !ok && s.shows != "" {
			return nil, fmt.Errorf("%q has no block", part)
		}
		for word := range strings.FieldsSeq(words) {
			found := find(strings.TrimSpace(block), word)
			if len(found) != 1 {
				return nil, fmt.Errorf("%d keywords are %s in %s", len(found), word, block)
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// find looks a keyword up by the end of its block's path.
func find(block, word string) []language.Keyword {
	var out []language.Keyword
	for _, k := range language.Table().Keywords() {
		if k.Name == word && (k.Block == block || block == "root" && k.Block == "" || strings.HasSuffix(k.Block, "/"+block)) {
			out = append(out, k)
		}
	}
	return out
}

const walks = "test/e2e/snmp compares all objects"

const noProcesses = "2.2.7 looks for no process where it hears of none, in another network namespace than the first"

const onBus = "test/e2e/dbus compares what is seen on a bus of its own"

// unseen are keywords that work and of which nothing can be compared, with the reason;
// the block by the end of its path.
var unseen = map[string]string{
	"vrrp_instance: track_src_ip":                     "2.2.7 reads it and does nothing",
	"global_defs: fifo_write_vrrp_states_on_reload":   "2.2.7 makes its FIFOs anew at a reload and writes nothing into them",
	"global_defs: snmp_socket":                        walks,
	"global_defs: enable_snmp_vrrp":                   walks,
	"global_defs: enable_snmp_keepalived":             walks,
	"global_defs: enable_snmp_rfc":                    walks,
	"global_defs: enable_snmp_rfcv2":                  walks,
	"global_defs: enable_snmp_rfcv3":                  walks,
	"global_defs: enable_snmp_checker":                walks,
	"global_defs: enable_traps":                       "test/e2e/snmp compares the notifications of virtual routers",
	"virtual_server: snmp_name":                       walks,
	"virtual_server/real_server: snmp_name":           walks,
	"vrrp_instance: track_process":                    noProcesses,
	"vrrp_sync_group: track_process":                  noProcesses,
	": vrrp_track_process":                            noProcesses,
	"vrrp_track_process: process":                     noProcesses,
	"vrrp_track_process: param_match":                 noProcesses,
	"vrrp_track_process: weight":                      noProcesses,
	"vrrp_track_process: quorum":                      noProcesses,
	"vrrp_track_process: quorum_max":                  noProcesses,
	"vrrp_track_process: delay":                       noProcesses,
	"vrrp_track_process: terminate_delay":             noProcesses,
	"vrrp_track_process: fork_delay":                  noProcesses,
	"vrrp_track_process: full_command":                noProcesses,
	"global_defs: checker_cpu_affinity":               "a kernel with IPVS has one processor",
	"global_defs: checker_rlimit_rttime":              "the same as for the other roles",
	"global_defs: checker_rlimit_rtime":               "the same as for the other roles",
	"global_defs: bfd_rlimit_rttime":                  "a scene has the misspelling",
	"global_defs: enable_dbus":                        onBus,
	"global_defs: dbus_service_name":                  onBus,
	"global_defs: random_seed":                        "what is drawn with it is another row than keepalived's",
	"global_defs: process_monitor_rcv_bufs":           noProcesses,
	"global_defs: process_monitor_rcv_bufs_force":     noProcesses,
	"global_defs: lvs_netlink_cmd_rcv_bufs":           "2.2.7 has other netlink sockets in its checker process",
	"global_defs: lvs_netlink_cmd_rcv_bufs_force":     "2.2.7 has other netlink sockets in its checker process",
	"virtual_server: ha_suspend":                      "2.2.7 looks again at a moment of its own; stories have it (semantics 8.16)",
	"virtual_server/real_server/PING_CHECK: bindto":   "2.2.7 reads it and does nothing",
	"virtual_server/real_server/PING_CHECK: bind_if":  "2.2.7 uses it with link-local addresses only",
	"virtual_server/real_server/PING_CHECK: fwmark":   "2.2.7 reads it and does nothing",
	"virtual_server/real_server/HTTP_GET: enable_sni": "nothing is named without TLS",
}

// covered counts the scenes that show a keyword, by path.
func covered(list []scene) map[string]int {
	n := map[string]int{}
	for _, s := range list {
		shown, err := s.shown()
		if err != nil {
			continue // TestScenesShowWhatTheySay reports it
		}
		for _, k := range shown {
			n[k.Block+" "+k.Name]++
		}
	}
	return n
}

// report prints which of the keywords that work have a scene.
func report(w io.Writer) {
	n := covered(scenes())
	var blocks []string
	missing := map[string][]string{}
	have, all, newer, cannot := 0, 0, 0, 0
	for _, k := range language.Table().Keywords() {
		switch {
		case k.Support != language.Works:
			continue
		case k.Since != "": // keepalived 2.2.7 does not know it
			newer++
			continue
		}
		all++
		if n[k.Block+" "+k.Name] > 0 {
			have++
			continue
		}
		if unseen[k.Block+": "+k.Name] != "" {
			cannot++
			continue
		}
		if missing[k.Block] == nil {
			blocks = append(blocks, k.Block)
		}
		missing[k.Block] = append(missing[k.Block], k.Name)
	}
	for _, b := range blocks {
		fmt.Fprintf(w, "no scene: %s: %s\n", b, strings.Join(missing[b], " "))
	}
	fmt.Fprintf(w, "meaning: %d scenes show %d of %d keywords that work; of %d nothing can be seen; %d more are newer than 2.2.7\n", len(scenes()), have, all, cannot, newer)
}

// Every keyword a scene names exists and stands in its configuration.
func TestScenesShowWhatTheySay(t *testing.T) {
	names := map[string]bool{}
	for _, s := range scenes() {
		if names[s.name] {
			t.Errorf("two scenes are called %q", s.name)
		}
		names[s.name] = true
		shown, err := s.shown()
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		text := s.conf
		for _, more := range s.files {
			text += more
		}
		for _, k := range shown {
			word := strings.TrimSuffix(k.Name, "ID")
			word = strings.TrimSuffix(word, "NAME=")
			if k.Name != "ADDRESS" && k.Name != "DESTINATION" && !strings.Contains(text, word) {
				t.Errorf("%s: no %s in its configuration", s.name, word)
			}
		}
	}
}

// What cannot be seen is a keyword that works and that no scene shows.
func TestUnseen(t *testing.T) {
	shown := covered(scenes())
	for name := range unseen {
		block, word, _ := strings.Cut(name, ": ")
		if found := find(block, word); len(found) != 1 || found[0].Support != language.Works || shown[found[0].Block+" "+word] > 0 {
			t.Errorf("%q is not one keyword that works and has no scene: %v", name, found)
		}
	}
}

// What differs on purpose is written down for users.
func TestDifferencesAreListed(t *testing.T) {
	text, err := os.ReadFile("../../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(strings.Fields(string(text)), " ")
	for _, s := range scenes() {
		for section, why := range s.differs {
			if !slices.Contains(sections, section) {
				t.Errorf("%s: no section is called %q", s.name, section)
			}
			if !strings.Contains(all, why) {
				t.Errorf("%s: docs/compatibility.md does not say %q", s.name, why)
			}
		}
	}
}
