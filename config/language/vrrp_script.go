package language

import (
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/config/syntax"
)

// scriptDraft is a vrrp_script while it is being read.
type scriptDraft struct {
	draft
	config.Script
	// nil until `timeout` is given: without it the time is the interval, which may stand below.
	timeout *time.Duration
	// What is wrong has been said; the draft stays, so that its trackers can be told that it was removed
	// (scriptNotFound).
	unusable bool
	identity bool // user was given
}

func scriptRows() []Keyword {
	return []Keyword{
		row("script",
			custom(`"COMMAND ARGS" | </PATH`, 1, setScriptCommand),
			"required", "the program; exit status 0 is success. </PATH asks whether a file can be read", soft,
			func(k *Keyword) { k.Script = true }, shows(showScriptCommand)),
		row("interval",
			scriptSeconds(func(d *scriptDraft, v time.Duration) { d.Interval = v }),
			"1", "time between starts",
			shows(func(d *scriptDraft) []writing { return secondsIn(d.Interval, 1000, maxGARPSecs*microsPerSecond) })),
		row("timeout",
			scriptSeconds(func(d *scriptDraft, v time.Duration) { d.timeout = &v }),
			"= interval", "time until it is ended and counts as failed",
			shows(func(d *scriptDraft) []writing { return secondsIn(d.Timeout, 1000, maxGARPSecs*microsPerSecond) })),
		row("weight",
			custom("-253..253 [reverse]", 1, setScriptWeight),
			"0", "0: failure means FAULT; otherwise what success adds or failure takes away", shows(showScriptWeight)),
		row("rise",
			scriptCount(func(d *scriptDraft) *int { return &d.Rise }),
			"1", "successes in a row until it counts as up"),
		row("fall",
			scriptCount(func(d *scriptDraft) *int { return &d.Fall }),
			"1", "failures in a row until it counts as down"),
		row("user",
			custom("USER [[:]GROUP]", 1, setScriptIdentity),
			"script_user", "who it runs as",
			shows(func(d *scriptDraft) []writing { return wordsIf(d.Command.User, d.Command.Group) })),
		row("init_fail",
			switchOn(func(d *scriptDraft) *bool { return &d.InitFail }),
			"off", "meant to start as failed; has no effect, as in keepalived", accepted),
	}
}

// openScript begins a vrrp_script.
func openScript(s *stmt, b *binder) *scriptDraft {
	// The second of a name is read all the same: if the first turns out to be unusable, it counts (findScript).
	d := &scriptDraft{Script: config.Script{Name: s.word(0), Interval: time.Second, Rise: 1, Fall: 1, Pos: s.pos()}}
	if other := b.findScript(d.Name); other != nil {
		s.report(syntax.Diagnostic{Pos: s.at(0), Severity: syntax.Warning, ID: "duplicate-name",
			Text:    "vrrp_script " + d.Name + " already defined; the first one is used, give this one another name",
			Related: other.Pos, RelatedText: "first defined here"})
	}
	b.vrrp().addScript(d)
	b.object = d.Name
	return d
}

// setScriptCommand takes a command line, or a file to look for.
func setScriptCommand(s *stmt, d *scriptDraft) bool {
	c, ok := s.command()
	if !ok {
		return false
	}
	//	script </run/maintenance
	// is true while the file can be read, and starts nothing. `< /run/maintenance` is a program called `<` (grammar
	// 5.7).
	if file, isFile := strings.CutPrefix(c.Argv[0], "<"); isFile && file != "" {
		d.FileTest = file
		d.Command = config.Command{Pos: s.pos()}
		return true
	}
	// Only the first word counts here: there is `user` for the identity (grammar 5.5).
	if c.User != "" {
		s.mutedf(s.pos(), "command-not-quoted",
			"%s: '%s' and what follows is not passed on; quote the whole command: \"%s %s ..\"", s.title(), c.User,
			strings.Join(c.Argv, " "), c.User)
	}
	// `user` may have stood above the command.
	c.User, c.Group = d.Command.User, d.Command.Group
	d.Command, d.FileTest = c, ""
	return true
}

// scriptSeconds takes decimal seconds with three decimals; 0 becomes 1.
func scriptSeconds(set func(d *scriptDraft, v time.Duration)) Keyword {
	return custom("SECONDS 0.001..4294", 1, func(s *stmt, d *scriptDraft) bool {
		n, ok := s.micros(0, 0, maxGARPSecs*microsPerSecond)
		//	interval 0.5
		switch _, fraction := parseInt(s.word(0)); {
		case !ok:
			return false
		// Less than a millisecond, in microseconds; 0 itself is corrected below and not refused.
		case n > 0 && n < 1000:
			s.errorf(s.at(0), "number-out-of-range", "%s: number '%s' is outside range [0.001, %d] seconds", s.title(),
				s.word(0), maxGARPSecs)
			return false
		case fraction:
			s.warnf(s.at(0), "later-keepalived", "%s: keepalived 2.2.7 takes whole seconds only and ignores '%s'",
				s.title(), s.word(0))
		}
		if n == 0 {
			s.warnf(s.at(0), "number-corrected", "%s must be greater than 0, setting to 1", s.title())
			n = microsPerSecond
		}
		// Three decimals count (grammar 8.3).
		set(d, fromMicros((n+500)/1000*1000))
		return true
	})
}

func scriptCount(p func(*scriptDraft) *int) Keyword {
	return number(p, 1, maxInt32)
}

// setScriptWeight takes a weight and perhaps its direction.
func setScriptWeight(s *stmt, d *scriptDraft) bool {
	//	weight -20 reverse
	// takes 20 away while the script succeeds.
	n, ok := s.integer(0, -253, 253, true)
	if !ok {
		return false
	}
	d.Weight = int(n)
	switch s.word(1) {
	case "":
	case "reverse":
		d.Reverse = true
	default:
		// The weight counts without the word.
		s.errorf(s.at(1), "unknown-option", "%s: unknown option '%s'; the only one is reverse", s.title(), s.word(1))
	}
	return true
}

// setScriptIdentity takes `user USER [GROUP]`.
func setScriptIdentity(s *stmt, d *scriptDraft) bool {
	user, group := s.identityWords()
	if problem := s.identityProblem(user, group); problem != "" {
		s.errorf(s.at(0), "unknown-user", "(%s) %s; the script is not used - create it or name another", d.Name,
			problem)
		d.unusable = true
		return false
	}
	d.identity = true
	d.Command.User, d.Command.Group = user, group
	return true
}

// closeScript decides at the end of its block whether a script can be used.
func closeScript(s *stmt, d *scriptDraft) {
	// A timeout that is longer than the interval is allowed: the next start waits for the end of the run.
	if d.timeout != nil {
		d.Timeout = *d.timeout
	} else {
		d.Timeout = d.Interval
	}
	if !d.has("script") {
		s.errorf(s.pos(), "no-command", "No script set for vrrp_script %s - removing; write script \"COMMAND\"", d.Name)
		d.unusable = true
		return
	}
	// A file is looked at by the vrrp role itself, whoever that is.
	if d.FileTest == "" && !d.unusable && !d.identity && !s.hasScriptUser() {
		s.errorf(s.pos(), "no-script-user",
			"Unable to set default user for vrrp script %s - removing; set script_user in global_defs or user here",
			d.Name)
		d.unusable = true
	}
}

// completeScripts gives the Config its scripts, in file order, and says which
// of those in use cannot be run.
func (b *binder) completeScripts() {
	for _, d := range b.vrrp().scripts {
		switch {
		case d.unusable:
		case b.findScript(d.Name) == d:
			b.cfg.Scripts = append(b.cfg.Scripts, d.Script)
		default:
			b.vrrp().shadowed = append(b.vrrp().shadowed, d.Script)
		}
	}
}

// checkScripts reports track scripts that nobody can run. Like keepalived it
// looks at all of them, tracked or not, as soon as there is a virtual router; a
// missing interface stops it before.
func (b *binder) checkScripts() {
	// Without a virtual router nothing is tracked, and keepalived does not look.
	if len(b.vrrp().instances) == 0 {
		return
	}
	for i := range b.cfg.Scripts {
		b.checkCommand(&b.cfg.Scripts[i])
	}
	for i := range b.vrrp().shadowed {
		b.checkCommand(&b.vrrp().shadowed[i])
	}
}

// checkCommand reports a script that cannot be run (cli 8.4).
func (b *binder) checkCommand(sc *config.Script) {
	if sc.FileTest != "" {
		return
	}
	if sc.Command.Problem = b.scriptProblem(sc.Command); sc.Command.Problem != "" {
		b.errorf(sc.Command.Pos, "script-not-usable",
			"Disabling track script %s since not found/accessible: %s%s; correct the path", sc.Name, sc.Command.Problem,
			b.notReplaced(sc.Command))
		return
	}
	// It will be run, so it counts for the warning about script security (grammar 9.4).
	b.runsVRRPScript(sc.Command.Pos)
}

func showScriptCommand(d *scriptDraft) []writing {
	if d.FileTest != "" {
		return written(syntax.QuoteCommand([]string{"<" + d.FileTest}))
	}
	return commandIf(config.Command{Argv: d.Command.Argv})
}

func showScriptWeight(d *scriptDraft) []writing {
	if d.Reverse {
		return written(strconv.Itoa(d.Weight), "reverse")
	}
	return written(strconv.Itoa(d.Weight))
}
