//go:build e2e

package servers

import (
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// patience is how long anything may take.
const patience = 2 * time.Minute

func TestMain(m *testing.M) {
	if lab.InGuest() {
		os.Exit(m.Run())
	}
	os.Exit(lab.Isolate(m.Run))
}

// inside runs a test in a kernel of its own. Nothing in it depends on how fast that is.
func inside(t *testing.T, test func(*site)) {
	if lab.InGuest() {
		test(newSite(t))
		return
	}
	lab.Guest{Env: []string{"UMLRUN_TIMEOUT=9m"}}.Test(t)
}

// A question is a real server, with words in the block of its check, and whether it is to be up.
type question struct {
	name  string
	words string // $SECOND and $THIRD are addresses of the director that asks
	up    bool
}

// address is that of a question's real server: the first has number 1.
func address(six bool, n int) string {
	if six {
		return fmt.Sprintf("fd60::%x", n)
	}
	return fmt.Sprintf("10.60.0.%d", n)
}

// A site is a host with all servers, and two directors that check them.
type site struct {
	testing.TB
	servers *lab.Host
	all     []*director
}

// A director has a daemon and three addresses.
type director struct {
	*lab.Director
	second, third string
}

func newSite(t testing.TB) *site {
	s := &site{TB: t}
	lan, err := lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(lan.Close()) })
	s.servers = s.host(lan, "servers", 2)
	s.run(s.servers, "ip link set lo up; ip route add local 10.60.0.0/24 dev lo; ip -6 route add local fd60::/112 dev lo")
	for n := 1; n <= most; n++ {
		s.must(s.servers.AddAddr("lo", netip.MustParsePrefix(address(false, n)+"/32")))
		s.must(s.servers.AddAddr("lo", netip.MustParsePrefix(address(true, n)+"/128")))
	}
	for i, program := range []string{"keepalived", lab.Program()} {
		h := s.host(lan, []string{"theirs", "ours"}[i], 11+i)
		d := &director{lab.NewDirector(h, program), fmt.Sprintf("10.70.0.%d", 21+i), fmt.Sprintf("10.70.0.%d", 31+i)}
		d.Options = []string{"-C"}
		for _, a := range []string{d.second, d.third} {
			s.must(h.AddAddr("eth0", netip.MustParsePrefix(a+"/16")))
		}
		s.run(h, "ip route add 10.60.0.0/24 via 10.70.0.2; ip -6 route add fd60::/112 via fd70::2;"+
			"ip rule add fwmark 7 lookup 77; ip route add 10.60.0.0/24 via 10.70.0.2 src "+d.second+" table 77")
		s.all = append(s.all, d)
	}
	return s
}

// most is how many real servers there may be of a family.
const most = 24

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) run(h *lab.Host, line string) string {
	s.Helper()
	out, err := h.Run("/bin/sh", "-ec", line)
	if err != nil {
		s.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

func (s *site) host(lan *lab.LAN, name string, n int) *lab.Host {
	h, err := lan.AddHost(name, netip.MustParsePrefix(fmt.Sprintf("10.70.0.%d/16", n)),
		netip.MustParsePrefix(fmt.Sprintf("fd70::%d/64", n)))
	s.must(err)
	return h
}

// configure has both directors ask all questions, in the family of an address, of a service on a port.
func (s *site) configure(check string, port int, lists [2][]question) {
	s.Helper()
	for _, d := range s.all {
		var b strings.Builder
		for family, list := range lists {
			fmt.Fprintf(&b, "virtual_server %s %d {\n protocol TCP\n lb_algo rr\n lb_kind DR\n delay_loop 1\n warmup 0\n"+
				" connect_timeout 3\n delay_before_retry 1\n", []string{"10.2.0.1", "fd02::1"}[family], port)
			for i, q := range list {
				words := strings.NewReplacer("$SECOND", d.second, "$THIRD", d.third).Replace(q.words)
				fmt.Fprintf(&b, " real_server %s %d {\n  %s {\n%s\n  }\n }\n", address(family == 1, i+1), port, check, words)
			}
			b.WriteString("}\n")
		}
		s.must(d.Configure(b.String()))
		s.must(d.Start())
	}
}

// up waits until each director has those servers in its table that are to be up.
func (s *site) up(when string, lists [2][]question, is func(question) bool) {
	s.Helper()
	var want []string
	for family, list := range lists {
		for i, q := range list {
			if is(q) {
				want = append(want, address(family == 1, i+1))
			}
		}
	}
	slices.Sort(want)
	for _, d := range s.all {
		err := lab.Eventually(patience, "the table "+when, func() (bool, string) {
			out, err := d.IPVSSave()
			s.must(err)
			return slices.Equal(inTable(out), want), out
		})
		if err != nil {
			s.Errorf("%s: %v\nwant %v\n%s", d.Name, err, want, d.Proc.Log())
		}
	}
	if s.Failed() {
		s.FailNow()
	}
}

var server = regexp.MustCompile(`-r \[?([^\] ]+?)\]?:\d+ `)

// inTable are the real servers of a table.
func inTable(save string) (all []string) {
	for _, m := range server.FindAllStringSubmatch(save, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return all
}

// saying are lines about checks, not about how they are written.
var saying = regexp.MustCompile(`(?m)(SMTP_CHECK [^h]|DNS_CHECK|Removing service|Adding service|Remote SMTP).*$`)

// silent is how a server that is being stopped or started does not answer: in which way is a matter of the moment, as is whether
// that was the last attempt.
var silent = regexp.MustCompile(`(read timeout from socket|failed to read socket; errno 111 \(Connection refused\)|` +
	`(Read timeout|Read failure|Connection timeout|Could not connect) (from|to))( after \d+ retries)?`)

// said checks that both directors have said the same of checks, each thing as often as they like. Ours add why, and that
// a server fails for another reason than before.
func (s *site) said() {
	s.Helper()
	var theirs, ours, wrong []string
	for i, d := range s.all {
		lines := saying.FindAllString(silent.ReplaceAllString(d.Proc.Log(), "no answer"), -1)
		slices.Sort(lines)
		if lines = slices.Compact(lines); i == 0 {
			theirs = lines
		} else {
			ours = lines
		}
	}
	same := func(a, b string) bool { return a == b || strings.HasPrefix(b, strings.TrimSuffix(a, ".")+" (") }
	for _, a := range theirs {
		if !slices.ContainsFunc(ours, func(b string) bool { return same(a, b) }) {
			wrong = append(wrong, "keepalived alone: "+a)
		}
	}
	for _, b := range ours {
		if !strings.Contains(b, " still fails (") && !slices.ContainsFunc(theirs, func(a string) bool { return same(a, b) }) {
			wrong = append(wrong, "ours alone: "+b)
		}
	}
	if len(wrong) > 0 {
		s.Errorf("%s\nof keepalived\n%s\nours\n%s", strings.Join(wrong, "\n"), strings.Join(theirs, "\n"), strings.Join(ours, "\n"))
	}
}

// play asks all questions while the servers run, after they were stopped, and when they run again.
func (s *site) play(check string, port int, lists [2][]question, start func() (stop func())) {
	s.Helper()
	right := func(q question) bool { return q.up }
	stop := start()
	s.configure(check, port, lists)
	s.up("while the servers run", lists, right)
	stop()
	s.up("while they do not", lists, func(question) bool { return false })
	stop = start()
	s.up("when they run again", lists, right)
	s.said()
	for _, d := range s.all {
		s.must(d.Proc.KillTree())
	}
	stop()
}

// write writes a file of the servers.
func (s *site) write(name, text string) {
	s.Helper()
	_, err := s.servers.WriteFile(name, text)
	s.must(err)
}

// end stops a server and waits for that.
func (s *site) end(p *lab.Process) {
	s.Helper()
	asked := time.Now()
	s.must(p.Signal(syscall.SIGTERM))
	_, _, err := p.Wait(asked, patience)
	s.must(err)
}
