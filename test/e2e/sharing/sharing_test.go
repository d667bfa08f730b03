//go:build e2e

// Package sharing has two directors tell each other of their IPVS connections, with a client, a server and downloads that
// must outlive the death of either director. It runs in a kernel of its own, for IPVS.
package sharing

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolate(m.Run)) }

// soon bounds every wait.
const soon = 60 * time.Second

// enough is how much of a download has to come after something happened, in bytes: more than the buffers hold.
const enough = 8 * room

const keepalived = "keepalived"

// A place is a network with a service in it.
type place struct {
	vip, router string           // of the service, and the gateway of the server, "" for none
	hosts       [4]netip.Prefix  // client, server, two directors
	method      string           // lb_kind
	vips        string           // virtual_ipaddress
	sync        string           // words of lvs_sync_daemon
	prepare     func(s *station) // the server's and the directors' hosts
}

func prefixes(texts ...string) (all [4]netip.Prefix) {
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// routed is a server that has the address of the service itself and answers without the director.
func routed() place {
	return place{
		vip: "192.168.1.100", method: "DR", vips: "192.168.1.100", sync: "eth0 inst VI_1",
		hosts: prefixes("192.168.1.10/24", "192.168.1.20/24", "192.168.1.151/24", "192.168.1.152/24"),
		prepare: func(s *station) {
			s.must(s.server.Sysctl("net/ipv4/conf/all/arp_ignore", "1"))
			s.must(s.server.Sysctl("net/ipv4/conf/all/arp_announce", "2"))
			s.must(s.server.AddAddr("lo", netip.MustParsePrefix("192.168.1.100/32")))
		},
	}
}

// routed6 is the same over IPv6, adverts and connections as well.
func routed6() place {
	return place{
		vip: "fd00::100", method: "DR", vips: "fe80::100\n    fd00::100/64", sync: "eth0 inst VI_1 id 9 port 9000 group ff02::91",
		hosts: prefixes("fd00::10/64", "fd00::20/64", "fd00::151/64", "fd00::152/64"),
		prepare: func(s *station) {
			s.must(s.server.AddAddr("lo", netip.MustParsePrefix("fd00::100/128")))
		},
	}
}

// masqueraded is a server behind the directors.
func masqueraded() place {
	return place{
		vip: "192.168.1.100", router: "192.168.2.1", method: "NAT", vips: "192.168.1.100\n    192.168.2.1/24", sync: "eth0 inst VI_1",
		hosts: prefixes("192.168.1.10/24", "192.168.2.20/24", "192.168.1.151/24", "192.168.1.152/24"),
		prepare: func(s *station) {
			_, err := s.server.Run("ip", "route", "add", "default", "via", "192.168.2.1")
			s.must(err)
			for _, d := range s.directors {
				s.must(d.Sysctl("net/ipv4/ip_forward", "1"))
				s.must(d.Sysctl("net/ipv4/conf/all/send_redirects", "0"))
				s.must(d.Sysctl("net/ipv4/conf/eth0/send_redirects", "0"))
			}
		},
	}
}

// TestADownloadGoesOn kills the director a download goes through, and then the other one.
func TestADownloadGoesOn(t *testing.T) {
	inGuest(t, func() {
		for _, test := range []struct {
			name  string
			pair  [2]string
			place place
		}{
			{"holdfast and holdfast, DR", [2]string{lab.Program(), lab.Program()}, routed()},
			{"holdfast and keepalived, DR", [2]string{lab.Program(), keepalived}, routed()},
			{"keepalived and holdfast, DR", [2]string{keepalived, lab.Program()}, routed()},
			{"keepalived and keepalived, DR", [2]string{keepalived, keepalived}, routed()},
			{"holdfast and holdfast, NAT", [2]string{lab.Program(), lab.Program()}, masqueraded()},
			{"holdfast and keepalived, NAT", [2]string{lab.Program(), keepalived}, masqueraded()},
			{"holdfast and holdfast, IPv6", [2]string{lab.Program(), lab.Program()}, routed6()},
			{"keepalived and holdfast, IPv6", [2]string{keepalived, lab.Program()}, routed6()},
		} {
			t.Run(strings.ReplaceAll(test.name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				lab.Judge(t, func(t *lab.Trial) { goesOn(t, test.pair, test.place) })
			})
		}
	})
}

// goesOn kills first the one director and then the other, each time as the master.
func goesOn(t *lab.Trial, pair [2]string, p place) {
	s := newStation(t, pair, p)
	s.configure(0, 150, p.sync)
	s.configure(1, 100, p.sync)
	s.start(0)
	s.start(1)
	s.isMaster(0)
	s.runs(0, "master")
	s.runs(1, "backup")
	first := s.download()
	first.comes(enough)
	s.knows(1, first)
	s.kill(0)
	s.isMaster(1)
	s.runs(1, "master")
	first.comes(enough)
	s.carries(1)
	// The other way: the one that was killed comes back as backup, and learns of what began meanwhile.
	second := s.download()
	second.comes(enough)
	s.comeBack(0, p.sync)
	s.runs(0, "backup")
	s.knows(0, second)
	s.kill(1)
	s.isMaster(0)
	s.runs(0, "master")
	second.comes(enough)
	first.comes(enough)
	t.Logf("longest pauses: %v of the first download, %v of the second", first.longest(), second.longest())
	s.stop(0)
	s.runs(0, "")
}

// TestWithoutSharingItEnds shows that the test above can fail: what it does, without sync daemons.
func TestWithoutSharingItEnds(t *testing.T) {
	inGuest(t, func() {
		lab.Judge(t, func(t *lab.Trial) {
			s := newStation(t, [2]string{lab.Program(), lab.Program()}, routed())
			s.configure(0, 150, "")
			s.configure(1, 100, "")
			s.start(0)
			s.start(1)
			s.isMaster(0)
			d := s.download()
			d.comes(enough)
			s.kill(0)
			s.isMaster(1)
			s.must(lab.Eventually(soon, "the end of the download", func() (bool, string) {
				return d.failure() != nil, fmt.Sprintf("%d bytes have come", d.received.Load())
			}))
			t.Logf("ended with %v", d.failure())
			s.download().comes(enough) // a new one is served
		})
	})
}

// inGuest runs the test once more, in a user-mode kernel, and there calls play.
func inGuest(t *testing.T, play func()) {
	if lab.InGuest() {
		play()
		return
	}
	tell := func(line string) {
		if strings.Contains(line, "--- PASS") || strings.Contains(line, "longest pauses") || strings.Contains(line, "ended with") {
			fmt.Print(line)
		}
	}
	lab.Judge(t, func(t *lab.Trial) {
		lab.Guest{Parallel: 2, Env: []string{"UMLRUN_TIMEOUT=20m"}, Tell: tell}.Test(t)
	})
}
