//go:build e2e

package meaning

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"holdfast/test/lab"
)

// programScenes are about what is run and told when a state changes.
func programScenes() []scene {
	return []scene{
		{
			name:  "scripts of an instance",
			shows: "vrrp_instance: notify_master notify_backup notify_fault notify_stop notify; global_defs: script_user enable_script_security",
			conf: secure + fast("VI_1", 51, `priority 150
    notify_master "/run/case/note master"
    notify_backup "/run/case/note backup"
    notify_fault "/run/case/note fault"
    notify_stop "/run/case/note stop"
    notify "/run/case/note any"`),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.called(4)
				b.look("master")
				b.must(b.host.CutCable())
				b.logged("(VI_1) Entering FAULT STATE", 1)
				b.called(6)
				b.look("fault")
				b.must(b.host.PlugCable())
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.called(10)
				b.adverts(3)
				b.look("master again")
				b.stop()
			},
		},
		{
			name:  "words of a script",
			shows: "vrrp_instance: notify_master notify_backup notify_stop notify",
			conf: secure + fast("bare", 1, `priority 150
    notify_master /run/case/note
    notify_backup "/run/case/note"
    notify_stop '/run/case/note'`) +
				fast("quotes", 2, `priority 150
    notify_master "/run/case/note one 'two three' \"four five\" six"
    notify_backup '/run/case/note "a b" c'
    notify_stop "/run/case/note"" glued"`) +
				fast("shell", 3, `priority 150
    notify_master "/run/case/note $HOME * ; | & > /dev/null"
    notify_backup "/run/case/note # ! {} ~ %s"
    notify_stop "/run/case/note \x41\102\t\e\n\q\\"`) +
				fast("user", 4, `priority 150
    notify_master "/run/case/note with user" root
    notify_backup "/run/case/note with group" root root
    notify_stop "/run/case/note nobody's" nobodyknown`) +
				fast("misread", 5, `priority 150
    notify_master /run/case/note hello world
    notify_backup "/run/case/note   many   blanks  "
    notify_stop "/run/case/absent x"`) +
				fast("twice", 6, `priority 150
    notify_master "/run/case/note first"
    notify_master "/run/case/note second"
    notify_backup "/run/case/note ''"
    notify "/run/case/note"`) +
				fast(`"a name"`, 7, `priority 150
    notify_backup "/run/case/note it's"
    notify "/run/case/note"`),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.called(15)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "users of scripts",
			shows: "global_defs: script_user; vrrp_instance: notify_master notify_backup; vrrp_script: user script",
			conf: `
global_defs {
    enable_script_security
    script_user nobody nogroup
}
vrrp_script own {
    script "/run/case/who own"
    interval 100
    weight 1
}
vrrp_script root {
    script "/run/case/who root"
    interval 100
    weight 1
    user root root
}
` + fast("VI_1", 51, `priority 150
    advert_int 0.4
    notify_master "/run/case/who default"
    notify_backup "/run/case/who daemon" daemon
    notify_stop "/run/case/who both" daemon nogroup
    track_script {
        own
        root
    }`),
			files: map[string]string{"who": `#!/bin/sh
line="$* $(id -u):$(id -g) $(id -G) umask $(umask) in $PWD pgrp $(($(ps -o pgid= -p $$) - $$)) $(env | grep -cE 'NOTIFY_SOCKET|IFS|LD_')"
printf '%s\n' "$line" >>/run/case/calls
`},
			play: func(b *bench) {
				b.write("calls", "", 0o666)
				b.start()
				b.masters()
				b.called(4)
				b.look("master")
				b.stop()
			},
			differs: map[string]string{secExit: "2.2.7 ends itself with SIGTERM"},
		},
		{
			name:  "FIFOs",
			shows: "global_defs: notify_fifo vrrp_notify_fifo vrrp_notify_priority_changes; vrrp_instance: notify_priority_changes track_interface; root: global_defs vrrp_instance",
			conf: `
global_defs {
    notify_fifo /run/case/all.fifo
    vrrp_notify_fifo /run/case/vrrp.fifo nobody nogroup
    vrrp_notify_priority_changes true
}
` + fast("VI_1", 51, `priority 150
    track_interface {
        eth1 weight 10
    }`) + fast("VI_2", 52, `priority 150
    notify_priority_changes false
    track_interface {
        eth1 weight -10
    }`),
			play: func(b *bench) {
				b.link("eth1")
				b.start()
				b.masters()
				b.got("vrrp.fifo", 4)
				b.got("all.fifo", 4)
				b.look("master")
				b.must(b.host.SetLink("eth1", false))
				b.logged("Changing effective priority", 2)
				b.got("vrrp.fifo", 5)
				b.got("all.fifo", 5)
				b.adverts(3)
				b.look("eth1 down")
				b.must(b.host.SetLink("eth1", true))
				b.logged("Changing effective priority", 4)
				b.got("vrrp.fifo", 6)
				b.got("all.fifo", 6)
				b.adverts(3)
				b.look("eth1 up")
				b.stop()
			},
		},
		{
			name:  "programs behind FIFOs",
			shows: "global_defs: notify_fifo notify_fifo_script vrrp_notify_fifo vrrp_notify_fifo_script",
			conf: `
global_defs {
    enable_script_security
    script_user root
    notify_fifo /run/case/all
    notify_fifo_script "/run/case/follow one 'two three'"
    vrrp_notify_fifo /run/case/vrrp
    vrrp_notify_fifo_script /run/case/follow
}
` + fast("VI_1", 51, "priority 150"),
			files: map[string]string{"follow": follow},
			play: func(b *bench) {
				b.start()
				b.masters()
				b.called(4)
				b.look("master")
				b.stop()
			},
			differs: map[string]string{secCalls: "The program behind a FIFO reads the last lines"},
		},
		{
			name:  "mail of an instance",
			shows: "global_defs: router_id notification_email notification_email_from smtp_server smtp_helo_name smtp_connect_timeout; vrrp_instance: smtp_alert",
			conf: `
global_defs {
    router_id "router one"
    notification_email {
        one@example.org two@example.org
        three@example.org
    }
    notification_email_from director@example.org
    smtp_server 127.0.0.1 2525
    smtp_helo_name helo.example.org
    smtp_connect_timeout 3
}
` + fast("VI_1", 51, "priority 150\n    smtp_alert true") + fast("silent", 52, "priority 150"),
			play: func(b *bench) {
				b.sink("127.0.0.1:2525")
				b.start()
				b.masters()
				b.got("mail", 2)
				b.look("master")
				b.must(b.host.CutCable())
				b.logged("Entering FAULT STATE", 2)
				b.got("mail", 3)
				b.look("fault")
				b.must(b.host.PlugCable())
				b.logged("Entering MASTER STATE", 4)
				b.got("mail", 5)
				b.adverts(3)
				b.look("master again")
				b.deaf()
				b.stop()
			},
		},
		{
			name:  "defaults of mail",
			shows: "global_defs: smtp_alert smtp_alert_vrrp no_email_faults; vrrp_instance: smtp_alert; vrrp_sync_group: smtp_alert",
			conf: `
global_defs {
    notification_email {
        root@localhost
    }
    smtp_server 127.0.0.1
    smtp_alert false
    smtp_alert_vrrp true
    no_email_faults
}
vrrp_sync_group G {
    group {
        VI_1
        VI_2
    }
}
` + fast("VI_1", 51, "priority 150") + fast("VI_2", 52, "priority 150\n    smtp_alert off"),
			play: func(b *bench) {
				b.sink("127.0.0.1:25")
				b.start()
				b.masters()
				b.got("mail", 4)
				b.look("master")
				b.must(b.host.CutCable())
				b.logged("Entering FAULT STATE", 2)
				b.look("fault")
				b.must(b.host.PlugCable())
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.got("mail", 8)
				b.adverts(3)
				b.look("master again")
				b.deaf()
				b.stop()
			},
			differs: map[string]string{secLog: "Going to FAULT sends priority 0 once"},
		},
		{
			name:  "start and stop scripts",
			shows: "global_defs: startup_script startup_script_timeout shutdown_script shutdown_script_timeout",
			conf: `
global_defs {
    enable_script_security
    script_user root
    startup_script "/run/case/note starts 'as one'"
    startup_script_timeout 5
    shutdown_script "/run/case/note ends"
    shutdown_script_timeout 5
}
` + fast("VI_1", 51, "priority 150\n    notify_stop \"/run/case/note stop\""),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "a child that does not end",
			shows: "root: child_wait_time",
			conf:  "child_wait_time 1\n" + fast("VI_1", 51, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.masters()
				pid, err := os.ReadFile(filepath.Join(b.run, "vrrp.pid"))
				b.must(err)
				n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
				b.must(err)
				b.must(lab.Freeze(n))
				start := time.Now()
				b.signal(syscall.SIGTERM)
				b.ends()
				b.seen.add(secSteps, "after %s", class(time.Since(start)))
			},
		},
		{
			name:  "removed by a reload",
			shows: "vrrp_instance: notify_deleted notify",
			conf: secure + fast("stays", 51, "priority 150\n    notify \"/run/case/note any\"") +
				fast("deleted", 52, "priority 150\n    notify_deleted \"/run/case/note deleted\"\n    notify \"/run/case/note any\"") +
				fast("faulted", 53, "priority 150\n    notify_fault \"/run/case/note fault\"\n    notify \"/run/case/note any\""),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.called(6)
				b.look("master")
				b.write("keepalived.conf", secure+fast("stays", 51, "priority 150\n    notify \"/run/case/note any\"")+fast("new", 54, "priority 150"), 0o644)
				b.signal(syscall.SIGHUP)
				b.logged("(new) Entering MASTER STATE", 1)
				b.called(9)
				b.repeated(3, 54)
				b.look("reloaded")
				b.stop()
			},
			differs: map[string]string{secCalls: "Removed by a reload, an instance runs `notify_fault`", secLog: "An instance, service or checker that did not change is not touched"},
		},
		{
			name:  "changed by a reload",
			shows: "vrrp_instance: virtual_ipaddress priority advert_int",
			conf:  fast("VI_1", 51, "priority 150") + fast("VI_2", 52, "priority 150"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				b.write("keepalived.conf", fast("VI_1", 51, "priority 160\n    virtual_ipaddress_excluded {\n        10.1.0.1\n    }")+
					fast("renamed", 52, "priority 150\n    virtual_ipaddress {\n        10.0.0.99\n    }"), 0o644)
				b.signal(syscall.SIGHUP)
				b.logged("Reload complete", 1)
				b.adverts(3)
				b.look("reloaded")
				b.stop()
			},
			differs: map[string]string{
				secAnnounced: "A reload announces only the addresses that are new",
				secLog:       "A reload announces only the addresses that are new",
			},
		},
	}
}

// follow is a program that writes down what it gets from a FIFO.
const follow = `#!/bin/sh
for path; do :; done
while read -r line; do printf '%s\n' "follow: $* gets $line" >>/run/case/calls; done <"$path"
`
