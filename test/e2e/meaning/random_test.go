//go:build e2e

package meaning

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// seedVar repeats a random run: the seed that a failure names.
const seedVar = "MEANING_SEED"

// How many random configurations are played, without and with IPVS.
const (
	randomRouters  = 75
	randomServices = 25
)

// randomSeed is the seed of this run, the same in the guest.
func randomSeed(t *testing.T) uint64 {
	text := os.Getenv(seedVar)
	if text == "" {
		text = strconv.FormatInt(time.Now().UnixNano()%1e6, 10)
		t.Setenv(seedVar, text) // for the guest
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s=%d", seedVar, seed)
	return seed
}

// TestRandom plays configurations made of pieces by chance. It is part of the long run
// only, and runs alone: it sets a variable of the environment.
func TestRandom(t *testing.T) {
	if testing.Short() {
		return
	}
	seed := randomSeed(t)
	if !lab.InGuest() {
		t.Run("routers", func(t *testing.T) {
			var list []scene
			for i := range randomRouters {
				list = append(list, randomRouter(seed, i))
			}
			playAll(t, list)
		})
	}
	inGuest(t, 3, func() {
		var list []scene
		for i := range randomServices {
			list = append(list, randomService(seed, i))
		}
		playAll(t, list)
	})
}

// A maker makes a configuration from a seed.
type maker struct {
	*rand.Rand
	strings.Builder
}

func newMaker(seed uint64, i int) *maker {
	return &maker{Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
}

// say writes a line.
func (m *maker) say(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

// maybe writes a line one time in n.
func (m *maker) maybe(n int, format string, args ...any) {
	if m.IntN(n) == 0 {
		m.say(format, args...)
	}
}

// one is one of the words.
func (m *maker) one(words ...string) string { return words[m.IntN(len(words))] }

// randomRouter is a scene of one to four instances.
func randomRouter(seed uint64, i int) scene {
	m := newMaker(seed, i)
	m.say("global_defs {\n    enable_script_security\n    script_user root")
	m.maybe(3, "    vrrp_notify_fifo /run/case/vrrp.fifo")
	m.maybe(4, "    vrrp_notify_priority_changes true")
	m.maybe(4, "    vrrp_garp_master_repeat %d", 1+m.IntN(3))
	m.maybe(5, "    vrrp_higher_prio_send_advert true")
	m.maybe(5, "    vrrp_down_timer_adverts %d", 2+m.IntN(4))
	m.maybe(5, "    router_id %s", m.one("r1", `"r 1"`))
	m.say("}")
	m.say("vrrp_script good {\n    script %s\n    interval 100\n    weight %d\n}", m.one("/usr/bin/true", `"/run/case/status 0"`), m.IntN(40)-20)
	m.say("vrrp_script bad {\n    script \"/run/case/status 1\"\n    interval 100\n    weight %d\n    %s\n}", m.IntN(40)-20, m.one("", "fall 1", "rise 2", "timeout 5"))
	names := []string{"VI_1", "VI_2", "VI_3", "VI_4"}[:1+m.IntN(4)]
	grouped := 0
	if len(names) > 1 && m.IntN(3) == 0 {
		grouped = 2 + m.IntN(len(names)-1)
		m.say("vrrp_sync_group G {\n    group {\n        %s\n    }", strings.Join(names[:grouped], m.one(" ", "\n        ")))
		m.maybe(2, "    notify \"/run/case/note group\"")
		m.maybe(3, "    notify_master \"/run/case/note group master\"")
		m.maybe(2, "    sync_group_tracking_weight")
		m.say("}")
	}
	for k, name := range names {
		m.router(k+1, name, k < grouped)
	}
	return scene{
		name:  fmt.Sprintf("%d-%d", seed, i),
		conf:  m.String(),
		files: map[string]string{"status": "#!/bin/sh\nexit $1\n"},
		play: func(b *bench) {
			b.link("eth1")
			b.start()
			b.quiet(2 * time.Second)
			b.look("started")
			b.must(b.host.SetLink("eth1", false))
			b.quiet(time.Second)
			b.look("eth1 down")
			b.must(b.host.SetLink("eth1", true))
			b.quiet(2 * time.Second)
			b.look("eth1 up")
			b.stop()
		},
	}
}

// router writes an instance.
func (m *maker) router(n int, name string, grouped bool) {
	m.say("vrrp_instance %s {\n    interface eth0\n    virtual_router_id %d\n    version 3\n    advert_int 0.%d", name, n*10+m.IntN(10), 1+m.IntN(4))
	m.say("    priority %d", 1+m.IntN(254))
	m.say("    garp_master_delay %d\n    garp_master_repeat %d", m.IntN(2), 1+m.IntN(3))
	m.maybe(3, "    state %s", m.one("BACKUP", "MASTER"))
	m.maybe(4, "    nopreempt")
	m.maybe(5, "    preempt_delay %d", 1+m.IntN(3))
	m.maybe(5, "    dont_track_primary")
	m.maybe(5, "    promote_secondaries")
	m.maybe(6, "    mcast_src_ip 192.168.1.%d", 77+n)
	m.maybe(6, "    down_timer_adverts %d", 1+m.IntN(5))
	m.maybe(6, "    skip_check_adv_addr")
	for _, event := range []string{"notify_master", "notify_backup", "notify_fault", "notify_stop", "notify"} {
		m.maybe(4, "    %s \"/run/case/note %s %s\"", event, name, m.one("", "'a b'", "x y", `\"q\"`))
	}
	if !grouped {
		m.maybe(3, "    track_interface {\n        eth1%s\n    }", m.one("", " weight 10", " weight -30", " weight 5 reverse"))
		m.maybe(3, "    track_script {\n        %s%s\n    }", m.one("good", "bad"), m.one("", " weight 7", " weight -9"))
		// not grouped, since of several only one announces its source address there
		m.maybe(8, "    unicast_src_ip 192.168.1.151\n    unicast_peer {\n        192.168.1.152\n    }")
	}
	m.say("    virtual_ipaddress {")
	for k := range 1 + m.IntN(4) {
		m.say("        10.%d.%d.1%s", n, k, m.words(n, k))
	}
	m.say("    }")
	if m.IntN(3) == 0 {
		m.say("    virtual_ipaddress_excluded {\n        %s\n    }", m.one(fmt.Sprintf("10.%d.99.1/24%s", n, m.words(n, 99)), fmt.Sprintf("fd00:%d::1/64", n), fmt.Sprintf("fd00:%d::1\n        fd00:%[1]d::2/64 noprefixroute", n)))
	}
	m.say("}")
}

// words are what may stand behind an address.
func (m *maker) words(n, k int) string {
	var out strings.Builder
	out.WriteString(m.one("", "/24", "/32", "/16", "/255.255.255.0"))
	for _, w := range []string{" dev " + m.one("eth0", "eth1"), " scope " + m.one("link", "site", "global", "host"), " " + m.one("brd", "broadcast") + fmt.Sprintf(" 10.%d.%d.255", n, k),
		" no_track", " noprefixroute"} {
		if m.IntN(5) == 0 {
			out.WriteString(w)
		}
	}
	return out.String()
}

// randomService is a scene of two or three services.
func randomService(seed uint64, i int) scene {
	m := newMaker(seed, 1000+i)
	m.say("global_defs {\n    enable_script_security\n    script_user root\n    lvs_notify_fifo /run/case/lvs.fifo")
	m.maybe(3, "    rs_init_notifies")
	m.maybe(3, "    checker_log_all_failures")
	m.maybe(4, "    lvs_flush_on_stop%s", m.one("", " VS"))
	m.say("}")
	for n := range 2 + m.IntN(2) {
		m.service(n + 1)
	}
	return scene{
		name:  fmt.Sprintf("%d-%d", seed, i),
		conf:  m.String(),
		ipvs:  true,
		slow:  true,
		files: map[string]string{"status": "#!/bin/sh\nexit $1\n"},
		play: func(b *bench) {
			_, err := b.host.Run("sh", "-ec", "for n in 1 2 3; do for k in 2 3; do ip addr add 10.1.$n.$k dev lo; done; done")
			b.must(err)
			first := b.serve("10.1.1.1:80", accept)
			b.serve("10.1.2.1:80", accept)
			b.serve("10.1.3.1:80", accept)
			b.start()
			b.quiet(6 * time.Second)
			b.look("started")
			first.stop()
			b.quiet(6 * time.Second)
			b.look("one down")
			b.stop()
		},
	}
}

// service writes a virtual server. Its first real server is there, the others are not.
// In which order checks end is chance, so all its servers have one weight.
func (m *maker) service(n int) {
	m.say("virtual_server %s {", m.one(fmt.Sprintf("10.2.0.%d 80", n), fmt.Sprintf("10.2.0.%d 80", n), fmt.Sprintf("fwmark %d", n)))
	m.say("    protocol TCP\n    lb_algo %s\n    lb_kind %s\n    delay_loop 2\n    warmup 0\n    connect_timeout 20", m.one("rr", "wrr", "lc", "wlc", "sh", "mh", "dh", "sed", "nq"), m.one("NAT", "DR", "TUN"))
	m.maybe(3, "    persistence_timeout %d", 10+m.IntN(300))
	m.maybe(3, "    alpha")
	m.maybe(3, "    omega")
	m.maybe(3, "    quorum %d", 1+m.IntN(6))
	m.maybe(4, "    hysteresis %d", m.IntN(3))
	m.maybe(4, "    inhibit_on_failure")
	m.maybe(2, "    sorry_server 10.1.%d.100 80", n)
	m.maybe(3, "    weight %d", m.IntN(5))
	m.maybe(3, "    retry %d\n    delay_before_retry 1", 1+m.IntN(2))
	for k := range 1 + m.IntN(3) {
		m.say("    real_server 10.1.%d.%d 80 {", n, k+1)
		m.maybe(4, "        inhibit_on_failure")
		m.maybe(5, "        lvs_method %s", m.one("NAT", "DR", "TUN"))
		m.maybe(5, "        uthreshold %d\n        lthreshold %d", 50+m.IntN(50), m.IntN(50))
		switch m.IntN(4) {
		case 0, 1:
			m.say("        TCP_CHECK {")
			m.maybe(3, "            retry %d", 1+m.IntN(2))
			m.maybe(3, "            log_all_failures")
			m.say("        }")
		case 2:
			m.say("        MISC_CHECK {\n            misc_path \"/run/case/status %s\"\n            delay_loop 300\n            misc_timeout 100", m.one("0", "1", "5", "200"))
			m.say("        }")
		}
		m.say("    }")
	}
	m.say("}")
}

// quiet waits until the log has said nothing of state changes for that long.
func (b *bench) quiet(d time.Duration) {
	last, since := -1, time.Now()
	b.until(fmt.Sprintf("nothing in the log for %v", d), func() (bool, string) {
		n := 0
		for line := range strings.Lines(b.proc.Log()) {
			if telling.MatchString(stamped.ReplaceAllString(line, "")) {
				n++
			}
		}
		if n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) >= d, fmt.Sprint(n, " lines")
	})
}
