//go:build e2e

package faults

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// The doors of the vrrp process to the kernel, all of which are netlink sockets:
//
//	rtnetlink, commands   addresses, routes, rules, interfaces: changes, dumps   vrrp/engine, TestAnyTrouble*
//	rtnetlink, events     what changes on interfaces, and dumps after a loss     internal/netif, TestAWatcher*
//	nftables, commands    tables: changes, and looks at them                     internal/firewall, TestRefusals, TestTables*
//	nftables, events      that somebody has changed something                    internal/firewall, TestAWatcher*, TestAKernel*
//	process connector     what happens to processes                              internal/track, TestTheConnector*
//
// Those of the checker process are in a kernel with IPVS only: generic netlink (healthcheck/engine, TestAnyFaultIsMended,
// TestAnyOrdeal*; sync daemons in ipvs/syncd, TestAnyHistoryEndsAsWanted), rtnetlink for what is announced
// (internal/announcer), and nftables for marks, which is the code above.
//
// Here the kernel's own calls fail, one in a few, at all doors at once, for each reason: strace gives them the error.
func TestDoorsThatFail(t *testing.T) {
	for _, errno := range []string{"ENOBUFS", "ENOMEM", "EPERM", "EINTR"} {
		t.Run(errno, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { doorsThatFail(t, errno) })
		})
	}
}

func doorsThatFail(t *lab.Trial, errno string) {
	s := newSite(t)
	h := s.host("d1", ours+"/24")
	before := s.onHost(h)
	d := s.start(h, allKinds)
	s.masters(d, 0)
	all := s.onHost(h)
	pid, err := d.RolePid("vrrp")
	s.must(err)
	mark, since := d.Proc.LogSize(), time.Now()
	s.failing(d, pid, errno, func() {
		// Meanwhile somebody takes away one of each, interfaces change, and the configuration is taken over once more.
		for round := range 3 {
			for _, words := range []string{"addr del 10.9.1.1/24 dev eth0", "addr del fd00::9:1/64 dev eth0",
				"route del 10.41.0.0/16 dev eth0", "rule del priority 4200", "link set vrrp.52 down",
				fmt.Sprintf("link add other%d type veth peer name far%d", round, round)} {
				_, _ = h.Run("ip", strings.Fields(words)...) // it may be away just now
			}
			_, _ = h.Run("nft", "flush", "table", "ip", "keepalived")
			s.must(d.Reload())
			time.Sleep(700 * time.Millisecond) // that is how long calls fail, and not a condition
		}
	})
	for n := range 3 {
		s.run(h, "ip", "link", "del", fmt.Sprintf("other%d", n))
	}
	s.must(lab.Eventually(patience, "everything is there again", func() (bool, string) {
		now := s.onHost(h)
		return sameLines(all, now), "it was\n" + all + "\nand is\n" + now
	}))
	if now, err := d.RolePid("vrrp"); err != nil || now != pid {
		s.Errorf("the process was %d and is %d, %v", pid, now, err)
	}
	log := d.Proc.LogSince(mark)
	for _, name := range []string{"V", "S"} { // the interface of M was down
		if strings.Contains(log, "("+name+") Entering") {
			s.Errorf("a master has given up:\n%s", log)
		}
	}
	if n := strings.Count(log, "\n"); n < 3 || n > 400 {
		s.Errorf("%d lines say so:\n%s", n, log)
	}
	// Nobody waits for a door: adverts come as they should.
	s.heard(ours, 20)
	last := map[uint8]time.Time{}
	for _, a := range s.wire.Adverts(since, lab.From(netip.MustParseAddr(ours))) {
		if a.VRID != 51 { // vrrp.52 was down
			continue
		}
		if gap := a.At.Sub(last[a.VRID]); !last[a.VRID].IsZero() && gap > 3*200*time.Millisecond {
			s.Errorf("an advert of %d comes %v after the last", a.VRID, gap)
		}
		last[a.VRID] = a.At
	}
	s.must(d.Proc.Signal(syscall.SIGTERM))
	_, _, err = d.Proc.Wait(time.Now(), patience)
	s.must(err)
	if after := s.onHost(h); !sameLines(before, after) {
		s.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// failing has every third call fail that sends to or receives from a netlink socket that a process has, while something
// is done.
func (s *site) failing(d *lab.Director, pid int, errno string, do func()) {
	s.Helper()
	args := []string{"-f", "-q", "-p", fmt.Sprint(pid), "-o", filepath.Join(d.Dir, "strace."+errno),
		"-e", "trace=sendto,sendmsg,recvfrom,recvmsg", "-e", "inject=sendto,sendmsg,recvfrom,recvmsg:error=" + errno + ":when=1+3"}
	doors := s.netlink(pid, errno)
	for _, one := range doors {
		args = append(args, "-P", one)
	}
	p, err := d.Host.Start("strace-"+errno, "strace", args...)
	s.must(err)
	s.must(lab.Eventually(patience, "a tracer", func() (bool, string) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		return err == nil && !strings.Contains(string(status), "TracerPid:\t0\n"), p.Log()
	}))
	do()
	s.must(p.Signal(syscall.SIGINT))
	_, _, err = p.Wait(time.Now(), patience)
	s.must(err)
	text, err := os.ReadFile(filepath.Join(d.Dir, "strace."+errno))
	s.must(err)
	s.Logf("%d of %d calls at %d doors failed with %s", strings.Count(string(text), "(INJECTED)"),
		strings.Count(string(text), "\n"), len(doors), errno)
	if !strings.Contains(string(text), "(INJECTED)") {
		s.Fatalf("no call has failed:\n%s", text)
	}
}

// netlink are the netlink sockets of a process, as the kernel calls them. The kernel interrupts nobody who does not wait in
// it: EINTR at a socket that does not block is for those who read it themselves, which is rtnetlink, protocol 0.
func (s *site) netlink(pid int, errno string) (all []string) {
	s.Helper()
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/netlink", pid))
	s.must(err)
	is := map[string]bool{}
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 9 && (errno != "EINTR" || f[1] == "0") {
			is["socket:["+f[9]+"]"] = true
		}
	}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	s.must(err)
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && is[to] {
			all = append(all, to)
		}
	}
	if len(all) < 3 {
		s.Fatalf("doors %v", all)
	}
	return all
}

// sameLines compares two texts whose lines have no order. Which address of a subnet is the first depends on what was away,
// and an interface that was down tells its state when it is up again.
func sameLines(a, b string) bool {
	count := map[string]int{}
	a, b = plain(a), plain(b)
	for line := range strings.Lines(a) {
		count[line]++
	}
	for line := range strings.Lines(b) {
		count[line]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func plain(text string) string {
	return strings.NewReplacer(" secondary", "", "state UNKNOWN", "state UP",
		"Error: Peer netns reference is invalid.\n", "").Replace(text) // ip says so while other hosts of these tests go
}
