package config

import (
	"bufio"
	"io"
	"strings"
)

const indent = "    "

// Print writes a configuration as a file: everything expanded, defaults filled
// in, in the order of the reference. Bound again it gives the same Config, but for
// the positions. Passwords are written as they are.
func Print(w io.Writer, c *Config) error {
	p := typesetter{w: bufio.NewWriter(w), lang: Table()}
	p.block("", unbind(c), "")
	return p.w.Flush()
}

type typesetter struct {
	w    *bufio.Writer
	lang *Language
}

// block writes the keywords of a block that give its draft what it has.
func (p *typesetter) block(path string, target any, margin string) {
	for _, k := range p.lang.inPrintOrder(path) {
		if k.AliasOf != "" || k.Deprecated || k.bind.show == nil {
			continue
		}
		for _, w := range k.bind.show(target) {
			p.keyword(k, w, margin)
		}
	}
}

// keyword writes a keyword once, with its block.
func (p *typesetter) keyword(k *Keyword, w writing, margin string) {
	p.line(margin, append([]string{k.Name}, w.args...), k.Opens)
	if !k.Opens {
		return
	}
	for _, entry := range w.entries {
		p.line(margin+indent, entry, false)
	}
	if w.inner != nil {
		p.block(k.Path(), w.inner, margin+indent)
	}
	p.line(margin, []string{"}"}, false)
	if margin == "" {
		p.w.WriteString("\n")
	}
}

func (p *typesetter) line(margin string, words []string, opens bool) {
	p.w.WriteString(margin)
	p.w.WriteString(strings.Join(words, " "))
	if opens {
		p.w.WriteString(" {")
	}
	p.w.WriteString("\n")
}

// inPrintOrder are the keywords of a block; at the root what others name comes
// before its users (grammar 6.9).
func (l *Language) inPrintOrder(block string) []*Keyword {
	rows := l.order[block]
	if block != "" {
		return rows
	}
	var first, rest []*Keyword
	for _, k := range rows {
		switch k.Name {
		case "vrrp_instance", "vrrp_sync_group", "virtual_server", "static_ipaddress", "static_routes", "static_rules":
			rest = append(rest, k)
		default:
			first = append(first, k)
		}
	}
	return append(first, rest...)
}

// unbind gives the drafts that a configuration can have come from.
func unbind(c *Config) *binder {
	b := &binder{lang: Table(), cfg: c, global: &globalDraft{Global: c.Global}}
	for _, s := range c.Scripts {
		b.scripts = append(b.scripts, &scriptDraft{Script: s, timeout: &s.Timeout})
	}
	for _, g := range c.Groups {
		b.groups = append(b.groups, &groupDraft{SyncGroup: g, smtpAlert: &g.Notify.SMTPAlert})
	}
	for _, in := range c.Instances {
		b.instances = append(b.instances, unbindInstance(in))
	}
	return b
}

func unbindInstance(in Instance) *instanceDraft {
	d := &instanceDraft{Instance: in, accept: in.Accept, smtpAlert: &in.Notify.SMTPAlert}
	d.authPass = strings.TrimRight(string(in.AuthPass[:]), "\x00")
	return d
}
