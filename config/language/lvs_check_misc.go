package language

import (
	"strings"
	"time"

	"holdfast/config"
)

// miscCheck is MISC_CHECK: a program whose exit status is the result (semantics 10.8).
func miscCheck() checkKind {
	return checkKind{
		// Without a word a script is not tried again (semantics 9.2).
		rows: miscCheckRows, retry: 0, pause: time.Second,
		begin:  func(c *config.Checker) { c.Misc = &config.MiscCheck{} },
		usable: (*stmt).closeMisc,
		complete: func(_ *binder, v *serviceDraft, _ *realDraft, c *checkerDraft) {
			// 0 is "not given", also if it was written. The limit is then the delay_loop of the
			// virtual server, whatever is set nearer (semantics 9.2): the real server is not asked.
			if c.Misc.Timeout == 0 {
				c.Misc.Timeout = firstOf(60*time.Second, v.checks.DelayLoop)
			}
		},
	}
}

// closeMisc reports whether there is a program, and somebody to run it as.
func (s *stmt) closeMisc(d *checkerDraft) bool {
	switch {
	case d.unusable: // which has been said
		return false
	case !d.Misc.IsSet():
		s.errorf(s.pos(), "no-command",
			"No script path has been specified for MISC_CHECK - skipping; write misc_path \"COMMAND\"")
		return false
	}
	// Whichever of user and misc_path stood first.
	d.Misc.User, d.Misc.Group = d.miscUser, d.miscGroup
	// A user of its own that exists, or somebody whom scripts run as without one (cli 8.3).
	if !d.identity && !s.hasScriptUser() {
		s.errorf(s.pos(), "no-script-user",
			"Unable to set default user for misc script '%s' - removing; "+
				"set script_user in global_defs or user here", strings.Join(d.Misc.Argv, " "))
		return false
	}
	// Only for a check that is made: a checker that is dropped has no script that is missing, and
	// none to be secured.
	s.runsMiscScript(d)
	return true
}

// miscCheckRows are the keywords of MISC_CHECK. It opens no socket itself, so it has no
// target.
func miscCheckRows() []Keyword {
	return append(timingRows("0", "1"),
		row("misc_path", miscPath(), "required", "the program; exit status 0 is up", lenient),
		row("misc_timeout",
			wholeSeconds(func(d *checkerDraft) *time.Duration { return &d.Misc.Timeout }, 0, maxGARPSecs),
			"delay_loop of virtual_server", "time until it is ended; 0 = the default",
			shows(func(d *checkerDraft) []writing {
				if d.Misc.Timeout%time.Second != 0 {
					return nil // that is the delay_loop of the virtual_server
				}
				return inRange(int64(d.Misc.Timeout/time.Second), 1, maxGARPSecs)
			})),
		row("misc_dynamic",
			switchOn(func(d *checkerDraft) *bool { return &d.Misc.Dynamic }),
			"off", "exit status 2..255 is up and sets the weight to status - 2"),
		row("user", custom("USER [[:]GROUP]", 1, setMiscIdentity), "script_user", "who it runs as", soft,
			shows(func(d *checkerDraft) []writing { return wordsIf(d.Misc.User, d.Misc.Group) })),
	)
}

// runsMiscScript looks for the program of a check; without the program the server has no such
// check (semantics 10.8).
func (b *binder) runsMiscScript(d *checkerDraft) {
	if d.Misc.Problem = b.scriptProblem(d.Misc.Command); d.Misc.Problem != "" {
		b.mutedf(d.Misc.Pos, "script-not-usable", "MISC_CHECK: %s%s; the check is not made", d.Misc.Problem,
			b.notReplaced(d.Misc.Command))
		return
	}
	// It will be run, so it counts for the warning about script security (grammar 9.4).
	b.runsCheckScript(d.Misc.Pos)
}

// miscPath takes the whole command line as one word:
//
//	misc_path "/usr/lib/nagios/plugins/check_tcp -H 10.0.0.2 -p 25"
func miscPath() Keyword {
	k := custom(`"COMMAND ARGS"`, 1, func(s *stmt, d *checkerDraft) bool {
		c, ok := s.command()
		if !ok {
			return false
		}
		// Unlike other commands, as `script` (grammar 5.5).
		if c.User != "" {
			s.mutedf(s.pos(), "command-not-quoted",
				"misc_path: '%s' and what follows is not passed on; quote the whole command", c.User)
		}
		// For any other command these two would be who it runs as; here `user` says that.
		c.User, c.Group = "", ""
		d.Misc.Command = c
		return true
	})
	k.Script = true
	// Without user and group, which are written by the row of `user`.
	k.bind.show = showing(func(d *checkerDraft) []writing {
		return commandIf(config.Command{Argv: d.Misc.Argv})
	})
	return k
}

// setMiscIdentity takes `user USER [GROUP]`.
func setMiscIdentity(s *stmt, d *checkerDraft) bool {
	user, group := s.identityWords()
	if problem := s.identityProblem(user, group); problem != "" {
		s.errorf(s.at(0), "unknown-user", "MISC_CHECK user: %s; the check is not made - create it or name another",
			problem)
		// Nobody else may run it in that user's place, so the checker goes; closeMisc drops it
		// without another finding.
		d.unusable = true
		return false
	}
	// Not into the command: `misc_path` may stand below, and would replace them.
	d.miscUser, d.miscGroup, d.identity = user, group, true
	return true
}
