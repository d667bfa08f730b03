//go:build e2e

package meaning

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// trackScenes are about what takes an instance out of the election or moves its
// priority, alone and in groups.
func trackScenes() []scene {
	return []scene{
		{
			name:  "tracked interfaces",
			shows: "vrrp_instance: track_interface notify; virtual_ipaddress/<entry>: dev no_track",
			conf: secure + fast("fault", 51, "priority 150\n    notify \"/run/case/note\"\n    track_interface {\n        eth1\n    }") +
				fast("minus", 52, "priority 150\n    track_interface {\n        eth1 weight -20\n    }") +
				fast("reverse", 53, "priority 150\n    track_interface {\n        eth1 weight 20 reverse\n    }") +
				fast("clamped", 54, "priority 150\n    track_interface {\n        eth1 weight -254\n    }") +
				fast("dev", 55, "priority 150\n    virtual_ipaddress_excluded {\n        10.1.0.1 dev eth1\n    }") +
				fast("dev_untracked", 56, "priority 150\n    virtual_ipaddress_excluded {\n        10.1.0.2 dev eth1 no_track\n    }"),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.look("master")
				b.must(b.host.SetLink("eth1", false))
				b.logged("Entering FAULT STATE", 2)
				b.logged("Changing effective priority", 4)
				b.further(3, 52, 53, 54, 56)
				b.look("eth1 down")
				b.must(b.host.SetLink("eth1", true))
				b.logged("(fault) Entering MASTER STATE", 2)
				b.logged("(dev) Entering MASTER STATE", 2)
				b.logged("Changing effective priority", 7)
				b.further(3, 51, 52, 53, 54, 55, 56)
				b.look("eth1 up")
				b.stop()
			},
		},
		{
			name:  "the own interface does not count",
			shows: "vrrp_instance: dont_track_primary",
			conf:  fast("VI_1", 51, "priority 150\n    dont_track_primary") + fast("VI_2", 52, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.must(b.host.CutCable())
				b.logged("(VI_2) Entering FAULT STATE", 1)
				b.look("cable cut")
				b.must(b.host.PlugCable())
				b.logged("(VI_2) Entering MASTER STATE", 2)
				b.adverts(3)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "tracked scripts",
			shows: "root: vrrp_script; vrrp_script: script interval timeout weight rise fall; vrrp_instance: track_script",
			conf: secure + `
vrrp_script flag {
    script "/usr/bin/test -e /run/case/flag"
    interval 1
    rise 2
    fall 2
    weight -20
}
vrrp_script slow {
    script "/run/case/sleep 100"
    interval 1
    timeout 1
}
vrrp_script readable {
    script </run/case/flag
    interval 1
}
vrrp_script unused {
    script "/run/case/note unused"
}
` + fast("weighted", 51, "priority 150\n    track_script {\n        flag\n    }") +
				fast("plus", 52, "priority 150\n    track_script {\n        flag weight 30\n    }") +
				fast("fault", 53, "priority 150\n    track_script {\n        flag weight 0\n    }") +
				fast("reverse", 54, "priority 150\n    track_script {\n        flag weight 10 reverse\n    }") +
				fast("never", 55, "priority 150\n    track_script {\n        slow\n    }") +
				fast("unknown", 56, "priority 150\n    track_script {\n        nosuch\n    }"),
			differs: map[string]string{secLog: "An instance whose script fails at start says so"},
			files:   map[string]string{"sleep": "#!/bin/sh\nexec sleep \"$1\"\n"},
			play: func(b *bench) {
				b.write("flag", "", 0o644)
				b.start()
				for _, name := range b.instances() {
					if name != "never" {
						b.logged("("+name+") Entering MASTER STATE", 1)
					}
				}
				b.logged("VRRP_Script(slow)", 1)
				b.further(3, 51, 52, 53, 54, 56)
				b.look("there")
				b.must(b.remove("flag"))
				b.logged("(fault) Entering FAULT STATE", 1)
				b.further(3, 51, 52, 54)
				b.look("gone")
				b.write("flag", "", 0o644)
				b.logged("(fault) Entering MASTER STATE", 2)
				b.further(3, 51, 52, 53, 54)
				b.look("there again")
				b.stop()
			},
			slow: true,
		},
		{
			name: "tracked files",
			shows: "root: track_file vrrp_track_file; track_file: file weight init_file; vrrp_track_file: file weight init_file; " +
				"vrrp_instance: track_file; vrrp_sync_group: track_file",
			conf: `
track_file level {
    file /run/case/level
    weight 5
}
vrrp_track_file down {
    file /run/case/down
    weight 0
}
track_file up {
    file /run/case/up
    weight 0 reverse
}
vrrp_track_file fresh {
    file /run/case/fresh
    weight -10 reverse
    init_file 3
}
track_file anew {
    file /run/case/anew
    init_file 6 overwrite
}
track_file kept {
    file /run/case/kept
    init_file
}
vrrp_sync_group G {
    group {
        in_group
    }
    track_file {
        down
    }
}
` + fast("plus", 51, "priority 150\n    track_file {\n        level\n    }") +
				fast("minus", 52, "priority 150\n    track_file {\n        level weight -3\n    }") +
				fast("reverse", 53, "priority 150\n    track_file {\n        level weight 2 reverse\n    }") +
				fast("fault", 54, "priority 150\n    track_file {\n        down\n    }") +
				fast("unless", 55, "priority 150\n    track_file {\n        up\n    }") +
				fast("made", 56, "priority 150\n    track_file {\n        fresh\n        anew weight 2\n        kept weight 7\n    }") +
				fast("in_group", 57, "priority 150"),
			play: func(b *bench) {
				b.write("level", "2\n", 0o644)
				b.write("anew", "1\n", 0o644)
				b.write("kept", "4\n", 0o644)
				b.write("up", "1\n", 0o644)
				b.start()
				b.masters()
				b.look("at start")
				for i, step := range [...]struct {
					text    string
					changes int // lines about priorities so far, beyond those at the start
				}{{"4", 3}, {"0x10", 6}, {"010 and more", 9}, {"no number", 12}, {"-7", 15}, {"", 18}} {
					b.write("level", step.text, 0o644)
					b.logged("Changing effective priority", 4+step.changes)
					b.further(3, 51, 52, 53)
					b.look(fmt.Sprint("number ", i))
				}
				b.write("level", "99999999999", 0o644)
				b.logged("Invalid number 99999999999", 1)
				b.write("other", "9", 0o644)
				b.must(os.Rename(filepath.Join(b.run, "case", "other"), filepath.Join(b.run, "case", "level")))
				b.logged("Changing effective priority", 25)
				b.must(b.remove("level"))
				b.logged("Changing effective priority", 28)
				b.write("down", "1", 0o644)
				b.logged("(fault) Entering FAULT STATE", 1)
				b.logged("(in_group) Entering FAULT STATE", 1)
				b.must(b.remove("up"))
				b.logged("(unless) Entering FAULT STATE", 1)
				b.further(3, 51, 52, 53)
				b.look("down")
				b.write("down", "0", 0o644)
				b.write("up", "2", 0o644)
				b.logged("(unless) Entering MASTER STATE", 2)
				b.logged("(fault) Entering MASTER STATE", 2)
				b.logged("(in_group) Entering MASTER STATE", 2)
				b.look("up")
				b.stop()
			},
		},
		{
			name: "a group",
			shows: "root: vrrp_sync_group; vrrp_sync_group: group notify_master notify_backup notify_fault notify_stop notify track_interface; " +
				"global_defs: vrrp_notify_fifo",
			conf: `
global_defs {
    enable_script_security
    script_user root
    vrrp_notify_fifo /run/case/vrrp.fifo
}
vrrp_sync_group G {
    group {
        VI_1 VI_2
        nosuch
    }
    notify_master "/run/case/note master"
    notify_backup "/run/case/note backup"
    notify_fault "/run/case/note fault"
    notify_stop "/run/case/note stop"
    notify "/run/case/note any"
    track_interface {
        eth1
    }
}
` + fast("VI_1", 51, "priority 150\n    notify \"/run/case/note one\"") + fast("VI_2", 52, "priority 120\n    advert_int 0.2") + fast("alone", 53, "priority 100"),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.called(6)
				b.got("vrrp.fifo", 8)
				b.look("master")
				b.must(b.host.SetLink("eth1", false))
				b.called(9)
				b.got("vrrp.fifo", 11)
				b.look("fault")
				b.must(b.host.SetLink("eth1", true))
				b.called(15)
				b.got("vrrp.fifo", 17)
				b.adverts(3)
				b.look("master again")
				b.stop()
			},
			differs: map[string]string{secLog: "Going to FAULT sends priority 0 once"},
		},
		{
			name:    "a group hears a higher priority",
			shows:   "vrrp_sync_group: group",
			conf:    "vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n}\n" + fast("VI_1", 51, "priority 100") + fast("VI_2", 52, "priority 100"),
			peer:    fast("PEER", 51, "priority 150"),
			company: true,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				b.must(b.peer.Start())
				b.logged("(VI_2) Entering BACKUP STATE", 2)
				b.looksAtPeer(10)
				b.look("backup")
				b.must(b.peer.Proc.Signal(syscall.SIGTERM))
				b.logged("(VI_2) Entering MASTER STATE", 2)
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.adverts(3)
				b.look("master again")
				b.stop()
			},
		},
		{
			name:  "weights in a group",
			shows: "vrrp_sync_group: sync_group_tracking_weight track_script; vrrp_instance: track_interface",
			conf: secure + `
vrrp_script yes {
    script "/usr/bin/true"
    interval 100
    weight 5
}
vrrp_sync_group without {
    group {
        VI_1
    }
}
vrrp_sync_group with {
    group {
        VI_2
    }
    sync_group_tracking_weight
    track_script {
        yes
    }
}
` + fast("VI_1", 51, "priority 150\n    advert_int 0.4\n    track_interface {\n        eth1 weight 20\n    }") +
				fast("VI_2", 52, "priority 120\n    advert_int 0.4\n    track_interface {\n        eth1 weight 20\n    }"),
			play:    secondLink,
			differs: map[string]string{secLog: "whose log says that it is ignored"},
		},
		{
			name:  "priorities of a group",
			shows: "vrrp_sync_group: notify_priority_changes sync_group_tracking_weight",
			conf: `
global_defs {
    vrrp_notify_fifo /run/case/vrrp.fifo
}
vrrp_sync_group G {
    group {
        VI_1
    }
    sync_group_tracking_weight
    notify_priority_changes
}
` + fast("VI_1", 51, "priority 150\n    track_interface {\n        eth1 weight 20\n    }") + fast("alone", 52, "priority 150\n    track_interface {\n        eth1 weight 20\n    }"),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.must(b.host.SetLink("eth1", false))
				b.logged("Changing effective priority", 4)
				b.got("vrrp.fifo", 8)
				b.further(2, 51, 52)
				b.look("eth1 down")
				b.stop()
			},
		},
		{
			name:  "strict",
			shows: "global_defs: vrrp_strict; vrrp_instance: strict_mode accept",
			conf: "global_defs {\n    vrrp_strict\n    vrrp_version 3\n}\n" + fast("VI_1", 51, "priority 150\n    strict_mode off\n    accept") +
				fast("VI_2", 52, "priority 150\n    strict_mode off\n    authentication {\n        auth_type PASS\n        auth_pass x\n    }"),
		},
		{
			name:  "an interface that comes later",
			shows: "global_defs: dynamic_interfaces default_interface",
			conf: "global_defs {\n    dynamic_interfaces\n    default_interface eth0\n}\n" + `
vrrp_instance late {
    interface eth1
    virtual_router_id 61
    version 3
    advert_int 0.1
    priority 150
    garp_master_delay 0
    virtual_ipaddress {
        10.0.0.61
    }
}
` + fast("VI_1", 51, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.logged("(VI_1) Entering MASTER STATE", 1)
				b.adverts(3)
				b.look("without")
				_, err := b.host.Run("sh", "-ec", "ip link add eth1 address 02:00:00:00:01:51 type veth peer name eth1p address 02:00:00:00:02:51; ip addr add 10.5.0.1/24 dev eth1; ip link set eth1p up; ip link set eth1 up")
				b.must(err)
				b.logged("(late) Entering MASTER STATE", 1)
				b.logged("(late) Sending", 1)
				b.look("with")
				b.stop()
			},
			differs: map[string]string{secLog: "An interface that does not exist is called so"},
		},
		{
			name:  "announcing again",
			timed: true,
			shows: "vrrp_instance: garp_master_delay garp_master_repeat garp_master_refresh garp_master_refresh_repeat; global_defs: vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat",
			conf: "global_defs {\n    vrrp_garp_master_refresh 2\n    vrrp_garp_master_refresh_repeat 2\n}\n" +
				fast("VI_1", 51, "priority 150\n    garp_master_delay 1\n    garp_master_repeat 3"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.announced(3 + 3 + 2 + 2)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "announcements with pauses",
			shows: "global_defs: vrrp_garp_interval",
			conf: "global_defs {\n    vrrp_garp_interval 0.1\n}\n" + `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 150
    garp_master_delay 0
    garp_master_repeat 4
    virtual_ipaddress {
        10.0.0.51
        10.0.0.52
        10.0.0.53
    }
}
`,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.adverts(12)
				b.look("master")
				b.stop()
			},
			differs: map[string]string{secAnnounced: "`vrrp_garp_interval` only spaces announcements"},
		},
		{
			name:  "neighbour advertisements with pauses",
			timed: true,
			shows: "global_defs: vrrp_gna_interval",
			conf: "global_defs {\n    vrrp_gna_interval 0.1\n}\n" + `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 150
    garp_master_delay 0
    garp_master_repeat 1
    virtual_ipaddress {
        10.0.0.51
    }
    virtual_ipaddress_excluded {
        fd00::51
        fd00::52
        fd00::53
    }
}
`,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.announced(4)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "interfaces that share the pause between neighbour advertisements",
			timed: true,
			shows: "root: garp_group; garp_group: gna_interval interfaces",
			conf: "garp_group {\n    gna_interval 0.1\n    interfaces {\n        eth0 eth1\n    }\n}\n" +
				"garp_group {\n    garp_interval 0.1\n    interface lo\n}\n" + `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 150
    garp_master_delay 0
    garp_master_repeat 1
    virtual_ipaddress {
        10.0.0.51
    }
    virtual_ipaddress_excluded {
        fd00::51
        fd01::51 dev eth1
        fd00::52
        fd01::52 dev eth1
        fd00::53
    }
}
`,
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.announced(4)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "an interface with a pause between gratuitous ARP messages",
			timed: true,
			shows: "garp_group: garp_interval interface",
			conf: "garp_group {\n    garp_interval 0.1\n    interface eth0\n}\n" + `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 150
    garp_master_delay 0
    garp_master_repeat 1
    virtual_ipaddress {
        10.0.0.51
        10.0.0.52
        10.0.0.53
        10.0.0.54
    }
}
`,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.announced(4)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "few announcements",
			shows: "global_defs: vrrp_min_garp; vrrp_instance: garp_master_repeat",
			conf: "global_defs {\n    vrrp_min_garp true\n}\n" + `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority 150
    virtual_ipaddress {
        10.0.0.51
        10.0.0.52
    }
}
` + fast("zero", 53, "priority 150\n    garp_master_repeat 0\n    garp_master_refresh 0"),
		},
		{
			name:  "scheduling",
			shows: "global_defs: vrrp_priority vrrp_no_swap vrrp_rt_priority",
			conf:  "global_defs {\n    vrrp_priority -5\n    vrrp_no_swap\n    vrrp_rt_priority 7\n}\n" + fast("VI_1", 51, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.scheduling("vrrp.pid")
				b.stop()
			},
		},
	}
}

// further waits for n more advertisements of each of the virtual routers.
func (b *bench) further(n int, vrids ...uint8) {
	before := b.sent()
	b.until("more advertisements", func() (bool, string) {
		now := b.sent()
		for _, v := range vrids {
			if now[v] < before[v]+n {
				return false, ""
			}
		}
		return true, ""
	})
}

// scheduling writes down how the process of a pid file is scheduled, and whether it
// is locked in memory.
func (b *bench) scheduling(pidfile string) {
	out, err := b.host.Run("sh", "-ec", `pid=$(cat "$0"); ps -o ni=,cls=,rtprio= -p "$pid"; grep -c 'VmLck:.* 0 kB' /proc/"$pid"/status || true`,
		filepath.Join(b.run, pidfile))
	b.must(err)
	b.seen.add(secSteps, "%s", out)
}
