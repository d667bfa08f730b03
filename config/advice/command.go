package advice

import (
	"path"
	"slices"
	"strings"

	"holdfast/config"
)

// commands that are written for a shell. There is none: what is special to it reaches
// the program as an argument.
func (a *adviser) commands() {
	g := &a.cfg.Global
	for _, c := range []config.Command{g.StartupScript, g.ShutdownScript, g.NotifyFIFO.Script, g.VRRPNotifyFIFO.Script,
		g.LVSNotifyFIFO.Script} {
		a.command(c)
	}
	for _, s := range a.cfg.Scripts {
		a.command(s.Command)
	}
	for _, group := range a.cfg.Groups {
		a.notify(group.Notify)
	}
	for _, in := range a.cfg.Instances {
		a.notify(in.Notify)
	}
	for _, v := range a.cfg.VirtualServers {
		a.command(v.QuorumUp)
		a.command(v.QuorumDown)
		for _, r := range v.RealServers {
			a.command(r.Scripts().Up)
			a.command(r.Scripts().Down)
			for _, c := range r.Checkers {
				if c.Misc != nil {
					a.command(c.Misc.Command)
				}
			}
		}
	}
}

func (a *adviser) notify(n config.Notify) {
	for _, c := range []config.Command{n.Master, n.Backup, n.Fault, n.Stop, n.Deleted, n.Any, n.MasterRxLowerPri} {
		a.command(c)
	}
}

func (a *adviser) command(c config.Command) {
	// Most of those that can be written are not.
	if !c.IsSet() {
		return
	}
	//	notify_master "/usr/bin/logger master > /tmp/state"
	if i := slices.IndexFunc(c.Argv, forShell); i >= 0 {
		a.warn(c.Pos, "shell-syntax",
			"'%s' is passed to %s as an argument: no shell is used; "+
				"put the line into a script, or write \"/bin/sh -c '...'\"", c.Argv[i], path.Base(c.Argv[0]))
	}
}

// forShell reports whether a whole word means something to a shell only.
func forShell(word string) bool {
	// As words of their own: inside a longer one they may belong to a pattern or a URL.
	if slices.Contains([]string{"|", "||", "&", "&&", ";", ">", ">>", "<", "2>&1", "2>", "&>"}, word) {
		return true
	}
	// A redirection together with its file (`>/tmp/state`), or the output of a command (`$(date)`).
	for _, head := range []string{"$(", "`", ">/", ">>/", "2>/", "&>/"} {
		if strings.HasPrefix(word, head) {
			return true
		}
	}
	// `\;` ends the command of find -exec.
	return strings.HasSuffix(word, ";") && len(word) > 1 && !strings.HasPrefix(word, "\\")
}
