//go:build ipvs

package admin_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"holdfast/internal/golden"
	"holdfast/internal/netnames"
	"holdfast/ipvs"
	"holdfast/ipvs/admin"
	"holdfast/ipvs/fake"
	"holdfast/ipvs/kernel"
)

// both are ipvsadm and a session, on one table in a network namespace of the test's own.
type both struct {
	testing.TB
	kernel *kernel.Handle
	names  admin.Names
}

func open(t testing.TB) *both {
	t.Helper()
	runtime.LockOSThread() // the thread ends with the goroutine
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatalf("making a network namespace (these tests need root and IPVS: -exec test/uml/run): %v", err)
	}
	b := &both{TB: t, names: &netnames.Names{}}
	b.host("ip", "link", "set", "lo", "up")
	h, err := kernel.Open()
	if err != nil {
		t.Fatal(err)
	}
	b.kernel = h
	t.Cleanup(func() {
		b.ipvsadm("-C")
		h.Close()
	})
	return b
}

func (b *both) host(name string, args ...string) {
	b.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		b.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// answer is what a program said and how it ended.
type answer struct {
	out    string
	status int
}

func (b *both) feed(in string, words ...string) answer {
	b.Helper()
	var out bytes.Buffer
	cmd := exec.Command("ipvsadm", words...)
	cmd.Stdin, cmd.Stdout = strings.NewReader(in), &out
	if err := cmd.Run(); cmd.ProcessState == nil {
		b.Fatal(err)
	}
	return answer{out.String(), cmd.ProcessState.ExitCode()}
}

func (b *both) ipvsadm(words ...string) answer { return b.feed("", words...) }

func (b *both) oursFed(in string, words ...string) (answer, error) {
	var out bytes.Buffer
	c, err := admin.Parse(words, b.names)
	if err == nil {
		s := admin.Session{Kernel: b.kernel, Names: b.names, In: strings.NewReader(in), Out: &out, Warn: func(string) {},
			Connections: func() (string, error) {
				text, err := os.ReadFile("/proc/thread-self/net/ip_vs_conn")
				return string(text), err
			}}
		err = s.Run(c)
	}
	var told *admin.Error
	switch {
	case errors.As(err, &told):
		return answer{out.String(), told.Status}, err
	case err != nil:
		b.Fatal(err)
	}
	return answer{out.String(), 0}, nil
}

func (b *both) ours(words ...string) answer {
	a, _ := b.oursFed("", words...)
	return a
}

// views are all ways to show the table, in which nothing goes by.
func views() []string {
	var all []string
	for _, order := range []string{"", " --sort", " --nosort"} {
		for _, part := range []string{"", " --stats", " --rate", " --thresholds", " --persistent-conn", " --tun-info",
			" --stats --rate", " --thresholds --persistent-conn", " --tun-info --persistent-conn"} {
			all = append(all, "-L -n"+part+order)
		}
	}
	return append(all, "", "-L", "-l", "-ln", "--list --numeric", "-L --stats", "-Ln --stats --exact", "-Ln --rate --exact",
		"-L --rate", "-L --persistent-conn", "-L --thresholds", "-L --tun-info", "-Sn", "-L --timeout", "-Lnc", "-Lc", "-Lnc --persistent-conn")
}

type fatal interface{ Fatalf(string, ...any) }

// alike compares what both show.
func (b *both) alike(t fatal, line string) {
	words := strings.Fields(line)
	want, got := b.ipvsadm(words...), b.ours(words...)
	if got != want {
		t.Fatalf("%s: exit status %d\n%s\nipvsadm %d\n%s", line, got.status, got.out, want.status, want.out)
	}
}

// addresses are those on both sides of what a comparison of 32 bits does, and some with names.
func addresses() []netip.Addr {
	var all []netip.Addr
	for _, a := range []string{
		"10.0.0.1", "10.0.0.2", "1.0.0.1", "100.0.0.1", "127.0.0.1", "128.0.0.1", "172.16.0.1", "192.0.2.1", "198.51.100.7", "223.0.0.1",
		"fd00::1", "fd00::2", "2001:db8::1", "2001:db8::8000:0", "2001:db8:8000::", "2001:db8:0:1::1", "::1", "7fff::1", "9000::1",
		"fd00:1234:5678:9abc:def0:1234:5678:9abc",
	} {
		all = append(all, netip.MustParseAddr(a))
	}
	return all
}

func anAddress(t *rapid.T, f ipvs.Family) netip.Addr {
	var of []netip.Addr
	for _, a := range addresses() {
		if ipvs.FamilyOf(a) == f {
			of = append(of, a)
		}
	}
	return rapid.SampledFrom(of).Draw(t, "address")
}

// tables are of what ipvsadm shows as it is; doc.go tells the rest.
func tables() *rapid.Generator[[]ipvs.Command] {
	return rapid.Custom(func(t *rapid.T) []ipvs.Command {
		var cmds []ipvs.Command
		ports := []uint16{0, 22, 53, 80, 443, 8080, 32768, 65535}
		for range rapid.IntRange(0, 12).Draw(t, "services") {
			f := rapid.SampledFrom([]ipvs.Family{ipvs.IPv4, ipvs.IPv6}).Draw(t, "family")
			id := ipvs.ServiceID{Family: f, FWMark: rapid.SampledFrom([]uint32{1, 5, 1<<31 - 1}).Draw(t, "mark")}
			if rapid.IntRange(0, 3).Draw(t, "address?") > 0 {
				id = ipvs.ServiceID{Family: f, Addr: anAddress(t, f), Port: rapid.SampledFrom(ports).Draw(t, "port"),
					Protocol: rapid.SampledFrom([]ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP}).Draw(t, "protocol")}
			}
			s := fake.ServiceSettings(id).Draw(t, "settings")
			if s.Scheduler == "sh" || s.Scheduler == "mh" {
				s.Flags &^= ipvs.Sched3
			}
			if id.FWMark == 0 && id.Port == 0 {
				s.Flags |= ipvs.Persistent // the kernel takes no other
				s.Timeout = max(s.Timeout, time.Second)
			}
			cmds = append(cmds, ipvs.Command{Op: ipvs.AddService, Service: id, Settings: s})
			for range rapid.IntRange(0, 10).Draw(t, "destinations") {
				d := ipvs.DestID{Port: rapid.SampledFrom(ports).Draw(t, "port")}
				d.Addr = anAddress(t, f)
				if rapid.IntRange(0, 3).Draw(t, "other family?") == 0 {
					d.Addr = anAddress(t, ipvs.IPv4+ipvs.IPv6-f)
				}
				cmds = append(cmds, ipvs.Command{Op: ipvs.AddDest, Service: id, Dest: d, DestSettings: fake.DestSettings(id, d).Draw(t, "settings")})
			}
		}
		return cmds
	})
}

const hosts = `127.0.0.1 localhost
10.0.0.1 vip.example.org vip
10.0.0.2 a-very-long-host-name-of-a-real-server.in.some.example.org
192.0.2.1 exactly-twenty-two-long
198.51.100.7 abcdefghijklmnopqrstuvwx
fd00::1 six-server-with-a-long-name.example.org
fd00::2 b-very-long-host-name-of-a-virtual-service.in.some.more.of.example.org
`

func writeHosts(t testing.TB) {
	t.Helper()
	// The guest's own: its files are an overlay.
	if err := os.WriteFile("/etc/hosts", []byte(hosts), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every list of every table is that of ipvsadm, to the letter.
func TestListsAreThoseOfIpvsadm(t *testing.T) {
	writeHosts(t)
	b := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := b.kernel.Flush(); err != nil {
			rt.Fatal(err)
		}
		_ = b.kernel.Apply(tables().Draw(rt, "table")) // some are refused: what is there counts
		for range 6 {
			b.alike(rt, rapid.SampledFrom(views()).Draw(rt, "view"))
		}
		// ipvsadm cuts long names where it saves them, too.
		if !strings.Contains(b.ours("-S").out, "-very-") {
			b.alike(rt, "-S")
		}
		list, err := b.kernel.List()
		if err != nil {
			rt.Fatal(err)
		}
		if len(list) > 0 {
			one := strings.Fields(strings.SplitN(b.ours("-Sn").out, "\n", 2)[0])[1:3]
			if one[0] != "-f" || one[1] != "" {
				b.alike(rt, "-L -n "+strings.Join(one, " "))
				b.alike(rt, "-L --stats "+strings.Join(one, " "))
			}
		}
	})
}

// Every view of one table with a bit of everything, of which ipvsadm's words are also the files that the tests without
// a kernel compare with.
func TestGoldenListsAreIpvsadms(t *testing.T) {
	writeHosts(t)
	b := open(t)
	for _, err := range b.kernel.Apply(everything()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range views() {
		b.alike(t, line)
	}
	for file, line := range goldens() {
		golden.Equal(t, file, b.ipvsadm(strings.Fields(line)...).out)
	}
}

// What was saved and is restored is the table that was saved.
func TestSaveAndRestoreInTheKernel(t *testing.T) {
	b := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := b.kernel.Flush(); err != nil {
			rt.Fatal(err)
		}
		cmds := tables().Draw(rt, "table")
		restorable := rapid.Bool().Draw(rt, "by ipvsadm, too")
		if restorable {
			cmds = plain(cmds)
		}
		_ = b.kernel.Apply(cmds)
		was, err := b.kernel.Read()
		if err != nil {
			rt.Fatal(err)
		}
		saved := b.ours("-S", "-n", "--thresholds").out
		if err := b.kernel.Flush(); err != nil {
			rt.Fatal(err)
		}
		if a, err := b.oursFed(saved, "-R"); a.status != 0 {
			rt.Fatalf("restoring\n%s\n%v", saved, err)
		}
		is, err := b.kernel.Read()
		if err != nil {
			rt.Fatal(err)
		}
		if d := ipvs.Diff(entries(is), entries(was)); len(d) > 0 {
			rt.Fatalf("after restoring\n%s\nthere is to do %v", saved, d)
		}
		// ipvsadm's own restores what we save, and we what it does.
		theirs, mine := b.ipvsadm("-S", "-n").out, b.ours("-S", "-n").out
		if !restorable {
			return
		}
		b.ipvsadm("-C")
		if a := b.feed(mine, "-R"); a.status != 0 {
			rt.Fatalf("ipvsadm -R: %d\n%s", a.status, theirs)
		}
		// In another order, perhaps: the one in which lists are shown depends on that in which things were added.
		if got := b.ours("-Sn").out; !slices.Equal(lines(got), lines(theirs)) {
			rt.Fatalf("ipvsadm restored\n%s\nfrom\n%s", got, theirs)
		}
	})
}

func lines(text string) []string { return slices.Sorted(strings.Lines(text)) }

// plain makes a table one that ipvsadm can restore: one-packet scheduling for UDP and marks, and ports of real servers
// that are those of their service where packets are not translated.
func plain(cmds []ipvs.Command) []ipvs.Command {
	for i := range cmds {
		c := &cmds[i]
		if c.Service.FWMark != 0 {
			continue
		}
		if c.Service.Protocol != ipvs.UDP {
			c.Settings.Flags &^= ipvs.OnePacket
		}
		if c.DestSettings.Method != ipvs.Masq {
			c.Dest.Port = c.Service.Port
		}
	}
	return cmds
}

// Random commands given to both, right and wrong ones, make the same tables and are carried out or not by both.
func TestCommandsAreThoseOfIpvsadm(t *testing.T) {
	writeHosts(t)
	b := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOfN(commandLines(), 1, 25).Draw(rt, "lines")
		play := func(run func(...string) answer) string {
			var told strings.Builder
			for _, line := range lines {
				a := run(strings.Fields(line)...)
				// Of two mistakes in a line either may be the one that is told.
				fmt.Fprintf(&told, "%s: done %v\n%s", line, a.status == 0, a.out)
			}
			return told.String() + b.ipvsadm("-Sn").out + b.ipvsadm("-Ln", "--thresholds").out + b.ipvsadm("-L", "--timeout").out
		}
		reset := func() {
			b.ipvsadm("-C")
			b.ipvsadm("--set", "900", "120", "300")
		}
		reset()
		want := play(b.ipvsadm)
		reset()
		if got := play(b.ours); got != want {
			rt.Fatalf("ours\n%s\nipvsadm\n%s", got, want)
		}
	})
}

// A line with one mistake ends with the same exit status.
func TestExitStatusesAreThoseOfIpvsadm(t *testing.T) {
	b := open(t)
	b.ipvsadm("-A", "-t", "10.0.0.1:80")
	for _, line := range []string{
		"-A", "-A -t", "-A -t 10.0.0.1:80", "-A -t 10.0.0.2", "-A -t nohost.invalid:80", "-A -t 10.0.0.2:nosvc", "-A -t :80", "-A -t [fd00::1]", "-A -t [fd00::1",
		"-A -t 10.0.0.2:99999", "-A -t 10.0.0.2:-1", "-A -t 10.0.0.2:80x", "-A -t 10.0.0.2:", "-A -f 0", "-A -f -1", "-A -f x", "-A -f 4294967296", "-A -f 0x10",
		"-A -t 10.0.0.2:82 -s nosuch", "-A -t 10.0.0.2:82 -p 0", "-A -t 10.0.0.2:82 -p -5", "-A -t 10.0.0.2:82 -p 99999999", "-A -t [fd00::1]:84 -p -M 129",
		"-A -t [fd00::1]:84 -p -M 0", "-A -t 10.0.0.2:86 -b nosuch", "-A -t 10.0.0.2:86 -b sh-port", "-A -t 10.0.0.2:90 -o", "-A -u 10.0.0.2:91 --pe nope -p",
		"-A -t 10.0.0.2:93 -t 10.0.0.2:94", "-A -t 10.0.0.2:93 -u 10.0.0.2:94", "-A -D -t 10.0.0.2:93", "-A -t 10.0.0.2:95 -r 10.1.0.1", "-A -t 10.0.0.2:95 -w 5",
		"-A -t 10.0.0.2:95 -n", "-A -t 10.0.0.2:96 -6", "-A -t 10.0.0.2:97 extra", "-A -t 10.0.0.2:98 --nosuch", "-A -t 10.0.0.2:98 -Q", "-A -t 10.0.0.2:99 -s",
		"-E -t 10.0.0.2:1000", "-D -t 10.0.0.2:1000", "-D", "-D -t 10.0.0.1:80 -s rr", "-C -t 10.0.0.1:80", "-a -t 10.0.0.1:80", "-a -r 10.1.0.1",
		"-a -t 10.0.0.1:80 -r 10.1.0.1 -r 10.1.0.2", "-a -t 10.0.0.1:80 -r 10.1.0.1 -g -m", "-a -t 10.0.0.1:80 -r 10.1.0.1 -w -1", "-a -t 10.0.0.1:80 -r 10.1.0.4 -x 5 -y 6",
		"-a -t 10.0.0.1:80 -r 224.0.0.1", "-a -t 10.0.0.9:80 -r 10.1.0.1", "-a -t 10.0.0.1:80 -r fd00::7 -m", "-a -t 10.0.0.1:80 -r 10.1.0.8 --tun-type gue --tun-port 5",
		"-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-type foo", "-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-type gue", "-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-type gue --tun-port 0",
		"-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-type gre --tun-port 7", "-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-type gre --tun-remcsum", "-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-csum",
		"-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-type gue --tun-port 7 --tun-csum --tun-nocsum", "-e -t 10.0.0.1:80 -r 10.1.0.99", "-d -t 10.0.0.1:80 -r 10.1.0.99", "-d -t 10.0.0.9:80 -r 10.1.0.99",
		"-Z -t 10.0.0.9:80", "-Z -n", "-L -t 10.0.0.9:80", "-L -t 10.0.0.1:80 -c", "-L -c --stats", "-L --timeout --stats", "-L -s rr", "-L extra", "-L -n -n", "-n -L", "-t 10.0.0.1:80 -A", "--stats",
		"--li", "--list --numeric=1", "--set 1 2", "--set 1 2 3 4", "--set x 2 3", "--set -- -1 2 3", "--set 99999999 0 0", "--set 0 0 0", "nonsense", "-S x", "-S -t 10.0.0.1:80", "-L --timeout -t 10.0.0.1:80",
	} {
		words := strings.Fields(line)
		want := b.ipvsadm(words...)
		if got, err := b.oursFed("", words...); got != want {
			t.Errorf("%s: exit status %d (%v), ipvsadm's %d\n%s%s", line, got.status, err, want.status, got.out, want.out)
		}
	}
}

// Daemons that one program has started the other shows and stops.
func TestDaemonsAreThoseOfIpvsadm(t *testing.T) {
	b := open(t)
	b.host("ip", "link", "add", "eth0", "type", "dummy")
	b.host("ip", "link", "set", "eth0", "up", "multicast", "on")
	b.host("ip", "address", "add", "192.0.2.1/24", "dev", "eth0")
	for _, line := range []string{
		"--start-daemon master --mcast-interface eth0", "--start-daemon backup --mcast-interface eth0 --syncid 5", "--start-daemon=backup --mcast-interface=eth0 --syncid=0",
		"--start-daemon master --mcast-interface eth0 --syncid 7 --mcast-group 224.0.0.82 --mcast-port 8849 --mcast-ttl 4 --sync-maxlen 1400",
		"--start-daemon backup --mcast-interface eth0 --mcast-group ff02::81",
		"--start-daemon", "--start-daemon foo", "--start-daemon master", "--start-daemon master --mcast-interface nosuch", "--start-daemon master --mcast-interface eth0 --syncid 300",
		"--start-daemon master --mcast-interface eth0 -n", "--stop-daemon", "--stop-daemon master", "--stop-daemon backup --syncid 5", "-L --daemon --timeout", "-L --daemon -t 10.0.0.1:80", "-L --daemon --sort",
	} {
		words := strings.Fields(line)
		stop := func() {
			b.ipvsadm("--stop-daemon", "master")
			b.ipvsadm("--stop-daemon", "backup")
		}
		stop()
		want := b.ipvsadm(words...)
		shown := b.ipvsadm("-L", "--daemon")
		b.alike(t, "-L --daemon")
		stop()
		if got, err := b.oursFed("", words...); got != want {
			t.Errorf("%s: %+v (%v), ipvsadm %+v", line, got, err, want)
		}
		if got := b.ipvsadm("-L", "--daemon"); got != shown {
			t.Errorf("%s: ours made\n%sipvsadm\n%s", line, got.out, shown.out)
		}
		for _, state := range []string{"master", "backup"} {
			if strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "--start") {
				continue // nothing was started
			}
			if want := strings.Contains(shown.out, state+" sync daemon"); (b.ours("--stop-daemon", state).status == 0) != want {
				t.Errorf("%s: stopping the %s: there was one %v", line, state, want)
			}
		}
		if left := b.ours("-L", "--daemon").out; left != "" {
			t.Errorf("%s left\n%s", line, left)
		}
	}
}

// commandLines are those that somebody may write, with mistakes.
func commandLines() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
		maybe := func(from ...string) string {
			if rapid.IntRange(0, 2).Draw(t, "option?") > 0 {
				return ""
			}
			return " " + pick("option", from...)
		}
		service := pick("service", "-t 10.0.0.1:80", "-t 10.0.0.1:http", "-u 10.0.0.1:53", "--sctp-service 10.0.0.1:9", "-t [fd00::1]:80", "-f 5", "-f 5 -6",
			"--tcp-service=10.0.0.1:443", "-t vip.example.org:81", "-t10.0.0.1:82", "-t 10.0.0.1:0", "-t fd00::1", "-f 0", "-f x", "-t nosuchhost.invalid:80", "-t 10.0.0.1:nosuch", "-t", "")
		server := " " + pick("server", "-r 10.1.0.1", "-r 10.1.0.1:80", "-r 10.1.0.1:8080", "-r 10.1.0.2:http-alt", "-r [fd00:1::1]:80", "-r fd00:1::2", "-r vip.example.org", "-r 224.0.0.1", "-r 10.1.0.3:x", "")
		masks := []string{"-M 255.255.255.0", "-M 255.0.255.0", "-M 0.0.0.0", "-M x"} // a number alone is refused by us alone
		if strings.Contains(service, "fd00") || strings.Contains(service, "-6") {
			masks = []string{"-M 64", "-M 1", "-M 129", "-M 255.255.255.0", "-M x"}
		}
		action := pick("action", "-A", "-A", "-A", "-E", "-a", "-a", "-a", "-a", "-e", "-d", "-D", "-Z", "--set", "-L -n", "-C", "-Q", "--add-service")
		switch action {
		case "-A", "-E", "--add-service":
			return action + " " + service + maybe("-s rr", "-s sh", "-s mh", "-s nosuch", "--scheduler=wrr", "-s", "-w 1") +
				maybe("-p", "-p 50", "-p50", "-p 0", "-p x", "--persistent=100", "-p -5") +
				maybe(masks...) +
				maybe("-o", "--pe sip", "--pe nosuch", "-b sh-port", "-b flag-1,flag-2", "-b mh-fallback,mh-port", "-b nosuch")
		case "-a", "-e":
			return action + " " + service + server + maybe("-g", "-m", "-i", "-i", "-i --tun-type gue --tun-port 6080", "-i --tun-type gre --tun-csum",
				"-i --tun-type gue --tun-port 6080 --tun-remcsum", "-i --tun-type gue", "-i --tun-csum", "-m --tun-type gre", "-g -m", "-i --tun-type x", "-i --tun-type gre --tun-port 5") +
				maybe("-w 5", "-w 0", "-w 2147483647", "-w 2147483648", "-w -1", "-w x", "-w 1 -w 2", "-s rr") + maybe("-x 10", "-x 10 -y 5", "-y 5", "-x 5 -y 10", "-x x")
		case "-d":
			return action + " " + service + server + maybe("-w 5", "-n")
		case "-D", "-Z":
			return action + " " + service + maybe("-n", "word")
		case "--set":
			return action + " " + pick("timeouts", "1 2 3", "0 0 100", "900 120", "x 1 2", "1 2 3 4", "99999999 1 1", "")
		}
		return action
	})
}

// Connections and counters of traffic are shown as ipvsadm shows them.
func TestTrafficIsShownAsByIpvsadm(t *testing.T) {
	writeHosts(t)
	b := open(t)
	for _, a := range []string{"10.0.0.1/32", "10.1.0.1/32", "fd00::1/128", "fd00:1::1/128"} {
		b.host("ip", "address", "add", a, "dev", "lo", "nodad")
	}
	for _, line := range []string{
		"-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m",
		"-A -t 10.0.0.1:443 -s rr -p", "-a -t 10.0.0.1:443 -r 10.1.0.1:8080 -m",
		"-A -t [fd00::1]:80 -s rr -p -M 64", "-a -t [fd00::1]:80 -r [fd00:1::1]:8080 -m",
		"-A -u 10.0.0.1:5060 -p --pe sip -o", "-a -u 10.0.0.1:5060 -r 10.1.0.1:5060 -m",
	} {
		if a, err := b.oursFed("", strings.Fields(line)...); a.status != 0 {
			t.Fatalf("%s: %v", line, err)
		}
	}
	for _, at := range []string{"10.1.0.1:8080", "[fd00:1::1]:8080"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { defer c.Close(); _, _ = io.Copy(c, c) }()
			}
		}()
	}
	for _, at := range []string{"10.0.0.1:80", "10.0.0.1:80", "10.0.0.1:443", "[fd00::1]:80"} {
		c, err := net.DialTimeout("tcp", at, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
	}
	call, err := net.Dial("udp", "10.0.0.1:5060")
	if err != nil {
		t.Fatal(err)
	}
	defer call.Close()
	if _, err := call.Write([]byte("INVITE sip:bob@example.org SIP/2.0\r\nCall-ID: abc-1234567890@host.example.org\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	text := b.ours("-Lnc", "--persistent-conn").out
	for _, want := range []string{"ESTABLISHED", "sip                abc-1234567890@host.example.org", "[fd00::1]:80", " 10.1.0.1:8080"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, line := range views() {
		b.settled(line)
	}
	if a := b.ours("-L", "-n", "--stats", "-t", "10.0.0.1:80"); !strings.Contains(a.out, "TCP  10.0.0.1:80                         2 ") {
		t.Errorf("two connections are counted as\n%s", a.out)
	}
	b.ours("-Z", "-t", "10.0.0.1:80")
	if a := b.ours("-L", "-n", "--stats", "-t", "10.0.0.1:80"); !strings.Contains(a.out, "TCP  10.0.0.1:80                         0 ") {
		t.Errorf("after -Z\n%s", a.out)
	}
}

// settled compares what both show of a table in which seconds go by: ours between two of ipvsadm's that agree.
func (b *both) settled(line string) {
	b.Helper()
	words := strings.Fields(line)
	for range 100 {
		before := b.ipvsadm(words...)
		got := b.ours(words...)
		if after := b.ipvsadm(words...); before != after {
			continue
		}
		if got != before {
			b.Errorf("%s: %d\n%s\nipvsadm %d\n%s", line, got.status, got.out, before.status, before.out)
		}
		return
	}
	b.Errorf("%s: never twice the same", line)
}
