//go:build e2e

package place

import (
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"holdfast/test/lab"
)

// TestTables has two daemons with their tables elsewhere, in a user-mode kernel: one is in a namespace and has the
// table outside, the other one is outside and has it in a namespace.
func TestTables(t *testing.T) {
	if lab.InGuest() {
		lab.Judge(t, tables)
		return
	}
	lab.Judge(t, func(t *lab.Trial) { lab.Guest{}.Test(t) })
}

// service is a virtual server whose one real server counts as up when it answers where the daemon is.
func service(vip, rip string) string {
	return fmt.Sprintf("virtual_server %s 80 {\n  protocol TCP\n  lb_algo rr\n  lb_kind NAT\n  delay_loop 1\n  alpha\n"+
		"  real_server %s 8080 {\n    TCP_CHECK {\n      connect_timeout 2\n    }\n  }\n}\n", vip, rip)
}

// saved is what `ipvsadm -Sn` says of that service.
func saved(vip, rip string) string {
	return fmt.Sprintf("-A -t %s:80 -s rr\n-a -t %s:80 -r %s:8080 -m -w 1\n", vip, vip, rip)
}

// table waits until `ipvsadm` shows a table, where a command line puts it.
func (m *machine) table(where []string, want string) {
	args := append(slices.Clone(where), "ipvsadm", "-Sn")
	m.wait("the table of "+strings.Join(where, " ")+"\n"+want, func() (bool, string) {
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		m.must(err)
		return string(out) == want, string(out)
	})
}

// listen takes connections until the test ends.
func (m *machine) listen(addr string) func() error {
	return func() error {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		m.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return // closed
				}
				_ = c.Close()
			}
		}()
		return nil
	}
}

func tables(t *lab.Trial) {
	m := newMachine(t)
	red, blue := m.host("red", "192.168.1.151/24"), m.host("blue", "192.168.1.152/24")
	outside := []string{"env"}
	inside := func(h *lab.Host) []string { return []string{"ip", "netns", "exec", h.Namespace()} }
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		m.Fatalf("%v: %s", err, out)
	}
	m.must(red.Do(m.listen("127.0.0.3:8080")))
	m.must(m.listen("127.0.0.4:8080")())
	a := &daemon{machine: m, on: red, name: "a", dir: "/run/keepalived/" + red.Namespace(), tail: "_a"}
	b := &daemon{machine: m, on: blue, name: "b", dir: "/run/keepalived", tail: "_b"}
	a.configure("net_namespace " + red.Namespace() + "\nnet_namespace_ipvs\ninstance a\n" + service("10.2.0.1", "127.0.0.3"))
	b.configure("net_namespace_ipvs " + blue.Namespace() + "\ninstance b\n" + service("10.2.0.2", "127.0.0.4"))
	a.start()
	b.start()
	m.table(outside, saved("10.2.0.1", "127.0.0.3"))
	m.table(inside(blue), saved("10.2.0.2", "127.0.0.4"))
	m.table(inside(red), "")

	// A new checker process finds the same table, whatever the name says by now.
	blueName, redSpace := "/run/netns/"+blue.Namespace(), fmt.Sprintf("/proc/%d/ns/net", a.proc.Pid)
	keeper, err := blue.Start("keeper", "sleep", "600")
	m.must(err)
	point := func(space string) {
		if out, err := exec.Command("sh", "-c", `umount -l "$0"; mount --bind "$1" "$0"`, blueName, space).CombinedOutput(); err != nil {
			m.Fatalf("%v: %s", err, out)
		}
	}
	point(redSpace)
	before := b.pid("checkers")
	m.must(syscall.Kill(before, syscall.SIGKILL))
	b.wait("another checker", func() (bool, string) {
		now := b.pid("checkers")
		return now != 0 && now != before && strings.Count(b.proc.Log(), "Gained quorum") > 1, b.proc.Log()
	})
	point(fmt.Sprintf("/proc/%d/ns/net", keeper.Pid))
	m.table(inside(blue), saved("10.2.0.2", "127.0.0.4"))
	m.table(inside(red), "")

	// Killed, each finds what it has left, where it was, and nothing else.
	a.kill()
	b.kill()
	a.configure(strings.ReplaceAll(read(m, a.conf()), "10.2.0.1", "10.2.0.9"))
	b.configure(strings.ReplaceAll(read(m, b.conf()), "10.2.0.2", "10.2.0.8"))
	a.start()
	m.table(outside, saved("10.2.0.9", "127.0.0.3"))
	m.table(inside(blue), saved("10.2.0.2", "127.0.0.4"))
	b.start()
	m.table(inside(blue), saved("10.2.0.8", "127.0.0.4"))
	m.table(outside, saved("10.2.0.9", "127.0.0.3"))
	m.table(inside(red), "")

	// After a crash, with another place for the table: what was left in the former one stays there, and the same
	// service of somebody else in the new one is no leftover.
	b.kill()
	b.configure(strings.Replace(service("10.2.0.7", "127.0.0.4"), "virtual", "instance b\nvirtual", 1))
	theirs := exec.Command("ipvsadm", "-A", "-t", "10.2.0.8:80", "-s", "rr")
	m.must(theirs.Run())
	b.start()
	m.table(outside, "-A -t 10.2.0.7:80 -s rr\n-a -t 10.2.0.7:80 -r 127.0.0.4:8080 -m -w 1\n-A -t 10.2.0.8:80 -s rr\n"+saved("10.2.0.9", "127.0.0.3"))
	a.stop()
	b.stop()
	m.table(outside, "-A -t 10.2.0.8:80 -s rr\n")
}
