package language

import (
	"slices"
	"strings"

	"holdfast/config"
	"holdfast/config/syntax"
)

// elsewhere says that the network namespace to run in does not exist. A configuration
// test of keepalived ends there, with status 0 whatever it found but a missing parameter
// in the global part or a missing include that is checked.
//
// ofReading is how many of the findings are of reading the files, which come first; ofParent is how many
// there were when the global part had been bound.
func (b *binder) elsewhere(namespace string, ofReading, ofParent int) {
	for i := range b.diags {
		d := &b.diags[i]
		// The parent of 2.2.7 has read the global part, and then its children look for the namespace: nothing they would
		// find counts.
		counts := i < ofParent && d.Class == syntax.ClassMissingParam ||
			i < ofReading && d.Class == syntax.ClassSecurityError
		if b.env.Test && !counts {
			d.Class = syntax.ClassNone
		}
	}
	b.mutedf(b.global().namespaceAt, "namespace-missing",
		"network namespace %s doesn't exist; create it with: ip netns add %s", namespace, namespace)
}

// Bind turns a snapshot into a Config and says everything that is wrong with
// it, each finding once, in the order of the text. The Config is never nil and
// is usable unless a finding is Fatal (see Runnable).
func Bind(s syntax.Snapshot, env Env) (*config.Config, []syntax.Diagnostic) {
	lang := Table()
	statements, diags := syntax.Read(s, lang.shape())
	b := newBinder(lang, env)
	b.diags = append(append(b.diags, s.Diagnostics...), diags...)
	// These two do not begin as zero values; the parts of other chapters do.
	b.keep(newGlobalDraft(b.env))
	b.keep(newServicesRead())
	b.general = b.global()
	// Findings of reading come first and those of the global part next: elsewhere tells them apart
	// by how many there are.
	ofParent := b.bindAll(statements)
	if len(s.Files) > 0 && len(b.cfg.Instances)+len(b.cfg.VirtualServers)+len(b.cfg.BFDs) == 0 && Runnable(b.diags) {
		// keepalived starts with such a file and does nothing, so it is no error; whoever wrote it should know.
		b.notef(syntax.Pos{File: s.Main}, "nothing-to-run",
			"keepalived has no configuration to run: no usable vrrp_instance and no virtual_server; add one")
	}
	b.noteBare()
	if name := b.cfg.Global.Place.NetNamespace; name != "" && env.Namespace != nil && !env.Namespace(name) {
		b.elsewhere(name, len(s.Diagnostics), ofParent)
	}
	return b.cfg, withForeign(b.lang.strangers(s.Foreign, statements), InFileOrder(s, b.diags))
}

// placing are the statements of the top level that say where the daemon is.
func placing() []string {
	return []string{"net_namespace", "net_namespace_ipvs", "instance", "use_pid_dir"}
}

// PlaceOf reads where the daemon is to be, and nothing else: before it is there it has no pid file and no log, and
// can ask its host nothing.
func PlaceOf(s syntax.Snapshot) config.Place {
	words := placing()
	// Most configurations say nothing about it, and are then not read twice.
	if !slices.ContainsFunc(s.Lines, func(l syntax.Line) bool {
		line := strings.TrimLeft(l.Text, " \t}")
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(line, w) })
	}) {
		return config.Place{}
	}
	lang := Table()
	statements, _ := syntax.Read(s, lang.shape())
	b := newBinder(lang, Env{})
	b.keep(newGlobalDraft(b.env))
	b.general = b.global()
	b.bindRoot(statements, func(k *Keyword) bool { return k != nil && slices.Contains(words, k.Name) })
	return b.global().Place
}

// bindAll binds the global definitions and single settings first - they hold for the
// whole file, wherever they stand - then groups of services and neighbours of BGP, which services are
// completed with, then the rest, then looks across objects. ofParent is how many findings there are
// of what keepalived reads before it starts its roles.
func (b *binder) bindAll(all syntax.Statements) (ofParent int) {
	// vrrp_strict below an instance changes it (grammar 6.9).
	global := func(k *Keyword) bool { return k != nil && (k.Name == "global_defs" || !k.Opens) }
	group := func(k *Keyword) bool { return k != nil && (k.Name == "virtual_server_group" || k.Name == "bgp") }
	b.bindRoot(all, global)
	b.completeGlobal()
	ofParent = len(b.diags)
	b.bindRoot(all, group)
	b.bindRoot(all, func(k *Keyword) bool { return !global(k) && !group(k) })
	// The scripts in their order, then those that track them; the security of scripts when all of them are known.
	b.completeScripts()
	b.completeInstances()
	b.completeSSL()
	b.completeBGP()
	b.checkScriptSecurity()
	return ofParent
}
