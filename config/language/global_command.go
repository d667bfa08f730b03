package language

import (
	"regexp"
	"strings"
	"sync"

	"holdfast/config"
	"holdfast/config/syntax"
)

// commandOfUser is a command that may have a user and a group behind it. Arguments that are
// not quoted with the command are taken for them, which is said without asking the host
// where it can be seen.
func (s *stmt) commandOfUser() (config.Command, bool) {
	c, ok := s.command()
	// Nothing stands behind the command that could be anything else than its user.
	if !ok || c.User == "" {
		return c, ok
	}
	// The line as it was most likely meant, to be copied.
	whole := `"` + strings.ReplaceAll(strings.Join(c.Argv, " "), `"`, "") + " " + c.User + ` .."`
	switch {
	case s.env.User != nil: // which knows better, and is asked later
	//	notify_master /usr/bin/logger > /tmp/log
	case forShell(c.User):
		s.neverRuns(s.pos(), "command-not-quoted",
			"%s: '%s' is taken for the user it runs as, so it never runs: no shell is used; "+
				"put the line into a script, or write \"/bin/sh -c '...'\"", s.title(), c.User)
	case !canBeUser(c.User) || !canBeUser(strings.TrimPrefix(c.Group, ":")) && c.Group != "":
		s.neverRuns(s.pos(), "command-not-quoted",
			"%s: '%s' is taken for the user and group it runs as, so it never runs; quote the whole command: %s",
			s.title(), strings.TrimSpace(c.User+" "+c.Group), whole)
	case !strings.HasPrefix(s.node.Rest, `"`) && !s.knownUser(c.User):
		s.mutedf(s.pos(), "command-not-quoted",
			"%s: '%s' is taken for the user it runs as; if it is an argument, quote the whole command: %s", s.title(),
			c.User, whole)
	}
	// keepalived looks at three words (grammar 5.4).
	if words, _ := syntax.ScriptWords(*s.node); len(words) > 3 {
		s.mutedf(s.pos(), "extra-parameters",
			"%s: '%s' stands behind the command, its user and its group - ignored; quote the whole command", s.title(),
			words[3])
	}
	return c, ok
}

// neverRuns is about a command that is there and is never run. keepalived goes on with or
// without a word; who checks a file is told that it is wrong.
func (b *binder) neverRuns(pos syntax.Pos, id, format string, args ...any) {
	// Its class stays none: a configuration test of keepalived does not count it either.
	severity := syntax.Warning
	if b.env.Test {
		severity = syntax.Error
	}
	b.say(severity, syntax.ClassNone, pos, id, format, args...)
}

// knownUser reports whether a name is one that scripts are often run as.
func (s *stmt) knownUser(name string) bool {
	return name == "root" || name == "nobody" || name == defaultScriptUser || name == s.global().ScriptUser
}

var userName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.@-]*\$?$`) })

// canBeUser reports whether a word can be the name of a user or group: it has the form, and is
// none of what scripts are told. There are hosts with a user called backup.
func canBeUser(name string) bool {
	switch strings.ToLower(name) {
	//	notify_master /etc/keepalived/notify.sh master
	// is the most frequent mistake with commands.
	case "master", "fault", "stop", "start", "up", "down":
		return false
	}
	return userName().MatchString(name)
}

// forShell reports whether a word means something to a shell only.
func forShell(word string) bool {
	return strings.Trim(word, "<>|&;0123456789") == "" && strings.ContainsAny(word, "<>|&;")
}

// commandArgs is how a script keyword is written.
const commandArgs = `"COMMAND ARGS" [USER [[:]GROUP]]`

// script takes a command with its user and group; the first definition wins
// (grammar 6.10).
func script[T any](p func(*T) *config.Command) Keyword {
	k := custom(commandArgs, 1, func(s *stmt, t *T) bool {
		if p(t).IsSet() {
			// Unlike other settings, of which the last one counts (grammar 6.10).
			s.warnf(s.pos(), "duplicate-setting", "%s script already specified at %s - ignoring this one", s.title(),
				p(t).Pos)
			return false
		}
		c, ok := s.commandOfUser()
		if ok {
			*p(t) = c
		}
		return ok
	})
	k.Script = true
	k.bind.show = showing(func(t *T) []writing { return commandIf(*p(t)) })
	return k
}

// command reads the statement with the second tokenizer (grammar 5): the first
// word is the command line, the second and third are user and group.
func (s *stmt) command() (config.Command, bool) {
	words, err := syntax.ScriptWords(*s.node)
	switch {
	// The backslash of a line that was to go on in the next one (grammar 7.3).
	case err != nil && strings.HasSuffix(s.node.Rest, `\`):
		s.mutedf(s.pos(), "invalid-command", "%s: %v", s.title(), err) // keepalived does so without a word
		return config.Command{}, false
	case err != nil:
		s.errorf(s.pos(), "invalid-command", "%s: %v", s.title(), err)
		return config.Command{}, false
	}
	if len(words) == 0 {
		s.missing(1)
		return config.Command{}, false
	}
	// The first word is the command line, which is separated once more (grammar 5.2).
	argv, err := syntax.SplitCommand(words[0])
	if err != nil {
		s.errorf(s.pos(), "invalid-command", "%s: %v", s.title(), err)
		return config.Command{}, false
	}
	c := config.Command{Argv: argv, Pos: s.pos()}
	// Whether they are users and groups is asked when the object is complete: script_user may
	// stand below.
	if len(words) > 1 {
		c.User = words[1]
	}
	if len(words) > 2 {
		c.Group = words[2]
	}
	if len(c.Argv) == 0 {
		s.mutedf(s.pos(), "no-command", "%s: the command is empty", s.title()) // keepalived says nothing
		return config.Command{}, false
	}
	return c, true
}

// namedCommand is a command with the keyword that set it.
type namedCommand struct {
	Name    string
	Command *config.Command
}
