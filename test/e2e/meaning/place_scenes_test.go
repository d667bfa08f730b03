//go:build e2e

package meaning

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// processes writes down the processes of the program: their names, and whether they are on the host.
func (b *bench) processes(moment string) {
	var lines []string
	for _, pid := range b.proc.Tree() {
		proc := fmt.Sprintf("/proc/%d/", pid)
		comm, err := os.ReadFile(proc + "comm")
		b.must(err)
		net, err := os.Readlink(proc + "ns/net")
		b.must(err)
		lines = append(lines, fmt.Sprintf("%s, on the host: %v", strings.TrimSpace(string(comm)), net == b.netns))
	}
	slices.Sort(lines)
	b.seen.add(secSteps, "%s:\n%s", moment, strings.Join(lines, "\n"))
}

// dumped asks for all dump files and waits for those in TMPDIR.
func (b *bench) dumped(names ...string) {
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.Signal(36)} {
		b.signal(s)
	}
	for _, name := range names {
		b.until("dump file "+name, func() (bool, string) {
			st, err := os.Stat(filepath.Join(b.run, "case", name))
			return err == nil && st.Size() > 0, fmt.Sprint(err)
		})
	}
}

// refused waits for a reload that says why it changes nothing.
func (b *bench) refused(conf, why string) {
	b.write("keepalived.conf", conf, 0o644)
	b.signal(syscall.SIGHUP)
	b.logged("Cannot change "+why+" at a reload - please restart keepalived", 1)
	b.adverts(2)
}

// reloaded waits for a reload, the nth.
func (b *bench) reloaded(conf string, n int) {
	b.write("keepalived.conf", conf, 0o644)
	b.signal(syscall.SIGHUP)
	b.logged("Reload complete", n)
	b.adverts(2)
}

const namedParent = "global_defs {\n    process_name director\n}\n"

const notTouched = "An instance, service or checker that did not change is not touched"

// placeScenes are about where a daemon is and what it is called.
func placeScenes() []scene {
	one := fast("VI_1", 51, "priority 150")
	return append(pidScenes(one), append(nameScenes(one), ipvsPlaceScenes()...)...)
}

// pidScenes are about pid files and namespaces.
func pidScenes(one string) []scene {
	return []scene{
		{
			name:    "network namespace",
			shows:   "root: net_namespace instance",
			outside: true,
			differs: map[string]string{secLog: notTouched},
			conf: "net_namespace red\ninstance one\n" + secure + namedParent +
				fast("VI_1", 51, "priority 150\n    notify_master \"/run/case/where\""),
			files: map[string]string{"where": "#!/bin/sh\nip -o -4 addr show eth0 | grep -c 192.168.1.151 >>/run/case/calls\n"},
			play: func(b *bench) {
				b.start()
				b.masters()
				b.called(1)
				b.processes("master")
				b.look("master")
				b.refused(strings.Replace(b.conf, "red", "blue", 1), "network namespace")
				b.refused(strings.Replace(b.conf, "instance one", "instance two", 1), "instance name")
				b.refused(b.conf+"net_namespace_ipvs red\n", "IPVS network namespace")
				b.look("refused")
				b.reloaded(b.conf+fast("VI_2", 52, "priority 150"), 1)
				b.logged("(VI_2) Entering MASTER STATE", 1)
				b.processes("reloaded")
				b.look("reloaded")
				b.stop()
			},
		},
		{
			name:    "network namespace of the command line",
			outside: true,
			options: []string{"-s", "red"},
			conf:    "net_namespace blue\n" + namedParent + one,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.processes("master")
				b.look("master")
				b.stop()
			},
		},
		{
			name:    "directory of pid files",
			shows:   "root: use_pid_dir",
			differs: map[string]string{secLog: notTouched},
			conf:    "use_pid_dir\n" + one,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				b.reloaded(one, 1)
				b.look("reloaded")
				b.stop()
			},
		},
		{
			name:  "instance",
			shows: "root: instance",
			conf:  "instance one\n" + one,
		},
		{
			name:    "pid files of the command line",
			options: []string{"-p", "/run/p.pid"},
			conf:    "instance one\n" + one,
		},
	}
}

// dumps plays a start and the dumps that these files are of.
func dumps(files ...string) func(*bench) {
	return func(b *bench) {
		b.start()
		b.masters()
		b.dumped(files...)
		b.look("dumped")
		b.stop()
	}
}

// nameScenes are about names of processes and files.
func nameScenes(one string) []scene {
	global := func(text string) string { return "global_defs {\n    " + text + "\n}\n" + one }
	byRole := global("process_names\n    process_name director")
	own := global("process_names\n    process_name other\n    vrrp_process_name abcdefghijklmnop")
	return []scene{
		{
			name:    "names of processes",
			shows:   "global_defs: process_names process_name vrrp_process_name",
			differs: map[string]string{secLog: notTouched},
			conf:    namedParent + one,
			files:   map[string]string{"by-role.conf": byRole, "own.conf": own},
			play: func(b *bench) {
				b.start()
				b.masters()
				b.processes("parent")
				b.reloaded(byRole, 1)
				b.processes("by role")
				b.reloaded(own, 2)
				b.processes("own")
				b.stop()
			},
		},
		{
			name:  "names of files",
			shows: "global_defs: data_use_instance umask",
			conf:  "instance one\nglobal_defs {\n    data_use_instance\n    umask 0027\n    vrrp_notify_fifo /run/case/n.fifo\n}\n" + one,
			play:  dumps("keepalived.one.data", "keepalived_parent.one.data", "keepalived.stats", "keepalived.json"),
		},
		{
			name:    "umask of the command line",
			options: []string{"-u", "022"},
			conf:    "global_defs {\n    umask IRGRP|IWOTH\n}\n" + one,
			play:    dumps("keepalived.data", "keepalived_parent.data", "keepalived.stats", "keepalived.json"),
		},
		{
			name: "umask in names",
			conf: "global_defs {\n    umask IRGRP|IWOTH\n}\n" + one,
			play: dumps("keepalived.data", "keepalived_parent.data", "keepalived.stats", "keepalived.json"),
		},
	}
}

// ipvsPlaceScenes are about the table in another namespace than the daemon.
func ipvsPlaceScenes() []scene {
	names := func(child string) string {
		return "net_namespace_ipvs red\nglobal_defs {\n    process_name director\n    " + child + "\n}\n" + vs(1, "") + vs(2, "")
	}
	next := names("lvs_process_name lvs") + vs(3, "")
	return []scene{
		{
			name:    "table in a network namespace",
			shows:   "root: net_namespace_ipvs; global_defs: checker_process_name lvs_process_name",
			ipvs:    true,
			outside: true,
			conf:    names("checker_process_name checks"),
			files:   map[string]string{"next.conf": next},
			differs: map[string]string{secLog: notTouched},
			play: func(b *bench) {
				b.start()
				b.logged("Gained quorum", 2)
				b.processes("running")
				b.look("running")
				b.write("keepalived.conf", next, 0o644)
				b.signal(syscall.SIGHUP)
				b.logged("Reload complete", 1)
				b.logged("Gained quorum", 3)
				b.processes("reloaded")
				b.look("reloaded")
				b.stop()
			},
		},
	}
}
