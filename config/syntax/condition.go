package syntax

import "strings"

// OwnID is an id that is always set beside the config-id: lines that begin with @holdfast
// are read by this program, and dropped by keepalived (grammar 7.2). What keepalived does
// not know is written on them, so that one file serves both.
const OwnID = "holdfast"

// condition is what is left of a line that begins with @ID or @^ID (grammar
// 7.2), empty if it is not for us.
func (l *loader) condition(line Line) Line {
	word, rest := line.Text, ""
	if i := strings.IndexAny(word, " \t"); i >= 0 {
		word, rest = word[:i], word[i:]
	}
	id, not := strings.CutPrefix(word[1:], "^")
	// `@` without an ID is for nobody.
	set := id != "" && (id == l.opt.ConfigID || id == OwnID && !l.opt.Keepalived)
	if id == OwnID {
		l.snap.Own++
		l.ownIDTaken(line)
	}
	if set == not {
		return Line{}
	}
	l.own = l.own || id == OwnID && !not
	return line.cut(len(line.Text)-len(rest), len(line.Text))
}

// ownIDTaken says once that keepalived on this host would read our lines too.
func (l *loader) ownIDTaken(line Line) {
	if l.opt.ConfigID != OwnID || l.ownTold {
		return
	}
	l.ownTold = true
	l.report(line.At(0), Warning, ClassNone, "own-id-taken",
		"the config-id of this host is '%s' too, by -i or its name, so keepalived would read the lines of @%s here; "+
			"give another one with -i", OwnID, OwnID)
}
