package language

import (
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// settleScriptUser remembers what keepalived would do here without script_user before
// it: take root, or, once scripts are to be secure, nobody for good.
func (s *stmt) settleScriptUser(g *globalDraft) {
	switch {
	case g.ScriptUser != "" || g.asRoot || g.settled.IsValid() || s.env.User == nil || s.env.User(defaultScriptUser):
	// Where scripts need not be secure, keepalived takes root when it finds no keepalived_script.
	case !g.EnableScriptSecurity:
		g.asRoot = true
	default:
		g.settled = s.pos()
	}
}

// setScriptUser remembers who scripts run as; without that user no script can be
// run (cli 8.3).
func setScriptUser(s *stmt, g *globalDraft) bool {
	user, group := s.identityWords()
	if problem := s.identityProblem(user, group); problem != "" {
		// Not the user of before: who wrote this line does not want scripts to run as that one any more.
		g.scriptUserFailed = true
		s.errorf(s.at(0), "unknown-user",
			"script_user: %s; create it or name another - until then scripts without a user of their own are not run",
			problem)
		return false
	}
	g.ScriptUser, g.ScriptGroup, g.scriptUserFailed = user, group, false
	return true
}

// identityWords are a user and perhaps a group.
func (s *stmt) identityWords() (user, group string) {
	group, later := strings.CutPrefix(s.word(1), ":")
	//	script_user nobody :adm
	// asks for the supplementary groups of the user too (grammar 5.6).
	if later && s.identityProblem(s.word(0), group) == "" {
		s.warnf(s.at(1), "later-keepalived", "%s: keepalived 2.2.7 takes '%s' for a name that does not exist; write %s",
			s.title(), s.word(1), group)
	}
	return s.word(0), group
}

// identityProblem says what is wrong with a user and group, "" if nothing is.
func (b *binder) identityProblem(user, group string) string {
	if user != "" && b.env.User != nil && !b.env.User(user) {
		return "user '" + user + "' does not exist"
	}
	if group != "" && b.env.Group != nil && !b.env.Group(group) {
		return "group '" + group + "' does not exist"
	}
	return ""
}

// defaultScriptUser is the user that scripts run as when nothing is said.
const defaultScriptUser = "keepalived_script"

// hasScriptUser reports whether there is a user for scripts that name none (cli 8.3).
func (b *binder) hasScriptUser() bool {
	g := b.global()
	switch {
	// A user that was named and is not there is worse than none: no default takes its place.
	case g.scriptUserFailed:
		return false
	case g.ScriptUser != "" || !g.EnableScriptSecurity:
		return true
	}
	// Secure scripts do not fall back to root.
	return b.env.User == nil || b.env.User(defaultScriptUser)
}

// resolveUser clears a command that nobody may run and reports it.
func (b *binder) resolveUser(c *config.Command, what string) {
	if !c.IsSet() {
		return
	}
	// The colon has been said to be of a later release where the words were read.
	c.Group = strings.TrimPrefix(c.Group, ":")
	if problem := b.identityProblem(c.User, c.Group); problem != "" {
		b.neverRuns(c.Pos, "unknown-user",
			"%s: %s; the script is not used - words after an unquoted command are user and group: "+
				"quote the whole command", what, problem)
		*c = config.Command{}
		return
	}
	if c.User == "" && !b.hasScriptUser() {
		b.errorf(c.Pos, "no-script-user",
			"Unable to set default user %s for %s - the script is not used; set script_user in global_defs",
			defaultScriptUser, what)
		*c = config.Command{}
		return
	}
	// The command stays: the file may be there when it is to run, and who runs it then has the problem to tell.
	if c.Problem = b.scriptProblem(*c); c.Problem != "" {
		b.neverRuns(c.Pos, "script-not-usable", "%s: %s%s; it cannot be run", what, c.Problem, b.notReplaced(*c))
	}
}

func (b *binder) scriptProblem(c config.Command) string {
	if b.env.Script == nil {
		return ""
	}
	return b.env.Script(c)
}

// notReplaced tells, behind what is wrong with a command, of a name in its path that nothing defines.
func (b *binder) notReplaced(c config.Command) string {
	//	notify "$DIR/notify.sh"
	// is no reference, because a slash stands behind the name (grammar 7.4): it is looked for as it stands.
	_, rest, found := strings.Cut(c.Argv[0], "$")
	name, _, _ := strings.Cut(strings.TrimPrefix(rest, "{"), "/")
	name = undefined("$" + strings.TrimSuffix(name, "}"))
	if !found || name == "" || slices.ContainsFunc(b.diags, func(d syntax.Diagnostic) bool {
		return d.ID == "reference-run-together" && placeOf(d.Pos) == placeOf(c.Pos)
	}) {
		return ""
	}
	return "; " + name + notDefined
}
