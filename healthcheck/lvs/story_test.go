package lvs

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
	"holdfast/internal/golden"
	"holdfast/ipvs"
)

// TestStories plays every testdata/*.txt. A story is a list of commands at the left margin;
// what happens is indented below each:
//
//	conf NAME ... end      a configuration, see parseConf
//	load NAME              Configure
//	crash NAME             killed; a new core finds the table and is given NAME
//	run 10s                time passes: attempts are made and answered
//	down RS [N|silent] / up RS   how a server answers TCP_CHECK and all of its URLs: it refuses,
//	                       has status N, or nothing to say
//	url RS PATH down|up    how it answers one URL
//	exit RS N|timeout|signal   how its script ends; takes "sleep 5s" in front
//	local RS on|off        attempts cannot be made because of this host
//	file NAME N            the number in a track_file, which is known when a configuration is loaded
//	addresses A...         the host has these
//	stop [services]        Stop
//	table                  the table as `ipvsadm -Sn`
//	marks                  which packets are to be marked
//
// Output is: log lines, "ipvs" commands, "fifo" lines, "script"s, "mail"s.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d stories (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newStory(t).play(string(text))
			golden.Equal(t, file, got)
		})
	}
}

type story struct {
	t       *testing.T
	core    *Core
	now     time.Time
	begin   time.Time
	confs   map[string]Setup
	applied ipvs.Table
	down    map[string]bool          // "RS" or "RS PATH"
	why     map[string]reason.Reason // of "RS"
	local   map[string]bool
	exits   map[string]exit
	pending []answer
	values  map[Followed]int
	out     strings.Builder
}

type exit struct {
	attempt.Exit
	takes time.Duration
}

// answer is the outcome of an attempt that takes time.
type answer struct {
	at time.Time
	id CheckID
	o  attempt.Outcome
}

func newStory(t *testing.T) *story {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return &story{
		t: t, core: New(1), now: begin, begin: begin,
		confs: map[string]Setup{}, applied: ipvs.Table{},
		down: map[string]bool{}, why: map[string]reason.Reason{}, local: map[string]bool{}, exits: map[string]exit{},
		values: map[Followed]int{},
	}
}

func (s *story) play(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, "    ") {
			continue // old output
		}
		s.out.WriteString(line + "\n")
		if strings.HasPrefix(line, "conf ") {
			var body []string
			for i++; i < len(lines) && lines[i] != "end"; i++ {
				body = append(body, lines[i])
				s.out.WriteString(lines[i] + "\n")
			}
			s.out.WriteString("end\n")
			s.confs[strings.Fields(line)[1]] = parseConf(s.t, body)
			continue
		}
		if line != "" && line[0] != '#' {
			s.command(strings.Fields(line))
		}
	}
	return s.out.String()
}

func (s *story) command(w []string) {
	arg := func(i int) string {
		if i < len(w) {
			return w[i]
		}
		return ""
	}
	switch w[0] {
	case "load":
		c, ok := s.confs[arg(1)]
		if !ok {
			s.t.Fatalf("no conf %q", arg(1))
		}
		s.configure(c)
	case "crash":
		c := s.confs[arg(1)]
		c.Left = Left{Table: maps.Clone(s.applied), Servers: s.core.Standings()}
		c.Marks.Left = s.core.Marks()
		s.core, s.pending = New(1), nil
		s.configure(c)
	case "hand": // somebody else gives a real server a weight
		for id, service := range s.applied {
			if at := netip.MustParseAddrPort(arg(1)); id.Addr != at.Addr() || id.Port != at.Port() {
				continue
			}
			service.Dests = maps.Clone(service.Dests)
			at := netip.MustParseAddrPort(arg(2))
			d := service.Dests[ipvs.DestID{Addr: at.Addr(), Port: at.Port()}]
			n, err := strconv.Atoi(arg(3))
			if err != nil {
				s.t.Fatal(err)
			}
			d.Weight = int32(n)
			service.Dests[ipvs.DestID{Addr: at.Addr(), Port: at.Port()}] = d
			s.applied[id] = service
		}
	case "file":
		s.tell(arg(1), arg(2))
	case "addresses":
		here := map[netip.Addr]bool{}
		for _, text := range w[1:] {
			here[netip.MustParseAddr(text)] = true
		}
		s.do(s.core.Addresses(here))
	case "run":
		s.run(s.duration(arg(1)))
	case "down", "up":
		s.down[arg(1)], s.why[arg(1)] = w[0] == "down", s.reason(arg(2))
	case "url":
		s.down[arg(1)+" "+arg(2)] = arg(3) == "down"
	case "local":
		s.local[arg(1)] = arg(2) == "on"
	case "exit":
		s.exits[arg(1)] = s.exit(w[2:])
	case "stop":
		how := config.FlushEntries
		if arg(1) == "services" {
			how = config.FlushServices
		}
		s.do(s.core.Stop(how))
	case "table":
		for l := range strings.Lines(ipvs.Format(s.applied)) {
			s.say("%s", strings.TrimRight(l, "\n"))
		}
	case "marks":
		for _, m := range s.core.Mapped() {
			s.say("%v-%v %v %d: %d", m.First, m.Last, m.Protocol, m.Port, m.Mark)
		}
	default:
		s.t.Fatalf("no command %q", w[0])
	}
}

// configure has what is followed told before and after, as the engine does it.
func (s *story) configure(c Setup) {
	c.Values = s.values
	o := s.core.Configure(s.now, c)
	for _, what := range c.Followed() {
		if value, known := s.values[what]; known {
			o.Append(s.core.Tell(s.now, what, value))
		}
	}
	s.do(o)
}

func (s *story) tell(name, number string) {
	n, err := strconv.Atoi(number)
	if err != nil {
		s.t.Fatal(err)
	}
	what := Followed{config.CheckFile, name}
	s.values[what] = n
	s.do(s.core.Tell(s.now, what, n))
}

func (s *story) reason(text string) reason.Reason {
	switch text {
	case "":
		return reason.Reason{Code: reason.Refused, Errno: 111}
	case "silent":
		return reason.Reason{Code: reason.NoAnswer, Limit: time.Second}
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return reason.Reason{Code: reason.Status, Number: n, Want: "200-299"}
}

func (s *story) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *story) exit(w []string) exit {
	var e exit
	if w[0] == "sleep" {
		e.takes = s.duration(w[1])
		w = w[2:]
	}
	switch w[0] {
	case "timeout":
		e.TimedOut = true
	case "signal":
		e.Signal = 9
	default:
		n, err := strconv.Atoi(w[0])
		if err != nil {
			s.t.Fatal(err)
		}
		e.Status = n
	}
	return e
}

// run lets time pass from event to event.
func (s *story) run(d time.Duration) {
	end := s.now.Add(d)
	for {
		next, ok := s.core.Next()
		soonest := -1
		for i, a := range s.pending {
			if soonest < 0 || a.at.Before(s.pending[soonest].at) {
				soonest = i
			}
		}
		switch {
		case soonest >= 0 && (!ok || s.pending[soonest].at.Before(next)) && !s.pending[soonest].at.After(end):
			a := s.pending[soonest]
			s.pending = append(s.pending[:soonest], s.pending[soonest+1:]...)
			s.now = a.at
			s.do(s.core.Observe(s.now, a.id, a.o))
		case ok && !next.After(end):
			s.now = next
			s.do(s.core.Expire(s.now))
		default:
			s.now = end
			return
		}
	}
}

func (s *story) say(format string, args ...any) {
	at := s.now.Sub(s.begin)
	fmt.Fprintf(&s.out, "    %6.3f %s\n", at.Seconds(), fmt.Sprintf(format, args...))
}

// do says what an output asks for, plane by plane.
func (s *story) do(o Output) {
	for _, t := range o.Tables {
		s.table(t)
	}
	for _, l := range o.Log {
		s.say("%s%s", [...]string{"", "warning: ", "error: "}[l.Level], l.Text)
	}
	for _, c := range o.Changes {
		s.say("change %v -> %v", c.From, c)
	}
	for _, n := range o.Notify {
		if n.Line != "" {
			s.say("fifo %s", n.Line)
		}
		// Scripts are run in order for each object: what it is must be said, and be what the line says.
		if (n.Line != "" || n.Script.IsSet()) && n.Line != n.Object+" "+state(n.Up) {
			s.say("WRONG: object %q, up %v", n.Object, n.Up)
		}
		if n.Script.IsSet() {
			s.say("script %s", strings.Join(n.Script.Argv, " "))
		}
		if n.Subject != "" {
			s.say("mail %s | %s", n.Subject, n.Body)
		}
	}
	for _, p := range o.Probe { // last, because what comes of it is said too
		s.answer(p)
	}
}

func (s *story) table(a Table) {
	have, want := ipvs.Table{}, ipvs.Table{}
	if h, ok := s.applied[a.Service]; ok {
		have[a.Service] = h
	}
	if a.Gone {
		delete(s.applied, a.Service)
	} else {
		want[a.Service] = a.Want
		s.applied[a.Service] = a.Want
	}
	for _, c := range ipvs.Diff(have, want) {
		s.say("ipvs %s", c)
	}
}

func verdict(passed bool) attempt.Verdict {
	if passed {
		return attempt.Passed
	}
	return attempt.Failed
}

// answer gives the attempt its outcome, at once or when its script has ended.
func (s *story) answer(p Probe) {
	rs := p.Checker.Connect.String()
	var o attempt.Outcome
	takes := time.Duration(0)
	switch {
	case s.local[rs]:
		o = attempt.Outcome{Verdict: attempt.Local, Line: "TCP socket bind failed. Rescheduling.",
			Notes:  []string{"Checker socket failed: Too many open files"},
			Reason: reason.Reason{Code: reason.NotTried, Errno: 24, Text: "socket: too many open files"}}
	case p.Checker.Kind == config.CheckMisc:
		e := s.exits[rs]
		takes = e.takes
		passed := !e.TimedOut && e.Signal == 0 && (e.Status == 0 || p.Checker.Misc.Dynamic && e.Status > 1)
		o = attempt.Outcome{Exit: e.Exit, Verdict: verdict(passed)}
		o.Reason = reason.Reason{Code: reason.Exited, Number: e.Status}
	case p.Checker.Kind == config.CheckTCP:
		o = attempt.Outcome{
			Verdict: verdict(!s.down[rs]),
			Line:    "TCP connection to " + p.Server + " failed.",
			Reason:  s.why[rs],
		}
	default:
		path := p.Checker.HTTP.URLs[p.URL].Path
		passed := !s.down[rs] && !s.down[rs+" "+path]
		o = attempt.Outcome{Verdict: verdict(passed), Line: "Connection failed server " + p.Server + ".", Reason: s.why[rs]}
		if s.down[rs+" "+path] {
			o.Reason = s.reason("404")
		}
	}
	if takes > 0 {
		s.pending = append(s.pending, answer{s.now.Add(takes), p.ID, o})
		return
	}
	s.do(s.core.Observe(s.now, p.ID, o))
}

// parseConf reads a configuration: "vs", "rs" and checker lines, each with words.
func parseConf(t *testing.T, lines []string) Setup {
	var s Setup
	for _, line := range lines {
		w := strings.Fields(line)
		if len(w) == 0 || w[0][0] == '#' {
			continue
		}
		opt := words(w[1:])
		switch w[0] {
		case "global":
			s.InitNotifies, s.QuietCheckers = opt.has("rs_init_notifies"), opt.has("no_checker_emails")
		case "marks":
			s.Marks = MarkPlan{On: true, First: uint32(opt.num(t, "from", 1000))}
		case "group":
			s.Groups = append(s.Groups, parseGroup(t, w[1], w[2:]))
		case "track_file":
			s.Files = append(s.Files, config.TrackFile{Name: w[1], Weight: opt.num(t, "weight", 1), Reverse: opt.has("reverse")})
		case "vs":
			s.VirtualServers = append(s.VirtualServers, parseVirtual(t, w[1], opt))
		case "rs":
			v := &s.VirtualServers[len(s.VirtualServers)-1]
			v.RealServers = append(v.RealServers, parseReal(t, w[1], opt, *v))
		default:
			v := &s.VirtualServers[len(s.VirtualServers)-1]
			r := &v.RealServers[len(v.RealServers)-1]
			r.Checkers = append(r.Checkers, parseChecker(t, w, opt, *r))
		}
	}
	return s
}

// words are "key" and "key=value".
type words []string

func (w words) has(key string) bool { _, ok := w.get(key); return ok }

func (w words) get(key string) (string, bool) {
	for _, x := range w {
		k, v, _ := strings.Cut(x, "=")
		if k == key {
			return v, true
		}
	}
	return "", false
}

func (w words) num(t *testing.T, key string, def int) int {
	v, ok := w.get(key)
	if !ok {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (w words) dur(t *testing.T, key string, def time.Duration) time.Duration {
	v, ok := w.get(key)
	if !ok {
		return def
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w words) command(key string) config.Command {
	v, ok := w.get(key)
	if !ok {
		return config.Command{}
	}
	return config.Command{Argv: []string{v}}
}

func (w words) method() config.Method {
	switch {
	case w.has("dr"):
		return config.DR
	case w.has("tun"):
		return config.TUN
	}
	return config.NAT
}

func parseVirtual(t *testing.T, at string, w words) config.VirtualServer {
	v := config.VirtualServer{
		Scheduler: "rr", Method: w.method(), Protocol: config.TCP,
		Quorum: uint32(w.num(t, "quorum", 1)), Hysteresis: uint32(w.num(t, "hysteresis", 0)),
		Alpha: w.has("alpha"), Omega: w.has("omega"), SMTPAlert: w.has("mail"),
		QuorumUp: w.command("up"), QuorumDown: w.command("down"),
		SorryInhibit: w.has("sorry_inhibit"), HASuspend: w.has("ha_suspend"),
	}
	if sched, ok := w.get("sched"); ok {
		v.Scheduler = sched
	}
	if w.has("fallback") {
		v.SchedulerFlags = uint32(ipvs.MaglevFallback)
	}
	if w.has("udp") {
		v.Protocol = config.UDP
	}
	v.SharedClients = w.has("shared_clients")
	if w.has("persist") {
		v.Persistent, v.PersistenceTimeout, v.PersistenceGranularity = true, w.dur(t, "persist", 0), 32
	}
	if name, ok := strings.CutPrefix(at, "group="); ok {
		v.Group, v.Ordinal, v.IPv6 = name, w.num(t, "n", 0), w.has("inet6")
		if w.has("marks") {
			v.Protocol = config.ProtocolNone
		}
	} else if mark, ok := strings.CutPrefix(at, "fwmark="); ok {
		n, err := strconv.Atoi(mark)
		if err != nil {
			t.Fatal(err)
		}
		v.FWMark, v.Protocol = uint32(n), config.ProtocolNone
	} else {
		ap := netip.MustParseAddrPort(at)
		v.Addr, v.Port, v.IPv6 = ap.Addr(), ap.Port(), ap.Addr().Is6()
	}
	if sorry, ok := w.get("sorry"); ok {
		ap := netip.MustParseAddrPort(sorry)
		v.Sorry = &config.RealServer{Addr: ap.Addr(), Port: ap.Port(), Weight: 1, Method: v.Method}
	}
	return v
}

// parseGroup reads entries: "10.0.0.1:80", "10.0.0.1-10.0.0.3:80", "fwmark=5".
func parseGroup(t *testing.T, name string, entries []string) config.ServerGroup {
	g := config.ServerGroup{Name: name}
	for _, text := range entries {
		if mark, ok := strings.CutPrefix(text, "fwmark="); ok {
			n, err := strconv.Atoi(mark)
			if err != nil {
				t.Fatal(err)
			}
			g.Entries = append(g.Entries, config.GroupEntry{FWMark: uint32(n)})
			continue
		}
		from, to, isRange := strings.Cut(text, "-")
		if !isRange {
			from = from[:strings.LastIndex(from, ":")]
			to = text
		}
		last := netip.MustParseAddrPort(to)
		g.Entries = append(
			g.Entries,
			config.GroupEntry{First: netip.MustParseAddr(strings.Trim(from, "[]")), Last: last.Addr(), Port: last.Port(),
				Family: map[bool]config.Family{true: config.IPv4, false: config.IPv6}[last.Addr().Is4()]},
		)
	}
	return g
}

func parseReal(t *testing.T, at string, w words, v config.VirtualServer) config.RealServer {
	ap := netip.MustParseAddrPort(at)
	r := config.RealServer{
		Addr: ap.Addr(), Port: ap.Port(), Weight: w.num(t, "weight", 1), Method: v.Method,
		InhibitOnFailure: w.has("inhibit"), Alpha: v.Alpha || w.has("alpha"),
		Notify: &config.UpDown{Up: w.command("up"), Down: w.command("down")}, SMTPAlert: !w.has("nomail"),
		Backup: w.has("backup"), SlowStart: w.dur(t, "slow", 0),
	}
	if w.has("tun") || w.has("dr") {
		r.Method = w.method()
	}
	return r
}

func parseChecker(t *testing.T, line []string, w words, r config.RealServer) config.Checker {
	k := config.Checker{
		Connect: netip.AddrPortFrom(r.Addr, r.Port), Alpha: r.Alpha,
		ConnectTimeout: w.dur(t, "timeout", time.Second), DelayLoop: w.dur(t, "loop", 2*time.Second),
		Retry: w.num(t, "retry", 1), DelayBeforeRetry: w.dur(t, "before", time.Second),
		Warmup: w.dur(t, "warmup", 0), LogAllFailures: w.has("logall"),
	}
	switch line[0] {
	case "tcp":
	case "http", "ssl":
		k.Kind = config.CheckHTTP
		if line[0] == "ssl" {
			k.Kind = config.CheckSSL
		}
		k.HTTP = &config.HTTPCheck{FastRecovery: w.has("fast")}
		for _, x := range line[1:] {
			if x[0] == '/' {
				k.HTTP.URLs = append(k.HTTP.URLs, config.URL{Path: x})
			}
		}
	case "misc":
		k.Kind, k.Misc = config.CheckMisc, &config.MiscCheck{
			Command: config.Command{Argv: []string{line[1]}},
			Dynamic: w.has("dynamic"),
		}
		k.Retry = w.num(t, "retry", 0)
	case "file":
		k.Kind, k.File = config.CheckFile, &config.FileCheck{TrackFile: line[1], Reverse: w.has("reverse")}
		if w.has("weight") {
			n := w.num(t, "weight", 0)
			k.File.Weight = &n
		}
	default:
		t.Fatalf("no checker %q", line[0])
	}
	return k
}
