//go:build e2e

// Package bgp has directors speak BGP with routers: BIRD and FRR.
package bgp

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/internal/netspace"
	"holdfast/internal/speaker"
	"holdfast/internal/speaker/talk"
	"holdfast/test/lab"
)

// soon is how long anything may take: a session is tried again every few seconds.
const soon = 40 * time.Second

// TestMain runs tests in namespaces of their own. The same program is a director that is killed (director).
func TestMain(m *testing.M) {
	if os.Getenv("BGP_DIRECTOR") != "" {
		k := speaker.New(speaker.Options{})
		k.Configure(usual())
		k.Set(places(vips...))
		time.Sleep(time.Minute)
		os.Exit(1)
	}
	os.Exit(lab.Isolate(m.Run))
}

// What is announced, and who the two ends are, over IPv4 and IPv6.
var (
	vips    = []string{"192.0.2.10/32", "198.51.100.0/24", "2001:db8:1::10/128"}
	routers = []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")}
	own     = []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("fd00::2")}
)

func places(all ...string) []announce.Place {
	var list []announce.Place
	for _, text := range all {
		list = append(list, announce.Place{Prefix: netip.MustParsePrefix(text), BGP: true})
	}
	return list
}

// program is the one that `make bgp` has built.
func program() string {
	path, _ := filepath.Abs("../../../bin/holdfast-bgp") // fails only without a working directory
	return path
}

// usual speaks with a router over both families.
func usual() *config.BGP {
	c := &config.BGP{LocalAS: 65001, RouterID: own[0], Program: program(), Farewell: time.Second}
	for _, r := range routers {
		c.Neighbors = append(c.Neighbors, config.BGPNeighbor{Addr: r, RemoteAS: 65000, Port: 179, Hold: 9 * time.Second,
			Keepalive: 3 * time.Second, ConnectRetry: 2 * time.Second, IPv4: r.Is4(), IPv6: r.Is6()})
	}
	return c
}

// A street is a director and a router next door.
type street struct {
	*lab.Trial
	router, director *lab.Host
	space            *os.File // of the director
	log              *os.File // of what speaks
}

func newStreet(t *lab.Trial) *street {
	t.Helper()
	s := &street{Trial: t}
	lan, err := lab.NewLAN(t.TempDir())
	s.must(err)
	t.Cleanup(func() { s.must(lan.Close()) })
	on := func(n int) []netip.Prefix {
		ends := [][]netip.Addr{routers, own}[n]
		return []netip.Prefix{netip.PrefixFrom(ends[0], 24), netip.PrefixFrom(ends[1], 64)}
	}
	s.router, err = lan.AddHost("router", on(0)...)
	s.must(err)
	s.director, err = lan.AddHost("director", on(1)...)
	s.must(err)
	s.space, err = netspace.Open(s.director.Namespace())
	s.must(err)
	t.Cleanup(func() { s.must(s.space.Close()) })
	s.log, err = os.Create(filepath.Join(s.director.Dir, "bgp.log"))
	s.must(err)
	t.Cleanup(func() { _ = s.log.Close() }) // of a test
	return s
}

func (s *street) must(err error) {
	s.Helper()
	if err != nil {
		var said []byte
		if s.log != nil {
			said, _ = os.ReadFile(s.log.Name()) // the error is what counts
		}
		s.Fatalf("%v\n%s", err, said)
	}
}

// logger writes the log of who speaks.
func (s *street) logger() *zap.Logger {
	return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig()), zapcore.Lock(s.log),
		zap.DebugLevel))
}

// speak begins to speak on the director.
func (s *street) speak(c *config.BGP, prefixes ...string) *speaker.Keeper {
	s.Helper()
	k := speaker.New(speaker.Options{Log: s.logger(), Space: s.space})
	s.Cleanup(func() { k.Close(time.Second) })
	k.Set(places(prefixes...))
	k.Configure(c)
	return k
}

// established waits until all sessions are, or until none is with an error that has some words.
func (s *street) established(k *speaker.Keeper) {
	s.Helper()
	s.must(lab.Eventually(soon, "all sessions", func() (bool, string) {
		all := k.Sessions()
		for _, n := range all {
			if n.State != talk.Established {
				return false, fmt.Sprint(all)
			}
		}
		return len(all) > 0, fmt.Sprint(all)
	}))
}

// bird runs BIRD on the router. options are those of both sessions, more is at the root.
func (s *street) bird(options string, more ...string) *lab.Process {
	s.Helper()
	var text strings.Builder
	text.WriteString("router id 10.0.0.1;\nprotocol device { scan time 1; }\n" +
		"protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }\n" +
		"protocol kernel { ipv6 { import none; export where source = RTS_BGP; }; }\n")
	text.WriteString(strings.Join(more, ""))
	for i, family := range []string{"ipv4", "ipv6"} {
		fmt.Fprintf(&text, "protocol bgp v%d { local %v as 65000; neighbor %v as 65001; hold time 9; connect retry time 1; "+
			"connect delay time 1; error wait time 1, 2; %s\n %s { import all; export where source = RTS_STATIC; }; }\n",
			[]int{4, 6}[i], routers[i], own[i], options, family)
	}
	fmt.Fprintf(&text, "include \"%s\";\n", filepath.Join(s.router.Dir, "more.conf"))
	_, err := s.router.WriteFile("more.conf", "")
	s.must(err)
	file, err := s.router.WriteFile("bird.conf", text.String())
	s.must(err)
	p, err := s.router.Start("bird", "bird", "-f", "-c", file, "-s", s.control())
	s.must(err)
	s.Cleanup(func() { s.must(p.KillTree()) })
	return p
}

func (s *street) control() string { return filepath.Join(s.router.Dir, "bird.ctl") }

// heard is what BIRD knows of a prefix.
func (s *street) heard(prefix string) string {
	out, err := s.router.Run("birdc", "-s", s.control(), "show", "route", prefix, "all")
	if err != nil {
		return err.Error()
	}
	return out
}

// routed waits until the router's kernel sends packets for these prefixes to the director, and for no others.
func (s *street) routed(what string, prefixes ...string) {
	s.Helper()
	s.must(lab.Eventually(soon, what+": routes to "+fmt.Sprint(prefixes), func() (bool, string) {
		var all strings.Builder
		n := 0
		for i, family := range []string{"-4", "-6"} {
			out, err := s.router.Run("ip", family, "route", "show", "via", own[i].String())
			s.must(err)
			all.WriteString(out)
			n += strings.Count(out, "\n")
		}
		for _, p := range prefixes {
			name := strings.TrimSuffix(strings.TrimSuffix(p, "/32"), "/128") // as ip writes it
			if !strings.Contains("\n"+all.String(), "\n"+name+" ") {
				return false, all.String()
			}
		}
		return n == len(prefixes), all.String()
	}))
}

// What is wanted is announced with what the configuration says, what is not is withdrawn, and the last router hears is
// the community before all of it goes.
func TestRoutes(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		s.bird("")
		c := usual()
		med := uint32(70)
		c.MED, c.Prepend, c.Communities = &med, 2, []config.Community{65001<<16 | 100}
		c.NextHops = []netip.Addr{netip.MustParseAddr("fd00::2")}
		k := s.speak(c, vips...)
		s.established(k)
		s.routed("all", vips...)
		for prefix, hop := range map[string]string{vips[0]: "BGP.next_hop: 10.0.0.2", vips[2]: "BGP.next_hop: fd00::2"} {
			text := s.heard(prefix)
			for _, want := range []string{"BGP.origin: IGP", "BGP.as_path: 65001 65001 65001", hop, "BGP.med: 70",
				"BGP.community: (65001,100)\n"} {
				if !strings.Contains(text, want) {
					s.Errorf("%s: no %q in\n%s", prefix, want, text)
				}
			}
		}
		// Nothing goes that stays, and what goes is gone at once.
		k.Set(places(vips[1]))
		withdrawn := time.Now()
		for strings.Contains(s.heard(vips[0]), "BGP.") {
			if time.Since(withdrawn) > soon {
				s.Fatal("not withdrawn")
			}
		}
		if took := time.Since(withdrawn); took > 100*time.Millisecond {
			s.Errorf("withdrawn after %v", took)
		} else {
			s.Logf("withdrawn after %v", took)
		}
		s.routed("one", vips[1])
		k.Set(places(vips...))
		s.routed("all again", vips...)
		// Another MED is told without a session being lost.
		worse := *c
		other := uint32(90)
		worse.MED = &other
		k.Configure(&worse)
		s.must(lab.Eventually(soon, "the other MED", func() (bool, string) {
			text := s.heard(vips[0])
			return strings.Contains(text, "BGP.med: 90"), text
		}))
		for _, n := range k.Sessions() {
			if n.Losses != 0 || n.State != talk.Established {
				s.Errorf("lost: %+v", n)
			}
		}
		s.leaves(k)
	})
}

// leaves ends what speaks, and looks what the router hears meanwhile.
func (s *street) leaves(k *speaker.Keeper) {
	s.Helper()
	ended := make(chan bool, 1)
	go func() { ended <- k.Close(time.Second) }()
	for _, prefix := range vips {
		s.must(lab.Eventually(soon, "the community on "+prefix, func() (bool, string) {
			text := s.heard(prefix)
			return strings.Contains(text, "(65535,0)"), text
		}))
	}
	if !<-ended {
		s.Error("nothing was told")
	}
	s.routed("after the end")
	out, err := s.router.Run("birdc", "-s", s.control(), "show", "protocols", "all", "v4")
	if s.must(err); !strings.Contains(out, "Received: Peer de-configured") && !strings.Contains(out, "Received: Administrative") {
		s.Errorf("the session was not closed with a word:\n%s", out)
	}
}

// A session with a password is one with who knows it.
func TestPassword(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		s.bird("password \"right\"; passive;")
		c := usual()
		c.Neighbors[0].Password, c.Neighbors[1].Password = "wrong", "right"
		k := s.speak(c, vips...)
		s.must(lab.Eventually(soon, "the session with the right one", func() (bool, string) {
			all := k.Sessions()
			return len(all) == 2 && all[1].State == talk.Established && all[0].Error == "it does not answer", fmt.Sprint(all)
		}))
		if p := k.Report(); len(p) != 2 || p[0].Place.Prefix.String() != vips[0] ||
			!strings.HasPrefix(p[0].Text, "no router hears of it: the session with 10.0.0.1 is ") {
			s.Errorf("problems: %v", p)
		}
		s.routed("with the wrong one", vips[2])
		better := usual()
		better.Neighbors[0].Password, better.Neighbors[1].Password = "right", "right"
		k.Configure(better)
		s.routed("with the right one", vips...)
		if n := k.Sessions()[1]; n.Losses != 0 {
			s.Errorf("the other session was lost: %+v", n)
		}
	})
}

// A password that a reload takes away is not asked of who connects any more.
func TestPasswordThatGoes(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		router := s.bird("password \"right\";")
		c := usual()
		for i := range c.Neighbors {
			c.Neighbors[i].Passive, c.Neighbors[i].Password = true, "right"
		}
		k := s.speak(c, vips...)
		s.established(k)
		s.must(router.KillTree())
		s.bird("")
		open := usual()
		for i := range open.Neighbors {
			open.Neighbors[i].Passive = true
		}
		k.Configure(open)
		s.routed("without a password", vips...)
		s.established(k)
	})
}

// Routes go with whoever announces them, however it ends, and come back.
func TestKilled(t *testing.T) {
	lab.Judge(t, func(t *lab.Trial) {
		s := newStreet(t)
		s.bird("")
		k := s.speak(usual(), vips...)
		s.routed("at first", vips...)
		s.established(k)
		pids := s.speakers()
		if len(pids) != 1 {
			s.Fatalf("%d programs", len(pids))
		}
		s.unprivileged(pids[0])
		s.must(syscall.Kill(pids[0], syscall.SIGKILL))
		s.routed("killed")
		s.routed("another one", vips...)
		if n := k.Sessions()[0]; n.Losses != 1 {
			s.Errorf("%+v", n)
		}
		// It does not answer: nobody could have it withdraw anything.
		pids = s.speakers()
		s.must(syscall.Kill(pids[0], syscall.SIGSTOP))
		s.routed("stopped")
		s.routed("after that", vips...)
		k.Close(time.Second)
		s.routed("at the end")
		// Whoever tells it what to announce is killed: it has nothing to announce any more.
		self, err := os.Executable()
		s.must(err)
		cmd := s.director.Command(self)
		cmd.Env = append(cmd.Env, "BGP_DIRECTOR=1")
		s.must(cmd.Start())
		s.routed("by another process", vips...)
		s.must(cmd.Process.Kill())
		_ = cmd.Wait() // killed
		s.routed("which was killed")
		s.must(lab.Eventually(soon, "no program", func() (bool, string) {
			return len(s.speakers()) == 0, fmt.Sprint(s.speakers())
		}))
	})
}

// speakers are the programs that run.
func (s *street) speakers() (pids []int) {
	s.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*/exe")
	s.must(err)
	for _, exe := range dirs {
		var pid int
		if to, err := os.Readlink(exe); err == nil && to == program() {
			if _, err := fmt.Sscanf(exe, "/proc/%d/", &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// unprivileged fails if a process has rights, or could get some.
func (s *street) unprivileged(pid int) {
	s.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	s.must(err)
	for _, line := range []string{"Uid:\t65534\t65534\t65534\t65534\n", "Groups:\t \n", "CapPrm:\t0000000000000000\n",
		"CapEff:\t0000000000000000\n", "CapInh:\t0000000000000000\n", "NoNewPrivs:\t1\n"} {
		if !strings.Contains(string(b), line) {
			s.Errorf("no %q in\n%s", line, b)
		}
	}
}

// FRR, by whoever connects: a router that looks at TTLs, with a password, and one that connects by itself.
func TestFRR(t *testing.T) {
	for name, passive := range map[string]bool{"we connect": false, "it connects": true} {
		t.Run(name, func(t *testing.T) {
			lab.Judge(t, func(t *lab.Trial) {
				s := newStreet(t)
				how := map[bool]string{true: "timers connect 1", false: "passive"}[passive]
				var text strings.Builder
				text.WriteString("router bgp 65000\n bgp router-id 10.0.0.1\n no bgp ebgp-requires-policy\n timers bgp 3 9\n")
				for _, a := range own {
					fmt.Fprintf(&text, " neighbor %v remote-as 65001\n neighbor %v %s\n neighbor %v password right\n", a, a, how, a)
					fmt.Fprintf(&text, " neighbor %v ttl-security hops 1\n", a)
				}
				fmt.Fprintf(&text, " address-family ipv6 unicast\n  neighbor %v activate\n exit-address-family\n", own[1])
				f, err := s.router.StartFRR("bgpd", text.String())
				s.must(err)
				s.Cleanup(func() {
					if s.Failed() {
						s.Logf("FRR:\n%s", f.Daemon().Log())
					}
					s.must(f.Kill())
				})
				c := usual()
				for i := range c.Neighbors {
					n := &c.Neighbors[i]
					n.Passive, n.Password, n.TTLSecurity = passive, "right", 1
				}
				k := s.speak(c, vips...)
				s.established(k)
				s.routed("at first", vips...)
				k.Set(places(vips[0]))
				s.routed("one", vips[0])
				if !k.Close(time.Second) {
					s.Error("nothing was told")
				}
				s.routed("at the end")
			})
		})
	}
}

// Whoever starts it by hand hears that it is started by others.
func TestProgramByHand(t *testing.T) {
	out, err := exec.Command(program()).CombinedOutput()
	var status *exec.ExitError
	if !errors.As(err, &status) || status.ExitCode() != 64 || !strings.HasPrefix(string(out), "holdfast-bgp is started by") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := exec.Command(program(), "--version").CombinedOutput(); err != nil ||
		!strings.HasPrefix(string(out), "holdfast-bgp ") {
		t.Errorf("%v: %s", err, out)
	}
}
