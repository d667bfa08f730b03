package witness

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/config/syntax"
)

// An answer is what a program makes of a text.
type answer struct {
	exit  string // status of -t
	facts []string
}

func (a answer) String() string { return "exit " + a.exit + "\n" + strings.Join(a.facts, "\n") + "\n" }

// What is said in place of facts.
const (
	doesNotRun   = "does not run"
	nothingToRun = "nothing to run"
	crashes      = "crashes"
	hangs        = "hangs"
)

// director is the name of the host.
const director = "director.example"

// ours is what holdfast makes of the files in a folder.
func ours(dir string, c text) answer {
	opt := syntax.Options{ConfigID: "director", Dir: "/", Getenv: getenv}
	for i, arg := range c.args {
		switch arg {
		case "-i":
			opt.ConfigID = c.args[i+1]
		case "-e":
			opt.AllIncludes = true
		}
	}
	snapshot := syntax.Load(source.OS{}, dir+"/"+mainName, opt)
	_, findings := language.Bind(snapshot, host(true))
	a := answer{exit: strconv.Itoa(language.ExitStatus(findings))}
	running, findings := language.Bind(snapshot, host(false))
	switch {
	case !language.Runnable(findings):
		a.facts = []string{doesNotRun}
	case len(running.Instances) == 0:
		a.facts = []string{nothingToRun}
	default:
		a.facts = facts(running)
	}
	return a.placed(dir)
}

// placed is the answer without the name of the folder.
func (a answer) placed(dir string) answer {
	for i := range a.facts {
		a.facts[i] = strings.ReplaceAll(a.facts[i], dir, place)
	}
	return a
}

func getenv(name string) string {
	for _, pair := range environment() {
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value
		}
	}
	return ""
}

// ids are the users, with the groups of the same number.
func ids() map[string]string {
	return map[string]string{"root": "0", "daemon": "1", "nobody": "65534", "nogroup": "65534"}
}

// programs are those that texts name.
func programs() []string { return []string{"true", "echo", "printf", "test"} }

// host is what texts are for: the same as that of the program.
func host(test bool) language.Env {
	in := func(names ...string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	return language.Env{
		HostName: director, Test: test,
		Interface: in("lo", "eth0", "eth1"),
		User:      in("root", "daemon", "nobody"), Group: in("root", "daemon", "nogroup"),
		Script: func(c config.Command) string {
			dir, name := path.Split(c.Argv[0])
			if !slices.Contains(programs(), name) || dir != "" && dir != "/usr/bin/" {
				return "not found"
			}
			return ""
		},
	}
}

// writer collects facts.
type writer struct{ facts []string }

func (w *writer) add(format string, args ...any) {
	w.facts = append(w.facts, fmt.Sprintf(format, args...))
}

// facts are those of a configuration, in the order in which keepalived tells them.
func facts(c *config.Config) []string {
	w := &writer{}
	if c.Global.RouterID != director {
		w.add("router_id %q", c.Global.RouterID)
	}
	if c.Global.Mail.Helo != "" && c.Global.Mail.Helo != director {
		w.add("helo %q", c.Global.Mail.Helo)
	}
	if from := c.Global.Mail.From; from != "" && !strings.HasPrefix(from, "root@") { // not the default
		w.add("mail from %q", c.Global.Mail.From)
	}
	for _, to := range c.Global.Mail.To {
		w.add("mail to %q", to)
	}
	for _, a := range c.StaticAddresses {
		w.add("static%s", address(a))
	}
	user := c.Global.ScriptUser + ":" + c.Global.ScriptGroup
	disabled, used := map[string]bool{}, map[string]bool{} // scripts
	for _, s := range c.Scripts {
		disabled[s.Name] = s.Command.Problem != ""
	}
	grouped := map[string]bool{} // instances of which keepalived tells no weight of an interface, although it counts
	for _, g := range c.Groups {
		for _, m := range g.Members {
			grouped[m] = !g.TrackingWeight
		}
	}
	for i := range c.Instances {
		in := c.Instances[i]
		in.Tracks = slices.DeleteFunc(slices.Clone(in.Tracks), func(t config.Track) bool {
			return t.Kind == config.TrackedScript && disabled[t.Name]
		})
		for j := range in.Tracks {
			switch t := &in.Tracks[j]; t.Kind {
			case config.TrackedInterface:
				if grouped[in.Name] {
					t.Weight = 0
				}
			case config.TrackedScript:
				used[t.Name] = true
			}
		}
		w.instance(&in, user)
	}
	for _, g := range c.Groups {
		w.add("group %q", g.Name)
		for _, m := range g.Members {
			w.add("  member %q", m)
		}
		w.notify(g.Notify, user)
	}
	for _, s := range c.Scripts {
		if used[s.Name] {
			w.script(s, user)
		}
	}
	for _, f := range c.TrackFiles {
		w.add("file %q %q weight %d", f.Name, f.Path, f.Weight)
	}
	return w.facts
}

func (w *writer) instance(in *config.Instance, user string) {
	w.add("instance %q %s vrid %d priority %d version %d advert %gs", in.Name, in.Interface, in.VRID, in.Priority,
		in.Version, in.AdvertInt.Seconds())
	if in.Auth == config.AuthPass {
		w.add("  password %q", strings.TrimRight(string(in.AuthPass[:]), "\x00"))
	}
	for _, a := range in.VIPs {
		w.add("  vip%s", address(a))
	}
	for _, a := range in.ExcludedVIPs {
		w.add("  excluded%s", address(a))
	}
	for _, p := range in.UnicastPeers {
		w.add("  peer %s", p.Addr)
	}
	for _, kind := range []config.TrackKind{config.TrackedInterface, config.TrackedScript, config.TrackedFile} {
		for _, t := range in.Tracks.Of(kind) {
			w.track(kind.String(), t)
		}
	}
	w.notify(in.Notify, user)
}

func (w *writer) track(kind string, t config.Track) {
	w.add("  track %s %q weight %d", kind, t.Name, t.Weight)
}

func address(a config.Address) string {
	text := fmt.Sprintf(" %s dev %s", a.Prefix, a.Dev)
	if a.Label != "" {
		text += " label " + a.Label
	}
	return text
}

func (w *writer) notify(n config.Notify, user string) {
	for _, c := range []struct {
		name    string
		command config.Command
	}{{"backup", n.Backup}, {"master", n.Master}, {"fault", n.Fault}, {"stop", n.Stop}, {"any", n.Any}} {
		if c.command.IsSet() && c.command.Problem == "" {
			w.add("  notify %s %s", c.name, command(c.command, user))
		}
	}
}

func (w *writer) script(s config.Script, user string) {
	how := command(s.Command, user)
	if s.FileTest != "" {
		how = fmt.Sprintf("reads %q", s.FileTest)
	}
	w.add("script %q %s interval %gs weight %d rise %d fall %d", s.Name, how, s.Interval.Seconds(), s.Weight, s.Rise,
		s.Fall)
}

// command is a command with the numbers of its user and group.
func command(c config.Command, user string) string {
	argv := slices.Clone(c.Argv)
	if len(argv) > 0 {
		argv[0] = path.Base(argv[0])
	}
	if c.User != "" {
		user = c.User + ":" + c.Group
	}
	name, group, _ := strings.Cut(user, ":")
	if group == "" {
		group = name
	}
	if name == "" {
		name, group = "root", "root" // no keepalived_script here
	}
	if group == "nobody" {
		group = "nogroup"
	}
	return commandFact(argv, ids()[name], ids()[group])
}

func commandFact(argv []string, uid, gid string) string {
	return fmt.Sprintf("%q %s:%s", argv, uid, gid)
}
