package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"holdfast/test/lab"
)

// The addresses of examples/lvs-dr-pair.
var (
	vip      = netip.MustParseAddr("192.168.1.150")
	lanAddrs = map[string]string{
		"client": "192.168.1.10/24", "director1": "192.168.1.151/24", "director2": "192.168.1.152/24",
		"web1": "192.168.1.171/24", "web2": "192.168.1.172/24", "sorry": "192.168.1.180/24",
	}
)

// What the example's configuration says, in time.
const (
	advertInt      = time.Second
	delayLoop      = 2 * time.Second
	connectTimeout = time.Second
	// skew of director 2, RFC 3768 section 5.3.1 with priority 50.
	backupSkew = (256 - 50) * time.Second / 256
	// takeover is what a backup may take from the last sign of the master.
	takeover = 3*advertInt + backupSkew + 100*time.Millisecond
	// masterWait bounds a director's own way to mastership after its start: the
	// master down interval and time to start in.
	masterWait = 30 * time.Second
	// tableWait bounds the first full table: checks start a second after the start.
	tableWait = 30 * time.Second
)

// A world is the network of the scene with its six machines.
type world struct {
	*timeline
	lan     *lab.LAN
	capture *lab.Capture
	beat    *lab.Metronome
	client  *lab.Host
	d       [2]*lab.Director
	addr    [2]netip.Addr
	web     map[string]*lab.Host
	nginx   map[string]*lab.Process
	base    [2]string // the directors' configuration as the scene starts with it
	verbose bool
	quick   bool
	doubt   doubt // of the step that failed last
}

// A doubt is why what failed may prove nothing; empty strings are none.
type doubt struct {
	busy string // how this machine kept everybody waiting
	late string // what a daemon says of its own lateness
}

// none reports whether what failed counts.
func (d doubt) none() bool { return d == doubt{} }

// doubtSince is what there is to doubt of what happened since a moment, and since a mark in the directors' logs.
func (w *world) doubtSince(start time.Time, marks [2]int) doubt {
	d := doubt{busy: w.beat.Busy(start)}
	for i, director := range w.d {
		log := director.Logs()
		if late := lab.Lateness(log[min(marks[i], len(log)):]); late != "" && d.late == "" {
			d.late = director.Name + " says: " + late
		}
	}
	return d
}

// logSizes are marks for doubtSince.
func (w *world) logSizes() (marks [2]int) {
	for i, d := range w.d {
		marks[i] = len(d.Logs())
	}
	return marks
}

// A step is one act of the play.
type step struct {
	name  string
	vital bool // without it nothing after it makes sense
	do    func(*world) error
}

func steps(only string) ([]step, error) {
	re, err := regexp.Compile("(?i)" + only)
	if err != nil {
		return nil, fmt.Errorf("-only: %v", err)
	}
	var out []step
	for _, s := range script() {
		if s.vital || re.MatchString(s.name) {
			out = append(out, s)
		}
	}
	return out, nil
}

func newWorld(o options, dir string, tl *timeline) (*world, error) {
	w := &world{timeline: tl, web: map[string]*lab.Host{}, nginx: map[string]*lab.Process{}, verbose: o.verbose,
		quick: o.quick,
		beat:  lab.StartMetronome()}
	var err error
	if w.lan, err = lab.NewLAN(dir); err != nil {
		return nil, err
	}
	if w.capture, err = w.lan.Capture(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if err := w.build(o); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) build(o options) error {
	add := func(name string) (*lab.Host, error) {
		return w.lan.AddHost(name, netip.MustParsePrefix(lanAddrs[name]))
	}
	var err error
	if w.client, err = add("client"); err != nil {
		return err
	}
	for i, name := range []string{"director1", "director2"} {
		h, err := add(name)
		if err != nil {
			return err
		}
		w.d[i], w.addr[i] = lab.NewDirector(h, o.director[i]), netip.MustParsePrefix(lanAddrs[name]).Addr()
		b, err := os.ReadFile(filepath.Join(o.examples, name+".conf"))
		if err != nil {
			return err
		}
		if w.base[i], err = forVersion(string(b), o.version); err != nil {
			return err
		}
		if err := w.d[i].Configure(w.base[i]); err != nil {
			return err
		}
	}
	for _, name := range []string{"web1", "web2", "sorry"} {
		if w.web[name], err = add(name); err != nil {
			return err
		}
		if err := prepareRealServer(w.web[name]); err != nil {
			return err
		}
	}
	w.say("client 192.168.1.10, director1 .151 (%s), director2 .152 (%s), web1 .171, web2 .172, sorry .180,\n"+
		"one bridge; virtual address %v; VRRP version %d", w.d[0].Kind(), w.d[1].Kind(), vip, o.version)
	return nil
}

var authentication = regexp.MustCompile(`(?s)\n    authentication \{.*?\n    \}`)

// forVersion turns the example, which is VRRP version 2 with PASS, into version 3
// without, if asked.
func forVersion(text string, version int) (string, error) {
	if version == 2 {
		return text, nil
	}
	if !authentication.MatchString(text) {
		return "", errors.New("the example has no authentication block to replace")
	}
	return authentication.ReplaceAllString(text, "\n    version 3"), nil
}

// prepareRealServer gives a host the virtual address on lo, silently.
func prepareRealServer(h *lab.Host) error {
	return errors.Join(
		h.Sysctl("net/ipv4/conf/all/arp_ignore", "1"),
		h.Sysctl("net/ipv4/conf/all/arp_announce", "2"),
		h.AddAddr("lo", netip.PrefixFrom(vip, 32)),
	)
}

func (w *world) startWeb(names ...string) error {
	for _, n := range names {
		p, err := w.web[n].StartNginx(netip.MustParseAddrPort("0.0.0.0:80"))
		if err != nil {
			return err
		}
		w.nginx[n] = p
	}
	return nil
}

func (w *world) killWeb(names ...string) error {
	for _, n := range names {
		if err := w.nginx[n].KillTree(); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) close() error {
	w.beat.Stop()
	var err error
	if w.capture != nil {
		err = w.capture.Close()
	}
	return errors.Join(err, w.lan.Close())
}

// play plays one step and tells how it went.
func (w *world) play(s step) error {
	w.heading(s.name)
	var marks [2]int
	for i, d := range w.d {
		if d.Proc != nil {
			marks[i] = d.Proc.LogSize()
		}
	}
	start, sizes := time.Now(), w.logSizes()
	err := s.do(w)
	if err == nil {
		w.say("done in %s", ms(time.Since(start)))
		return nil
	}
	w.failed(err)
	w.doubt = w.doubtSince(start, sizes)
	for _, why := range []string{w.doubt.busy, w.doubt.late} {
		if why != "" {
			w.say("in this step %s", why)
		}
	}
	w.explain(marks)
	return err
}

// explain prints what the directors logged during a step that failed.
func (w *world) explain(marks [2]int) {
	for i, d := range w.d {
		if d.Proc == nil {
			continue
		}
		log := d.Proc.Log()
		log = log[min(marks[i], len(log)):]
		if lines := strings.Split(strings.TrimSpace(log), "\n"); !w.verbose && len(lines) > 30 {
			log = "...\n" + strings.Join(lines[len(lines)-30:], "\n")
		}
		table, err := d.IPVSSave()
		if err != nil {
			table = err.Error()
		}
		if conns, err := d.Run("ipvsadm", "-Lnc"); err == nil && w.verbose {
			table += conns
		}
		addrs, err := d.Addrs("eth0")
		w.say("%s (%s): addresses %v %v\ntable:\n%s\nlog:\n%s", d.Name, d.Kind(), addrs, err, table, log)
	}
}
