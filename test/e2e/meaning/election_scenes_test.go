//go:build e2e

package meaning

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"
)

// peerPrefers is the configuration of another director with a priority.
func peerPrefers(priority string) string { return fast("PEER", 51, "priority "+priority) }

func electionScenes() []scene {
	return []scene{
		{
			name:  "unicast checksums of old versions",
			shows: "vrrp_instance: old_unicast_checksum",
			conf: fast("old", 51, "old_unicast_checksum\n    unicast_peer {\n        192.168.1.152\n    }") +
				fast("never", 52, "old_unicast_checksum never\n    unicast_peer {\n        192.168.1.152\n    }"),
		},
		{
			name:  "a higher priority comes and goes",
			shows: "vrrp_instance: priority preempt",
			conf:  fast("VI_1", 51, "priority 100\n    preempt"),
			peer:  peerPrefers("150"),
			play: func(b *bench) {
				b.must(b.peer.Start())
				b.looksAtPeer(3)
				b.start()
				b.logged("(VI_1) Entering BACKUP STATE", 1)
				b.looksAtPeer(5)
				b.look("backup")
				b.must(b.peer.Proc.Signal(syscall.SIGTERM))
				b.masters()
				b.look("master")
				_, _, err := b.peer.Proc.Wait(time.Now(), limit)
				b.must(err)
				b.must(b.peer.Start())
				b.logged("(VI_1) Entering BACKUP STATE", 2)
				b.looksAtPeer(5)
				b.look("backup again")
				b.stop()
			},
		},
		{
			name:  "nopreempt",
			shows: "vrrp_instance: nopreempt",
			conf:  fast("VI_1", 51, "priority 200\n    nopreempt\n    state BACKUP"),
			peer:  peerPrefers("100"),
			play: func(b *bench) {
				b.must(b.peer.Start())
				b.looksAtPeer(3)
				b.start()
				b.logged("(VI_1) Entering BACKUP STATE", 1)
				b.looksAtPeer(10)
				b.look("backup")
				b.must(b.peer.Proc.Signal(syscall.SIGTERM))
				b.masters()
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "nopreempt where it does not count",
			shows: "vrrp_instance: nopreempt preempt_delay",
			conf: fast("owner", 51, "priority 255\n    nopreempt") + fast("wish", 52, "state MASTER\n    priority 200\n    nopreempt") +
				fast("delayed", 53, "state MASTER\n    priority 200\n    preempt_delay 5") + fast("large", 54, "priority 200\n    preempt_delay 1001"),
			peer: fast("PEER", 52, "priority 100") + fast("PEER3", 53, "priority 100"),
			play: func(b *bench) {
				b.must(b.peer.Start())
				b.looksAtPeer(3)
				b.start()
				b.masters()
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "preempt delay",
			shows: "vrrp_instance: preempt_delay",
			conf:  fast("VI_1", 51, "priority 200\n    preempt_delay 1.5"),
			peer:  peerPrefers("100"),
			play: func(b *bench) {
				b.must(b.peer.Start())
				b.looksAtPeer(3)
				b.start()
				b.logged("(VI_1) Entering BACKUP STATE", 1)
				began := time.Now()
				b.masters()
				b.seen.add(secSteps, "preempts after %s", class(b.firstAdvert(51).Sub(began)))
				b.look("master")
				b.stop()
			},
		},
		{
			name:    "a master hears a lower priority",
			timed:   true,
			shows:   "vrrp_instance: garp_lower_prio_delay garp_lower_prio_repeat notify_master_rx_lower_pri",
			conf:    secure + fast("VI_1", 51, "priority 200\n    garp_lower_prio_repeat 2\n    garp_lower_prio_delay 1\n    notify_master_rx_lower_pri \"/run/case/note lower\""),
			company: true,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.hear(forged{version: 3, vrid: 51, priority: 100, interval: 10, addrs: []string{"10.0.0.51"}})
				b.called(1)
				b.announced(5 + 2 + 2)
				b.adverts(3)
				b.look("master")
				b.stop()
			},
		},
		{
			name:    "lower priorities for all",
			shows:   "global_defs: vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_lower_prio_no_advert vrrp_garp_master_repeat vrrp_garp_master_delay; vrrp_instance: lower_prio_no_advert",
			conf:    "global_defs {\n    vrrp_garp_lower_prio_repeat 3\n    vrrp_garp_lower_prio_delay 1\n    vrrp_garp_master_repeat 2\n    vrrp_garp_master_delay 1\n    vrrp_lower_prio_no_advert true\n}\n" + slow("VI_1", 51, "priority 254") + slow("VI_2", 52, "priority 254\n    lower_prio_no_advert false"),
			company: true,
			play: func(b *bench) {
				b.start()
				b.masters()
				b.hear(forged{version: 3, vrid: 51, priority: 100, interval: 100, addrs: []string{"10.0.0.51"}})
				b.logged("(VI_1) Received advert from 192.168.1.152 with lower priority 100", 1)
				b.hear(forged{version: 3, vrid: 52, priority: 100, interval: 100, addrs: []string{"10.0.0.52"}})
				b.logged("(VI_2) Received advert from 192.168.1.152 with lower priority 100", 1)
				b.announced(2 * (2 + 3 + 3))
				b.look("master")
				b.stop()
			},
		},
		{
			name:    "a last word before yielding",
			shows:   "vrrp_instance: higher_prio_send_advert; global_defs: vrrp_higher_prio_send_advert",
			conf:    "global_defs {\n    vrrp_higher_prio_send_advert true\n}\n" + slow("VI_1", 51, "priority 200") + slow("VI_2", 52, "priority 200\n    higher_prio_send_advert false"),
			company: true,
			play: func(b *bench) {
				b.start()
				b.masters()
				for i, name := range b.instances() {
					b.hear(forged{version: 3, vrid: byte(51 + i), priority: 210, interval: 100, addrs: []string{fmt.Sprintf("10.0.0.%d", 51+i)}})
					b.logged("("+name+") Entering BACKUP STATE", 2)
				}
				b.look("backup")
				b.stop()
			},
		},
		{
			name:    "how long silence lasts",
			shows:   "vrrp_instance: down_timer_adverts; global_defs: vrrp_down_timer_adverts",
			conf:    "global_defs {\n    vrrp_down_timer_adverts 1\n}\n" + slow("short", 51, "priority 254") + slow("long", 52, "priority 254\n    down_timer_adverts 4"),
			company: true,
			play: func(b *bench) {
				b.start()
				for _, name := range b.instances() {
					b.logged("("+name+") Entering BACKUP STATE", 1)
				}
				began := time.Now()
				b.masters()
				for _, vrid := range []uint8{51, 52} {
					b.seen.add(secSteps, "%d after %s", vrid, class(b.firstAdvert(vrid).Sub(began)))
				}
				b.stop()
			},
		},
		{
			name:  "startup delay",
			shows: "global_defs: vrrp_startup_delay",
			conf:  "global_defs {\n    vrrp_startup_delay 2\n}\n" + fast("VI_1", 51, "priority 200"),
			play: func(b *bench) {
				b.start()
				b.logged("(VI_1) Entering BACKUP STATE", 1)
				began := time.Now()
				b.masters()
				b.seen.add(secSteps, "after %s", class(b.firstAdvert(51).Sub(began)))
				b.look("master")
				b.stop()
			},
		},
		{
			name:    "a list of addresses that differs",
			shows:   "vrrp_instance: skip_check_adv_addr; global_defs: vrrp_skip_check_adv_addr",
			conf:    "global_defs {\n    vrrp_skip_check_adv_addr true\n}\n" + slow("VI_1", 51, "priority 100") + slow("VI_2", 52, "priority 100\n    skip_check_adv_addr"),
			company: true,
			play: func(b *bench) {
				b.start()
				b.masters()
				for i, name := range b.instances() {
					b.hear(forged{version: 3, vrid: byte(51 + i), priority: 210, interval: 100, addrs: []string{"10.0.0.51", "10.0.0.52"}})
					b.hear(forged{version: 3, vrid: byte(51 + i), priority: 210, interval: 100, addrs: []string{[]string{"10.0.0.51", "10.0.0.52"}[i]}})
					b.logged("("+name+") Entering BACKUP STATE", 2)
					b.hear(forged{version: 3, vrid: byte(51 + i), priority: 210, interval: 100, addrs: []string{"10.0.0.99"}})
				}
				b.look("backup")
				b.stop()
			},
			differs: map[string]string{secLog: "An advert whose address list differs"},
		},
		{
			name:    "authentication headers",
			shows:   "vrrp_instance/authentication: auth_type auth_pass",
			conf:    sealedBy("VI_1", 51, "priority 200\n    state MASTER"),
			company: true,
			play: func(b *bench) {
				b.start()
				b.masters()
				heard := forged{version: 2, vrid: 51, priority: 210, interval: 1, addrs: []string{"10.0.0.51"}}
				heard.ah, heard.key = 100000, "guess"
				b.hear(heard)
				b.logged("(VI_1) IPSEC-AH : invalid IPSEC HMAC-MD5 value", 1)
				heard.key = "secret"
				b.hear(heard)
				b.logged("(VI_1) Entering BACKUP STATE", 2)
				b.hear(heard)
				b.logged("(VI_1) IPSEC-AH : sequence number 100000 already processed", 1)
				heard.ah, heard.priority = 100001, 0
				b.hear(heard)
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.look("master")
				b.stop()
			},
		},
		{
			name:  "authentication headers to a peer",
			shows: "vrrp_instance/authentication: auth_type auth_pass",
			conf:  sealedBy("VI_1", 51, "priority 250\n    unicast_src_ip 192.168.1.151\n    unicast_ttl 64\n    unicast_peer {\n        192.168.1.152\n    }"),
			peer:  sealedBy("P1", 51, "priority 100\n    unicast_src_ip 192.168.1.152\n    unicast_peer {\n        192.168.1.151\n    }"),
		},
		{
			name:  "unknown sources of unicast",
			shows: "vrrp_instance: check_unicast_src; global_defs: vrrp_check_unicast_src log_unknown_vrids",
			conf: "global_defs {\n    vrrp_check_unicast_src\n    log_unknown_vrids\n}\n" + fast("VI_1", 51, "priority 100\n    unicast_src_ip 192.168.1.151\n    unicast_peer {\n        192.168.1.153\n    }") +
				fast("VI_2", 52, "priority 100\n    check_unicast_src\n    unicast_src_ip 192.168.1.151\n    unicast_peer {\n        192.168.1.152\n    }"),
			peer: fast("P1", 51, "priority 150\n    unicast_src_ip 192.168.1.152\n    unicast_peer {\n        192.168.1.151\n    }") +
				fast("P2", 52, "priority 150\n    unicast_src_ip 192.168.1.152\n    unicast_peer {\n        192.168.1.151\n    }") +
				fast("P3", 53, "priority 150"),
			play: func(b *bench) {
				b.must(b.peer.Start())
				b.looksAtPeer(3)
				b.start()
				b.logged("(VI_1) Entering MASTER STATE", 1)
				b.logged("(VI_1) Sending", 1)
				b.looksAtPeer(5)
				b.look("running")
				b.stop()
			},
		},
		{
			name:  "two masters of one priority",
			shows: "vrrp_instance: priority",
			conf:  fast("VI_1", 51, "priority 100"),
			peer:  peerPrefers("100"),
			play: func(b *bench) {
				b.start()
				b.masters()
				b.look("master")
				b.hear(forged{version: 3, vrid: 51, priority: 100, interval: 10, addrs: []string{"10.0.0.51"}})
				b.logged("(VI_1) Entering BACKUP STATE", 2)
				b.logged("(VI_1) Entering MASTER STATE", 2)
				b.adverts(3)
				b.look("master again")
				b.stop()
			},
		},
		{
			name:    "another interval",
			shows:   "vrrp_instance: advert_int",
			conf:    slow("VI_1", 51, "priority 100"),
			company: true,
			play: func(b *bench) {
				b.start()
				b.logged("(VI_1) Entering BACKUP STATE", 1)
				b.hear(forged{version: 3, vrid: 51, priority: 200, interval: 50, addrs: []string{"10.0.0.51"}})
				b.masters()
				b.look("master")
				b.stop()
			},
		},
	}
}

// slow is like fast, with an interval of a second.
func slow(name string, vrid int, more string) string {
	return fast(name, vrid, more+"\n    advert_int 1")
}

// looksAtPeer waits until the other host has sent n more advertisements of one
// virtual router.
func (b *bench) looksAtPeer(n int) {
	since := time.Now()
	b.until("advertisements of the peer", func() (bool, string) {
		count := map[uint8]int{}
		for _, a := range b.capture.Adverts(since, nil) {
			if a.MAC == peerMAC {
				count[a.VRID]++
			}
		}
		for _, have := range count {
			if have >= n {
				return true, ""
			}
		}
		return false, ""
	})
}

// firstAdvert is when this host first advertised a virtual router.
func (b *bench) firstAdvert(vrid uint8) time.Time {
	for _, a := range b.capture.Adverts(time.Time{}, nil) {
		if a.MAC == ownMAC && a.VRID == vrid {
			return a.At
		}
	}
	b.must(errors.New("it never advertised itself"))
	return time.Time{}
}

// announced waits until eth0 has announced n times in all.
func (b *bench) announced(n int) {
	b.until("announcements", func() (bool, string) {
		have := 0
		for _, f := range b.capture.Frames() {
			if _, _, ok := announcement(f.Data); ok {
				have++
			}
		}
		return have >= n, strconv.Itoa(have)
	})
}

// sealedBy is the text of an instance of version 2 with authentication headers; its address is 10.0.0.VRID.
func sealedBy(name string, vrid int, more string) string {
	return fmt.Sprintf(`
vrrp_instance %s {
    interface eth0
    virtual_router_id %d
    garp_master_delay 0
    authentication {
        auth_type AH
        auth_pass secret
    }
    %s
    virtual_ipaddress {
        10.0.0.%d
    }
}
`, name, vrid, more, vrid)
}
