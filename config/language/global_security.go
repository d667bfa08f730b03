package language

import (
	"holdfast/config"
	"holdfast/config/syntax"
)

// scriptPlaces are where the first script that would be run stands, for each kind of them:
// keepalived warns of each once.
type scriptPlaces struct{ vrrp, check, start syntax.Pos }

func (b *binder) runsVRRPScript(pos syntax.Pos)  { first(&b.global().scripts.vrrp, pos) }
func (b *binder) runsCheckScript(pos syntax.Pos) { first(&b.global().scripts.check, pos) }

// first keeps the place that stands first in its file; of several files that which was
// bound first.
func first(p *syntax.Pos, pos syntax.Pos) {
	// Objects are completed in an order of their own, so a script that was found later may stand further up.
	if !p.IsValid() || p.File == pos.File && (pos.Line < p.Line || pos.Line == p.Line && pos.Col < p.Col) {
		*p = pos
	}
}

// checkScriptSecurity says, once per kind, that scripts are run without the
// checks of enable_script_security (cli 8.6, grammar 9.4).
func (b *binder) checkScriptSecurity() {
	// The scripts of instances, groups and services have told their places when those were completed; these are the
	// global ones.
	g, scripts := &b.cfg.Global, &b.global().scripts
	for _, c := range []config.Command{g.StartupScript, g.ShutdownScript} {
		if c.IsSet() && b.scriptProblem(c) == "" {
			first(&scripts.start, c.Pos)
		}
	}
	for _, c := range []config.Command{g.NotifyFIFO.Script, g.VRRPNotifyFIFO.Script} {
		if c.IsSet() && b.scriptProblem(c) == "" {
			b.runsVRRPScript(c.Pos)
		}
	}
	if c := g.LVSNotifyFIFO.Script; c.IsSet() && b.scriptProblem(c) == "" {
		b.runsCheckScript(c.Pos)
	}
	// The keyword silences it, also for scripts that are not safe: those are refused one by one (cli 8.4).
	if g.EnableScriptSecurity {
		return
	}
	for _, kind := range []struct {
		name string
		pos  syntax.Pos
	}{{"", scripts.vrrp}, {"check ", scripts.check}, {"start/shutdown ", scripts.start}} {
		// The first place of a kind is enough: one line in global_defs mends all of them.
		if kind.pos.IsValid() {
			class := syntax.ClassSecurityError
			if kind.name == "" && b.global().interfaceMissing {
				class = syntax.ClassNone // keepalived does not come to look at them
			}
			b.say(syntax.Warning, class, kind.pos, "scripts-not-secured",
				"SECURITY VIOLATION - %sscripts are being executed but script_security not enabled."+
					" Set enable_script_security and script_user in global_defs", kind.name)
		}
	}
}
