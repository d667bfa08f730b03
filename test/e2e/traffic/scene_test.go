//go:build e2e

package traffic

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A scene is one attempt at a case, with the daemons of a site.
type scene struct {
	*lab.Trial
	*site
	daemons []*lab.Director
	router  *lab.Process // the client's BIRD, where directors announce
}

// A scenario is what happens to a file.
type scenario struct {
	name string
	play func(*scene)
}

// play has a program go through scenarios, each with nothing left of the one before.
func play(t *testing.T, program string, directors int, all []scenario) {
	t.Run(filepath.Base(program), func(t *testing.T) {
		s := newSite(t, program, directors)
		for _, one := range all {
			t.Run(one.name, func(t *testing.T) {
				lab.Judge(t, func(t *lab.Trial) {
					sc := &scene{Trial: t, site: s}
					t.Cleanup(sc.clear)
					one.play(sc)
					sc.stop()
				})
			})
		}
	})
}

// must ends the trial with what can be seen at its directors.
func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		for _, d := range s.daemons {
			table, _ := d.Run("ipvsadm", "-Ln", "--stats", "--exact")
			known, _ := d.Run("ipvsadm", "-Lnc")
			s.Logf("%s\n%s%s%s", d.Name, table, known, d.Logs())
		}
		s.Trial.Fatal(err)
	}
}

// start has the daemons run a file. It waits until all services and servers of the file are in the tables.
func (s *scene) start(conf string) {
	s.Helper()
	for _, h := range s.directors {
		d := lab.NewDirector(h, s.program)
		d.Options = []string{"-C"}
		s.daemons = append(s.daemons, d)
		s.must(d.Configure(conf))
		s.must(d.Start())
		s.Witness(d.Proc.Log)
	}
	s.table("the services and servers", func(table string) bool {
		return strings.Count(table, "-A ") == strings.Count(conf, "virtual_server ") &&
			strings.Count(table, "-a ") == strings.Count(conf, "real_server ")
	})
}

// reload has them run another one. What it waits for is the caller's.
func (s *scene) reload(conf string) {
	s.Helper()
	for _, d := range s.daemons {
		s.must(d.Configure(conf))
		s.must(d.Reload())
	}
}

// table waits until what every director's table has satisfies is.
func (s *scene) table(what string, is func(table string) bool) {
	s.Helper()
	for _, d := range s.daemons {
		s.must(lab.Eventually(soon, what+" in the table of "+d.Name, func() (bool, string) {
			out, err := d.IPVSSave()
			s.must(err)
			return is(out), out
		}))
	}
}

// stop ends the daemons, which leave nothing.
func (s *scene) stop() {
	for _, d := range s.daemons {
		since := time.Now()
		s.must(d.Proc.Signal(syscall.SIGTERM))
		_, _, err := d.Proc.Wait(since, soon)
		s.must(err)
		if left, err := d.IPVSSave(); err != nil || left != "" {
			s.Errorf("%s left %v\n%s", d.Name, err, left)
		}
	}
}

// clear ends what a scene that failed has left.
func (s *scene) clear() {
	for _, d := range s.daemons {
		if d.Proc == nil { // it was not started
			continue
		}
		s.must(d.Proc.KillTree())
		_, err := d.Run("ipvsadm", "-C")
		s.must(err)
	}
}

// A tally is how many requests each server had.
type tally map[string]int

// equal fails unless a tally is the one that is due.
func (s *scene) equal(what string, got, want tally) {
	s.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.must(fmt.Errorf("%s: %v, want %v", what, got, want))
	}
}

// counted waits until ipvsadm tells of a service that each server was given so many connections.
func (s *scene) counted(d *lab.Director, vip string, port int, want tally) {
	s.Helper()
	s.allCounted(d, map[string]tally{endpoint(vip, port): want})
}

// endpoint is how ipvsadm writes a service.
func endpoint(vip string, port int) string {
	return netip.AddrPortFrom(netip.MustParseAddr(vip), uint16(port)).String()
}

// allCounted is counted of several services. The kernel adds connections up every two seconds.
func (s *scene) allCounted(d *lab.Director, want map[string]tally) {
	s.Helper()
	s.must(lab.Eventually(soon, fmt.Sprint("connections: ", want), func() (bool, string) {
		out, err := d.Run("ipvsadm", "-Ln", "--stats", "--exact")
		s.must(err)
		got := map[string]tally{}
		for service := range want {
			got[service] = tally{}
		}
		service := ""
		for line := range strings.Lines(out) {
			f := strings.Fields(line)
			switch {
			case len(f) != 7 || f[1] == "RemoteAddress:Port":
			case f[0] != "->":
				service = f[1]
			case got[service] != nil && f[2] != "0":
				n, err := strconv.Atoi(f[2])
				s.must(err)
				got[service][serverOf(f[1])] += n
			}
		}
		return fmt.Sprint(got) == fmt.Sprint(want), out
	}))
}

// serverOf is the name of the server with an address and port.
func serverOf(at string) string {
	host := netip.MustParseAddrPort(at).Addr().String()
	return "s" + host[len(host)-1:]
}

// A real is a real_server: the server and lines of the block.
type real struct{ server, words string }

// service is the text of a virtual_server of real servers with addresses of the family of the service.
func service(vip string, port int, words string, reals ...real) string {
	var b strings.Builder
	fmt.Fprintf(&b, "virtual_server %s %d {\n  %s\n", vip, port, words)
	for _, r := range reals {
		addr := addr4(r.server)
		if strings.Contains(vip, ":") {
			addr = addr6(r.server)
		}
		fmt.Fprintf(&b, "  real_server %s %d {\n    %s\n  }\n", addr, port, r.words)
	}
	return b.String() + "}\n"
}
