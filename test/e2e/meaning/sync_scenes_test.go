//go:build e2e

package meaning

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
)

// patient gives a stop the time that the end of a sync daemon takes in a kernel where others are busy with theirs: it
// carries out such commands one after the other, whoever's they are.
const patient = "child_wait_time 60\n"

// sharing is a global_defs with lvs_sync_daemon.
func sharing(words string) string {
	return patient + "global_defs {\n    lvs_sync_daemon " + words + "\n}\n"
}

// daemons waits until "ipvsadm -L --daemon" has each of the texts and no line without one of them.
func (b *bench) daemons(texts ...string) {
	b.until(fmt.Sprintf("sync daemons %q", texts), func() (bool, string) {
		out, err := b.host.Run("ipvsadm", "-L", "--daemon")
		b.must(err)
		lines := slices.DeleteFunc(strings.Split(out, "\n"), func(l string) bool { return l == "" })
		fits := func(line string) bool {
			return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(line, t) })
		}
		return len(lines) == len(texts) && !slices.ContainsFunc(lines, func(l string) bool { return !fits(l) }), out
	})
}

// shares has the program take over another configuration, however often it did before.
func (b *bench) shares(conf string) {
	n := strings.Count(b.proc.Log(), "Reload complete")
	b.write("keepalived.conf", conf, 0o644)
	b.signal(syscall.SIGHUP)
	b.logged("Reload complete", n+1)
}

// syncScenes are about connections shared with another director.
func syncScenes() []scene {
	vi := fast("VI_1", 51, "priority 150")
	two := vi + fast("VI_2", 52, "priority 150")
	simply := func(texts ...string) func(*bench) {
		return func(b *bench) {
			b.start()
			b.daemons(texts...)
			b.look("running")
			b.stop()
		}
	}
	return []scene{
		{
			name:    "sync daemon of an instance",
			differs: map[string]string{secLog: notTouched},
			shows:   "global_defs: lvs_sync_daemon",
			ipvs:    true,
			conf:    sharing("eth0 inst VI_1") + vi,
			play: func(b *bench) {
				b.start()
				b.logged("Entering MASTER STATE", 1)
				b.daemons("master sync daemon (mcast=eth0, syncid=51,")
				b.look("master")
				b.must(b.host.SetLink("eth0", false))
				b.logged("Entering FAULT STATE", 1)
				b.daemons("backup sync daemon (mcast=eth0, syncid=51,")
				b.look("fault")
				b.must(b.host.SetLink("eth0", true))
				b.logged("Entering MASTER STATE", 2)
				b.daemons("master sync daemon (mcast=eth0, syncid=51,")
				b.look("master again")
				b.shares(sharing("eth0 inst VI_1 id 7 port 9000 ttl 3 maxlen 1300 group 224.0.0.82") + vi)
				b.daemons("master sync daemon (mcast=eth0, syncid=7, maxlen=1300, group=224.0.0.82, port=9000, ttl=3)")
				b.look("everything said")
				b.shares(sharing("eth0 inst VI_1 id 7 group ff02::82") + vi)
				b.daemons("master sync daemon (mcast=eth0, syncid=7, maxlen=1452, group=ff02::82, port=8848, ttl=1)")
				b.look("a group of IPv6")
				b.stop()
			},
		},
		{
			name:    "sync daemon of another instance",
			differs: map[string]string{secLog: notTouched},
			ipvs:    true,
			slow:    true,
			conf:    sharing("eth0 VI_1") + two,
			play: func(b *bench) {
				b.start()
				b.logged("Entering MASTER STATE", 2)
				b.daemons("master sync daemon (mcast=eth0, syncid=51,")
				b.shares(sharing("eth0 inst VI_2") + two)
				b.daemons("master sync daemon (mcast=eth0, syncid=52,")
				b.look("the other")
				b.stop()
			},
		},
		{
			name: "sync daemon of an instance without link",
			ipvs: true,
			slow: true,
			conf: sharing("lo inst VI_1 id 9") + vi,
			play: func(b *bench) {
				b.must(b.host.SetLink("eth0", false))
				b.start()
				b.logged("entering FAULT state", 1)
				b.daemons("backup sync daemon (mcast=lo, syncid=9, maxlen=65507,")
				b.look("fault")
				b.stop()
			},
		},
		{
			name: "sync daemons without instance",
			ipvs: true,
			conf: sharing("eth0") + vs(1, ""),
			play: func(b *bench) {
				b.start()
				b.logged("Gained quorum", 1)
				b.daemons("master sync daemon (mcast=eth0, syncid=0,", "backup sync daemon (mcast=eth0, syncid=0,")
				b.look("running")
				b.shares(sharing("eth0 id 8 port 9000") + vs(1, ""))
				b.daemons("master sync daemon (mcast=eth0, syncid=8, maxlen=1472, group=224.0.0.81, port=9000,",
					"backup sync daemon (mcast=eth0, syncid=8, maxlen=1472, group=224.0.0.81, port=9000,")
				b.look("reloaded")
				b.stop()
			},
		},
		{
			name: "sync daemons without instance after a crash",
			ipvs: true,
			slow: true,
			conf: sharing("eth0") + vs(1, ""),
			play: func(b *bench) {
				b.start()
				b.logged("Gained quorum", 1)
				b.daemons("master sync daemon (mcast=eth0, syncid=0,", "backup sync daemon (mcast=eth0, syncid=0,")
				b.must(syscall.Kill(b.roleOf("checkers.pid"), syscall.SIGKILL))
				b.logged("Gained quorum", 2)
				b.daemons("master sync daemon (mcast=eth0, syncid=0,", "backup sync daemon (mcast=eth0, syncid=0,")
				b.look("after the crash")
				b.stop()
			},
		},
		{
			name:  "sync daemon in the instance",
			shows: "vrrp_instance: lvs_sync_daemon_interface",
			ipvs:  true,
			conf:  patient + fast("VI_1", 51, "lvs_sync_daemon_interface eth0\n    priority 150"),
			play:  simply("master sync daemon (mcast=eth0, syncid=0,"),
		},
		{
			name: "sync daemon of no instance",
			ipvs: true,
			slow: true,
			conf: sharing("eth0 inst VI_2") + vi + vs(1, ""),
			play: func(b *bench) {
				b.start()
				b.logged("Entering MASTER STATE", 1)
				b.logged("Gained quorum", 1)
				b.daemons()
				b.look("running")
				b.stop()
			},
		},
		{
			name:    "sync daemon without the checker",
			ipvs:    true,
			slow:    true,
			options: []string{"-P"},
			conf:    sharing("eth0 inst VI_1") + vi + vs(1, ""),
			play:    simply("master sync daemon (mcast=eth0, syncid=51,"),
		},
		{
			name:    "sync daemon without VRRP",
			ipvs:    true,
			slow:    true,
			options: []string{"-C"},
			conf:    sharing("eth0 inst VI_1") + vi + vs(1, ""),
			play: func(b *bench) {
				b.start()
				b.logged("Gained quorum", 1)
				b.daemons()
				b.look("running")
				b.stop()
			},
		},
		{
			name:    "table that is kept, sync daemons that are not",
			ipvs:    true,
			slow:    true,
			options: []string{"-I"},
			conf:    sharing("eth0") + vs(1, ""),
			play:    simply("master sync daemon", "backup sync daemon"),
		},
		{
			name:    "sync daemons in a network namespace",
			ipvs:    true,
			slow:    true,
			outside: true,
			conf:    "net_namespace_ipvs red\n" + sharing("eth0 id 3") + vs(1, ""),
			play:    simply("master sync daemon (mcast=eth0, syncid=3,", "backup sync daemon (mcast=eth0, syncid=3,"),
		},
		{
			name: "sync daemons of somebody else",
			ipvs: true,
			slow: true,
			conf: sharing("eth0") + vs(1, ""),
			play: func(b *bench) {
				b.starts("master", 33)
				b.starts("backup", 34)
				b.start()
				b.logged("Gained quorum", 1)
				b.daemons("master sync daemon (mcast=eth0, syncid=0,", "backup sync daemon (mcast=eth0, syncid=0,")
				b.look("replaced")
				b.stop()
			},
		},
		{
			name: "sync daemon of somebody else, and of an instance",
			ipvs: true,
			slow: true,
			conf: sharing("eth0 inst VI_1") + fast("VI_1", 51, "priority 150"),
			play: func(b *bench) {
				b.starts("backup", 33)
				b.start()
				b.logged("Entering MASTER STATE", 1)
				b.daemons("master sync daemon (mcast=eth0, syncid=51,")
				b.look("replaced")
				b.stop()
			},
		},
		{
			name: "sync daemons that are not ours",
			ipvs: true,
			slow: true,
			conf: vi + vs(1, ""),
			play: func(b *bench) {
				b.starts("master", 33)
				b.starts("backup", 34)
				b.start()
				b.logged("Entering MASTER STATE", 1)
				b.logged("Gained quorum", 1)
				b.look("running")
				b.stop()
			},
		},
	}
}

// starts has somebody else start a sync daemon.
func (b *bench) starts(state string, id int) {
	_, err := b.host.Run("ipvsadm", "--start-daemon", state, "--mcast-interface", "eth0", "--syncid", fmt.Sprint(id))
	b.must(err)
}
