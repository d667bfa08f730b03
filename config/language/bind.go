package language

import (
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// Env is what the host answers while a configuration is bound. A nil function
// means "do not ask": nothing is reported about what it would have told.
type Env struct {
	// Everything here may be left out: a text can be read for a host that is not this one.
	HostName string // default of router_id
	// Test is set for a configuration test: numbers with junk behind the digits
	// are refused, where a running daemon takes the digits (grammar 8.1).
	Test bool
	// Without is the part that a daemon leaves out: what makes that impossible to run concerns nobody then.
	Without syntax.Part
	CPUs    int // processors of the host, 0 = not known
	// Namespace reports whether a network namespace of that name exists.
	Namespace func(name string) bool
	// Inside is what the host answers in a network namespace that exists, to Interface, Foreign, Interfaces, VRF
	// and Resolves; nil where all is asked in the one in which the daemon is.
	Inside func(name string) Env
	// Interface reports whether a network interface of that name exists.
	Interface func(name string) bool
	// Foreign reports whether one of that name exists that is none of the kinds which virtual routers have of their own:
	// one of those may be ours, or is made ours. nil takes all that exist for such.
	Foreign func(name string) bool
	// Interfaces are the names of those that exist, for what may have been meant.
	Interfaces func() []string
	// VRF reports whether an interface is a VRF device.
	VRF func(name string) bool
	// Resolves reports whether the name of a host has an address. Only a configuration
	// test asks: a daemon must not wait for a name server.
	Resolves func(name string) bool
	// User and Group report whether a user or group exists. keepalived takes no
	// numbers.
	User  func(name string) bool
	Group func(name string) bool
	// Named is the number of a name in one of the host's tables, false without it: those of iproute2
	// by the names of their files (rt_tables), and protocols.
	Named func(table, name string) (uint32, bool)
	// Tables is Named with the directories of iproute2 elsewhere, "" where they always are: its own, and the
	// administrator's.
	Tables func(usr, etc string) func(table, name string) (uint32, bool)
	// Script says what keeps a command from being run ("" = nothing): that it is
	// not found or not executable (cli 8.4). User and group have been checked.
	Script ScriptCheck
	// KeyFile says what keeps a key of auth_hmac from being read from a file ("" = nothing).
	KeyFile func(path string) (problem string)
	// TimeFile says what is wrong with the file that names the time of a reload ("" = nothing, or no file).
	TimeFile func(path string) (problem string)
	// HeaderFile is KeyFile for headers of HTTP checks, and for user and password.
	HeaderFile func(path string, password bool) (problem string)
	// PasswordFile is KeyFile for passwords of BGP sessions.
	PasswordFile func(path string) (problem string)
	// Speaker says what keeps the program that speaks BGP from being started, "" for path being the usual one.
	Speaker func(path string) (problem string)
	// SSLFiles says what keeps the files of the SSL block from being used ("" = nothing), and which keyword names
	// the file.
	SSLFiles func(config.SSL) (keyword, problem string)
}

// ScriptCheck says why a command cannot be run, "" if it can.
type ScriptCheck func(c config.Command) (problem string)

// binder carries one run of Bind: what every chapter of the language needs while a text is read. What
// only one chapter remembers is a part, which the kit keeps without knowing it.
type binder struct {
	env    Env
	lang   *Language
	diags  []syntax.Diagnostic
	object string     // name of the vrrp object being bound, for messages
	root   syntax.Pos // of the statement of the top level being bound
	cfg    *config.Config

	parts      []any                  // what the chapters remember, each by its type
	general    any                    // draft of the block whose values are defaults of others
	statements drafts[stmt]           // those being bound, the outermost first
	named      map[nameOfKind]bool    // what others name
	lost       map[setting]syntax.Pos // settings that stand in the text and do not count
	outcomes   int                    // how many of the findings say what becomes of the rest (sayLeftOut)
}

func newBinder(lang *Language, env Env) *binder {
	return &binder{lang: lang, env: env.remembering(), cfg: &config.Config{}}
}

// remembering asks the host for each thing once.
func (env Env) remembering() Env {
	env.Interface, env.Resolves = once(env.Interface), once(env.Resolves)
	env.User, env.Group = once(env.User), once(env.Group)
	env.Script = onceCommand(env.Script)
	return env
}

// within asks about the network in a namespace; in one that does not exist there is nothing to ask.
func (env Env) within(namespace string) Env {
	var there Env
	switch {
	case env.Namespace == nil:
		return env
	case !env.Namespace(namespace):
	case env.Inside == nil:
		return env
	default:
		there = env.Inside(namespace)
	}
	env.Interface, env.Foreign, env.Interfaces = there.Interface, there.Foreign, there.Interfaces
	env.VRF, env.Resolves = there.VRF, there.Resolves
	return env.remembering()
}

// withTables looks names up where the configuration says.
func (env Env) withTables(f config.Files) Env {
	if env.Tables != nil && f.IPRouteUsr+f.IPRouteEtc != "" {
		env.Named = env.Tables(f.IPRouteUsr, f.IPRouteEtc)
	}
	return env
}

// part is what a chapter remembers while a text is read: drafts of its objects, and what is looked up
// or told across them. The zero value is the beginning, unless keep came first.
func part[P any](b *binder) *P {
	for _, p := range b.parts { // half a dozen: a map would be slower
		if p, ok := p.(*P); ok {
			return p
		}
	}
	p := new(P)
	b.keep(p)
	return p
}

// keep begins a part with a value that is not zero.
func (b *binder) keep(p any) { b.parts = append(b.parts, p) }

// once remembers answers: the same name is asked for many times, and the host is slow.
func once(ask func(string) bool) func(string) bool {
	if ask == nil {
		return nil
	}
	known := map[string]bool{}
	return func(name string) bool {
		answer, ok := known[name]
		if !ok {
			answer = ask(name)
			known[name] = answer
		}
		return answer
	}
}

// onceCommand is once for what keeps a command from being run: a script that many servers
// tell of is looked up once, with its path and the rights of everything on it.
func onceCommand(ask ScriptCheck) ScriptCheck {
	if ask == nil {
		return nil
	}
	known := map[string]string{}
	return func(c config.Command) string {
		// No word of a command has a NUL: a line with one is left out (grammar 2.2).
		key := strings.Join(append([]string{c.User, c.Group}, c.Argv...), "\x00")
		problem, ok := known[key]
		if !ok {
			problem = ask(c)
			known[key] = problem
		}
		return problem
	}
}

// bindRoot binds the statements at the root that are wanted by their keyword, nil if it
// is none.
func (b *binder) bindRoot(all syntax.Statements, want func(k *Keyword) bool) {
	words := b.lang.block("")
	all.Each(func(keyword string) bool { return want(words[keyword]) }, func(n syntax.Node) {
		// The name comes with the block, if it opens one of a vrrp object.
		b.object, b.root = "", n.Pos()
		b.bindNode("", words, &n, b, false)
	})
}

// walk binds the statements of a block. quiet is set inside a block that has no
// effect and was reported as such.
func (b *binder) walk(path string, nodes []syntax.Node, target any, quiet bool) {
	words := b.lang.block(path)
	for i := range nodes {
		b.bindNode(path, words, &nodes[i], target, quiet)
	}
}

// bindNode binds a statement of the block that has a path and keywords.
func (b *binder) bindNode(path string, words map[string]*Keyword, n *syntax.Node, target any, quiet bool) {
	if len(n.Words) == 0 {
		return
	}
	// An unknown keyword costs its line, and its block as a whole (grammar 6.5): nothing in it is looked at, since
	// nobody can say what it would mean.
	k := words[n.Keyword()]
	if k == nil {
		b.unknown(path, *n)
		return
	}
	// It is taken back below: a block binds its statements while its own is in use, so they are a
	// stack.
	s := b.statements.next()
	*s = stmt{binder: b, kw: k, node: n, args: n.Args()}
	s.sayOwn()
	s.bind(target, quiet)
	b.statements.drop()
}

func (s *stmt) bind(target any, quiet bool) {
	b, k, n := s.binder, s.kw, s.node
	if k.Deprecated {
		b.deprecation(s)
	}
	// Inside a block without effect no keyword has one, and one finding is enough.
	if k.Support == NotYet {
		if !quiet && !k.Deprecated {
			b.sayNotYet(s)
		}
		quiet = true
	}
	// The quote of the line is not closed (grammar 4.3). There is no value to bind, but keepalived stops all the same
	// if a word must be there.
	if n.Cut {
		b.cut(s)
		return
	}
	if len(s.args) < k.need {
		switch {
		// What a missing word costs is a matter of the keyword in 2.2.7: nothing, the line, or the whole program
		// (grammar 9.1).
		case k.lenient:
			s.mutedf(s.pos(), "missing-value", "%s needs a value: %s %s", s.title(), k.Name, k.Args)
			s.sayInForce(len(s.diags)-1, target)
		case k.soft:
			s.errorf(s.pos(), "missing-value", "%s needs a value: %s %s", s.title(), k.Name, k.Args)
			s.sayInForce(len(s.diags)-1, target)
		case target == nil: // in a block that is skipped keepalived does not look at it
			s.mutedf(s.pos(), "missing-value", "%s needs a value: %s %s", s.title(), k.Name, k.Args)
		default:
			s.missing(len(s.args) + 1)
		}
		return
	}
	// A line that opens a block has no value to refuse; its words belong to what it opens.
	if k.Opens {
		s.bindBlock(target, quiet)
		return
	}
	before := len(b.diags)
	// A finding about the line is enough: it names the reference where that is the reason.
	if s.bindValue(target); len(b.diags) == before {
		s.noteUndefined()
	}
}

// noteUndefined warns of words that were taken although they look like references: keepalived takes
// what is not defined as it stands, which is seldom the name of an interface or a password.
func (s *stmt) noteUndefined() {
	for _, w := range s.args {
		//	auth_pass $SECRET
		// is a password of seven letters to keepalived. In quotes it may well be meant.
		if undefined(w.Text) != "" && !w.Quoted {
			s.mutedf(w.Pos, "undefined-reference", "%s: '%s' is taken as it stands", s.title(), w.Text)
		}
	}
}

// sayNotYet warns of a keyword without effect. One that keepalived 2.2.7 does not know
// counts for a configuration test, as it does there.
func (b *binder) sayNotYet(s *stmt) {
	// A configuration test of 2.2.7 finds nothing in a keyword that it knows; one of a later release is an unknown
	// keyword to it, which counts.
	if s.kw.Since == "" {
		s.unbuiltf(s.pos(), syntax.ClassNone, s.kw.Name, "%s is not supported yet; it has no effect", s.title())
		return
	}
	s.unbuiltf(s.pos(), syntax.ClassConfigError, s.kw.Name,
		"%s is not supported yet, nor known to keepalived before %s; it has no effect", s.title(), s.kw.Since)
}

func (b *binder) deprecation(s *stmt) {
	// With another name in its place there is something to write; else the line goes.
	text := "remove it"
	if s.kw.AliasOf != "" {
		text = "please use '" + s.kw.AliasOf + "'"
	}
	if s.kw.Support != Works {
		// Some deprecated keywords do nothing in keepalived either.
		text += " (it has no effect)"
	}
	b.warnf(s.pos(), "deprecated-keyword", "%s is deprecated - %s", s.title(), text)
}

// marker is a draft that remembers which keywords were given.
type marker interface {
	mark(name key, pos syntax.Pos)
}

func (s *stmt) bindValue(target any) {
	// A keyword of which nothing is kept, or one in a block that is skipped.
	if s.kw.bind.set == nil || target == nil {
		return
	}
	before := len(s.diags)
	// The value of before stays, or the default (grammar 8.2). Which of them that is depends on what was read before
	// this line, so it is said at once.
	if !s.kw.bind.set(s, target) {
		s.sayInForce(before, target)
		s.lose(s.name(), s.at(0))
		return
	}
	s.sayLeftOut(before, "the rest of the line counts", "unknown-option", "unknown-value", "unknown-name",
		"name-too-long", "not-multicast", "invalid-hex")
	s.surplus()
	if m, ok := target.(marker); ok {
		m.mark(s.name(), s.at(0))
	}
}

// bindBlock binds what stands between the braces. A block whose opener was
// refused, or that has no effect, is still looked through for unknown keywords.
func (s *stmt) bindBlock(target any, quiet bool) {
	kw := s.kw
	//	virtual_ipaddress 10.0.0.1 {
	// has no place for the address; only the lines between the braces are entries.
	if kw.List && kw.need == 0 && len(s.args) > 0 {
		s.warnf(s.at(0), "extra-parameters", "Block %s has extra parameters %s ...; write them between the braces",
			kw.Name, s.word(0))
	}
	var draft any
	if kw.bind.open != nil && target != nil {
		before := len(s.diags)
		if draft = kw.bind.open(s, target); draft == nil && len(s.diags) > before {
			// Who refuses a block says why, and need not say that nothing in it counts.
			s.diags[len(s.diags)-1].Text += "; the block is left out"
			s.lose(s.name(), s.diags[len(s.diags)-1].Pos)
		}
		if draft != nil && (!kw.List || kw.need > 0) {
			s.surplus()
		}
		if len(s.diags) == before {
			s.noteUndefined()
		}
	}
	begun := len(s.diags)
	if s.node.Block != nil {
		if kw.List {
			s.bindEntries(draft)
		} else {
			// Also without a draft, for unknown keywords in it: its author will want to know of all of them at once.
			s.walk(kw.Path(), s.node.Block.Nodes, draft, quiet || draft == nil)
		}
	}
	if kw.bind.done != nil && draft != nil {
		ended := len(s.diags)
		// What a block lacks can be the consequence of a line in it that was refused, which is found first.
		kw.bind.done(s, draft)
		s.afterCauses(begun, ended)
	}
	if m, ok := target.(marker); ok && draft != nil {
		m.mark(s.name(), s.at(0))
	}
}

// bindEntries gives the lines of a list block to it, one by one.
func (s *stmt) bindEntries(draft any) {
	if s.kw.bind.entry == nil || draft == nil {
		return
	}
	// For the words of an entry that are rows themselves, such as `via` of a route.
	path := join(s.kw.Path(), Entry)
	entry := s.statements.next()
	for i := range s.node.Block.Nodes {
		if n := &s.node.Block.Nodes[i]; len(n.Words) > 0 && !n.Cut {
			before := len(s.diags)
			// One statement is used for all entries of a list: it is the innermost, and nobody keeps it.
			*entry = stmt{binder: s.binder, node: n, args: n.Words, list: path}
			s.kw.bind.entry(entry, draft)
			s.sayLeftOut(before, "the rest of the line counts")
			if len(s.diags) == before {
				entry.surplus()
				entry.noteUndefined()
			} else if s.diags[before].Severity >= syntax.Error {
				// That the object lacks such entries is said where this one was refused.
				s.lose(s.name(), s.diags[before].Pos)
			}
		}
	}
	s.statements.drop()
}

// drafts are values of which the last ones made are the first to be no longer needed:
// then they are used again. A large configuration has hundreds of thousands of them.
type drafts[T any] struct {
	all []*T
	// all[:used] are in use, and all[used:] wait for the next statement, block or service.
	used int
}

// next gives a value, with what was in it before.
func (d *drafts[T]) next() *T {
	// Pointers, because a longer slice moves, and statements around this one are in use.
	if d.used == len(d.all) {
		d.all = append(d.all, new(T))
	}
	d.used++
	return d.all[d.used-1]
}

// last is the value that next gave last and drop did not take back, nil if there is none.
func (d *drafts[T]) last() *T {
	if d.used == 0 {
		return nil
	}
	return d.all[d.used-1]
}

// first is the first of the values that are in use, nil if there is none.
func (d *drafts[T]) first() *T {
	if d.used == 0 {
		return nil
	}
	return d.all[0]
}

// drop takes the last value back.
func (d *drafts[T]) drop() { d.used-- }

// reset takes all values back.
func (d *drafts[T]) reset() { d.used = 0 }

// A key is what a draft knows a keyword by that was given: its first name, whichever of its names was
// written. Each key that is written out is the first name of a row of its chapter, or nobody ever marks it
// (a test of internal/house).
type key string

// draft is embedded in what the blocks fill: it knows which keywords were given.
// They are few, and a configuration has many blocks: a list is smaller than a map.
type draft struct{ seen []given }

// given is one keyword and where it stood last.
type given struct {
	name key
	pos  syntax.Pos
}

// find is the place of a keyword among those given, -1 if it is not.
func (d *draft) find(name key) int {
	return slices.IndexFunc(d.seen, func(g given) bool { return g.name == name })
}

// empty is a draft without keywords that uses the memory of this one.
func (d *draft) empty() draft { return draft{d.seen[:0]} }

func (d *draft) mark(name key, pos syntax.Pos) {
	if i := d.find(name); i >= 0 {
		// The last value counts, so the last place is the one to point at.
		d.seen[i].pos = pos
		return
	}
	d.seen = append(d.seen, given{name, pos})
}

// has reports whether a keyword was given and taken.
func (d *draft) has(name key) bool { return d.find(name) >= 0 }

// at is where a keyword was given, or or if it was not.
func (d *draft) at(name key, or syntax.Pos) syntax.Pos {
	if i := d.find(name); i >= 0 {
		return d.seen[i].pos
	}
	return or
}

// firstOf gives the first value that was set: the innermost of inherited
// settings.
func firstOf[T any](fallback T, values ...*T) T {
	// Callers list the nearest first.
	for _, v := range values {
		if v != nil {
			return *v
		}
	}
	return fallback
}
