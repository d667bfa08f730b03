//go:build e2e

package vrrp

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/test/lab"
)

// dumped is a configuration with as much as possible of what the dump files show.
const dumped = `
global_defs {
    router_id d1
    enable_script_security
    script_user root
    vrrp_garp_interval 0.01
    vrrp_gna_interval 0.02
}
track_group T {
    group {
        VI_1
    }
}
static_ipaddress {
    192.168.1.77/24 dev eth0 track_group T
    192.168.1.78/24 dev eth0 no_track
}
static_routes {
    10.7.0.0/16 via 192.168.1.9 dev eth0 track_group T
    10.8.0.0/16 via 192.168.1.9 dev eth0 no_track metric 7
    10.9.0.0/16 nexthop via 192.168.1.9 dev eth0 weight 2 nexthop via 192.168.1.8 dev eth0
}
static_rules {
    from 10.7.0.0/16 table 100 preference 500
    iif eth0 table main preference 501 track_group T
}
vrrp_script chk {
    script "/usr/bin/true x"
    interval 1
    timeout 3
    rise 2
    fall 3
}
track_file load {
    file PLACE/load
    weight 2
}
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
    sync_group_tracking_weight
    track_script {
        chk weight 2
    }
    notify_master "/usr/bin/true g"
    smtp_alert
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        192.168.1.150/24 brd 192.168.1.255 dev eth0 label eth0:1 noprefixroute
        192.168.1.149 peer 192.168.1.9
    }
    virtual_ipaddress_excluded {
        fd00::9/64 preferred_lft 0
        fd00::10/64 home -nodad preferred_lft 1000
        fd00::11/64 no_track
        fd00::12
        192.168.1.148/32 scope link
        192.168.1.145/32 dev lo
    }
    virtual_routes {
        src 192.168.1.151 to 10.20.0.0/16 via 192.168.1.9 dev eth0 scope global table 100
        10.21.0.0/16 via 192.168.1.9 dev eth0 metric 5 mtu 1400 advmss lock 1300 tos 4 realms 3/4 rtt 250ms features ecn
        blackhole 10.22.0.0/16 table 7
        10.23.0.0/16 dev eth0 no_track rto_min 1.5s congctl reno
        10.24.0.0/16 nexthop via 192.168.1.9 dev eth0 weight 5 nexthop via 192.168.1.8 dev eth0 weight 9 onlink
    }
    virtual_rules {
        from 10.20.0.0/16 table 100 preference 300
        to 10.31.0.0/16 fwmark 0x5/0xff tos 8 realms 3 suppress_prefixlength 3 table main preference 302
        not from 10.32.0.0/16 iif eth0 goto 400 preference 303
        from 10.40.0.0/16 unreachable preference 304 no_track
    }
    track_file {
        load
    }
    notify "/usr/bin/true a"
    notify_backup "/usr/bin/true b"
    notify_master_rx_lower_pri "/usr/bin/true r"
    garp_master_delay 2
    garp_master_refresh 60
    garp_lower_prio_delay 3
    garp_extra_if all 60
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    version 3
    advert_int 0.5
    priority 90
    preempt_delay 1
    dont_track_primary
    mcast_src_ip 192.168.1.151
    virtual_ipaddress {
        192.168.1.147
    }
}
vrrp_instance VI_3 {
    interface eth0
    virtual_router_id 53
    version 3
    priority 255
    unicast_src_ip 192.168.1.151
    unicast_peer {
        192.168.1.66 min_ttl 3 max_ttl 250
    }
    unicast_ttl 9
    virtual_ipaddress {
        192.168.1.146
    }
    skip_check_adv_addr
    notify_priority_changes
    notify_deleted
}
vrrp_instance VI_6 {
    interface eth0
    virtual_router_id 56
    version 3
    advert_int 0.2
    priority 50
    virtual_ipaddress {
        fe80::56
        fd00::56/64
    }
    virtual_routes {
        fd99::/64 via fd00::1 dev eth0 pref high
    }
    virtual_rules {
        from fd99::/64 table 100 preference 400
    }
}
`

// dumps are the files by the signals that make programs write them.
var dumps = map[syscall.Signal][]string{
	syscall.SIGUSR1: {"keepalived.data", "keepalived_parent.data"},
	syscall.SIGUSR2: {"keepalived.stats"},
	36:              {"keepalived.json"},
}

// TestDumpsAreThoseOfKeepalived: what keepalived writes of a configuration is what the daemon under test
// writes of it, line by line, but for what is listed here.
func TestDumpsAreThoseOfKeepalived(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		pairing := pairings()[0]
		files := [2]map[string]string{}
		for i, program := range []string{"keepalived", pairing[0]} {
			files[i] = dumpsOf(t, program)
		}
		for name := range files[0] {
			if name == "keepalived.json" {
				compareJSON(t, files[0][name], files[1][name])
				continue
			}
			theirs, ours := known(name, files[0][name], theirsOnly), ""
			if pairing[0] == "keepalived" {
				ours = known(name, files[1][name], theirsOnly)
			} else {
				ours = known(name, files[1][name], oursOnly)
			}
			if d := cmp.Diff(strings.Split(theirs, "\n"), strings.Split(ours, "\n")); d != "" {
				t.Errorf("%s (-keepalived +ours):\n%s", name, d)
			}
		}
	})
}

// dumpsOf runs a program alone until it is master of all, and gives what it has dumped then.
func dumpsOf(t *lab.Trial, program string) map[string]string {
	lan, err := lab.NewLAN(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lan.Close(); err != nil {
			t.Error(err)
		}
	}()
	h, err := lan.AddHost("d1", netip.PrefixFrom(ipv4().addr[0], 24))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.WriteFile("load", "4\n"); err != nil {
		t.Fatal(err)
	}
	d := lab.NewDirector(h, program)
	t.Witness(d.Logs)
	err = errors.Join(d.Configure(strings.ReplaceAll(dumped, "PLACE", h.Dir)), d.Start())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"VI_1", "VI_2", "VI_3", "VI_6"} {
		if _, err := d.WaitLog(0, "("+name+") Entering MASTER STATE", 20*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{}
	for sig, names := range dumps {
		if err := d.Proc.Signal(sig); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			err := lab.Eventually(20*time.Second, name, func() (bool, string) {
				text, err := os.ReadFile(filepath.Join(h.Dir, name))
				files[name] = strings.ReplaceAll(string(text), h.Dir, "PLACE")
				// Of a route of IPv6 keepalived shows what the kernel has told of it.
				files[name] = strings.ReplaceAll(files[name], " [installed ifindex 0]", "")
				return err == nil && strings.HasSuffix(files[name], "\n"), files[name]
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return files
}

// theirsOnly are lines that keepalived has and we have not: what is not built, what depends on its
// libraries, and what it keeps for itself.
var theirsOnly = lines(
	` No test config before reload`, // ours is always tested
	` libnftnl .*`,
	` G(ARP|NA) next time .*`,
	`   Master down timer = 1 usecs`, // of the owner, who is never a backup
	`   Address = .*`,                // of a socket for unicast: ours is that of the interface
	`   Rx buf size = 0`,
	`   Unicast checksum compatibility = no`, // found out for each peer
	`   Init state = .*`, `   VRRP instances :`,
	`   MAC broadcast = .*`, `   Seen up = 1`,
	`   HW Type = .*`, `   Reset .*`, `   Original .*`, `   rp_filter .*`,
	`   Not IPv6 forwarding.*`,
)

// oursOnly are lines that keepalived has not.
var oursOnly = lines(
	`   Master advert interval = .*`, `   Master down timer = 3003906 usecs`,
	`  Holdfast:`, `    Wrong Version: 0`, `    Wrong Checksum: 0`, `    Unexpected Source: 0`, `    Own Address: 0`,
	`    Late Wakeups: \d+`, `    Second Master: 0`,
)

func lines(list ...string) *regexp.Regexp {
	return regexp.MustCompile("^(" + strings.Join(list, "|") + ")$")
}

// varying is what is not the same twice: times, numbers of sockets, addresses of hardware.
var varying = regexp.MustCompile(`\d{10}\.\d{6} \([^)]*\)|fd_in \d+|fd_out (= )?\d+|` +
	`[0-9a-f]{2}(:[0-9a-f]{2}){5}|fe80::[0-9a-f:]+|(Received|Sent): \d+`)

// known is a file without the lines left out, without other interfaces than eth0, and with a mark for what
// varies.
func known(name, text string, leftOut *regexp.Regexp) string {
	if name == "keepalived_parent.data" {
		// keepalived's parent has not worked out some values that its children have.
		text = strings.ReplaceAll(text, "4294967295", "5")
		text = strings.ReplaceAll(text, " Default interface = eth0\n", "")
	}
	// keepalived has some that it does not name.
	text = strings.ReplaceAll(text, "   Flags:\n   Want", "   Flags: none\n   Want")
	head, rest, found := strings.Cut(text, "------< Interfaces >------\n")
	if found {
		for _, one := range strings.Split("\n"+rest, "\n Name = ") {
			if strings.HasPrefix(one, "eth0\n") {
				head += one + "\n"
			}
		}
	}
	all := strings.Split(head, "\n")
	all = slices.DeleteFunc(all, leftOut.MatchString)
	return strings.TrimRight(varying.ReplaceAllString(strings.Join(all, "\n"), "*"), "\n")
}

// compareJSON compares what both say; names of ours may come on top.
func compareJSON(t *lab.Trial, theirs, ours string) {
	var lists [2][]map[string]map[string]any
	for i, text := range []string{theirs, ours} {
		if err := json.Unmarshal([]byte(text), &lists[i]); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, router := range lists[i] {
			if since, ok := router["data"]["last_transition"].(float64); !ok || since < 1e9 {
				t.Errorf("last_transition %v", router["data"]["last_transition"])
			}
			delete(router["data"], "last_transition")
			delete(router["stats"], "advert_sent")
		}
	}
	for i, router := range lists[1] {
		for name := range router["stats"] {
			if i < len(lists[0]) && lists[0][i]["stats"][name] == nil {
				delete(router["stats"], name)
			}
		}
	}
	if d := cmp.Diff(lists[0], lists[1]); d != "" {
		t.Errorf("JSON (-keepalived +ours):\n%s", d)
	}
}
