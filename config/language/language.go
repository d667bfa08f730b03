package language

import (
	"iter"
	"slices"
	"strings"
	"sync"

	"holdfast/config"
)

// A Language is the keyword table with its indexes. It does not change, but most of it
// is only made when it is asked for: a configuration uses a few blocks.
type Language struct {
	chapters []chapter // in the order of the reference
	listed   int       // the first of them; the words of the others are listed with another word
	blocks   map[string]func() map[string]*Keyword
	// order gives for a block its keywords in the order of the reference; made when a
	// configuration is printed.
	order func() map[string][]*Keyword
}

// A chapter is keywords of a block.
type chapter struct {
	block string
	rows  func() []Keyword
}

// Table gives the language that Bind reads.
func Table() *Language { return table() }

var table = sync.OnceValue(func() *Language { return newLanguage(allChapters(), innerRouteChapters()) })

// allChapters are the blocks in the order of the reference.
func allChapters() []chapter { return slices.Concat(vrrpChapters(), serviceChapters()) }

// vrrpChapters are the blocks of all roles and of the vrrp role.
func vrrpChapters() []chapter {
	const instance = "vrrp_instance"
	// Entries of lists that are static have words that those of instances have not, and the reverse.
	entries := func(list string, static bool, rows func(static bool) []Keyword) chapter {
		return chapter{join(list, Entry), func() []Keyword { return rows(static) }}
	}
	return []chapter{
		{AnyBlock, preprocessorRows},
		{"", rootRows},
		{"", blockRows},
		{"global_defs", globalMailRows},
		{"global_defs", globalStartRows},
		{"global_defs", globalHostRows},
		{"global_defs", globalAnnounceRows},
		{"global_defs", globalProtocolRows},
		{"global_defs", globalScriptRows},
		{"global_defs", globalProcessRows},
		{"global_defs", globalNameRows},
		{"global_defs", globalBufferRows},
		{"global_defs", globalLaterRows},
		{"global_defs", globalFilterRows},
		{"global_defs", globalAgentRows},
		{"global_defs", globalFileRows},
		{"track_group", trackGroupRows},
		entries("static_ipaddress", true, addressRows),
		entries("static_routes", true, routeRows),
		entries("static_rules", true, ruleRows),
		{"garp_group", garpGroupRows},
		{"vrrp_sync_group", groupRows},
		{instance, instanceRows},
		{instance, instancePeerRows},
		{instance, instanceModeRows},
		{instance, instanceGARPRows},
		{instance, instanceNotifyRows},
		{instance + "/authentication", authRows},
		entries(instance+"/virtual_ipaddress", false, addressRows),
		{instance, instanceHostRows},
		{instance, instanceLaterRows},
		{instance, ownInterfaceRows},
		{instance + "/auth_hmac", hmacRows},
		entries(instance+"/virtual_ipaddress_excluded", false, addressRows),
		entries(instance+"/virtual_routes", false, routeRows),
		entries(instance+"/virtual_rules", false, ruleRows),
		{"vrrp_script", scriptRows},
		{"vrrp_track_process", trackProcessRows},
		{"track_file", trackFileRows},
		{"vrrp_track_file", trackFileRows},
	}
}

// serviceChapters are the blocks of the checker role, and of BFD, which it shares.
func serviceChapters() []chapter {
	const real = "virtual_server/real_server"
	of := func(kind config.CheckKind, rows func(config.CheckKind) []Keyword) func() []Keyword {
		return func() []Keyword { return rows(kind) }
	}
	return []chapter{
		{"SSL", sslRows},
		{join("virtual_server_group", Entry), serverGroupEntryRows},
		{"virtual_server", serviceRows},
		{"virtual_server", serviceQuorumRows},
		{"virtual_server", serviceCheckRows},
		{real, realServerRows},
		{real, checkerRows},
		{real + "/HTTP_GET", of(config.CheckHTTP, webCheckRows)},
		{real + "/HTTP_GET/url", of(config.CheckHTTP, urlRows)},
		{real + "/SSL_GET", of(config.CheckSSL, webCheckRows)},
		{real + "/SSL_GET/url", of(config.CheckSSL, urlRows)},
		{real + "/TCP_CHECK", connectRows},
		{real + "/MISC_CHECK", miscCheckRows},
		{real + "/SMTP_CHECK", smtpCheckRows},
		{real + "/SMTP_CHECK/host", connectRows},
		{real + "/DNS_CHECK", dnsCheckRows},
		{real + "/UDP_CHECK", udpCheckRows},
		{real + "/PING_CHECK", pingCheckRows},
		{real + "/FILE_CHECK", fileCheckRows},
		{real + "/BFD_CHECK", bfdCheckRows},
		{"bfd_instance", bfdRows},
	}
}

// newLanguage makes a language of chapters; inner are those of words that are listed with
// another word.
func newLanguage(chapters, inner []chapter) *Language {
	l := &Language{chapters: slices.Concat(chapters, inner), listed: len(chapters),
		blocks: map[string]func() map[string]*Keyword{}}
	l.order = sync.OnceValue(l.ordered)
	parts := map[string][]*chapter{}
	for i := range l.chapters {
		c := &l.chapters[i]
		c.rows = sync.OnceValue(c.rows)
		parts[c.block] = append(parts[c.block], c)
	}
	for block, some := range parts {
		l.blocks[block] = sync.OnceValue(func() map[string]*Keyword { return l.index(block, some) })
	}
	return l
}

// index finishes the rows of a block.
func (l *Language) index(block string, chapters []*chapter) map[string]*Keyword {
	words := map[string]*Keyword{}
	unbuilt := l.insideUnbuilt(block)
	for _, c := range chapters {
		rows := c.rows()
		for i := range rows {
			k := &rows[i]
			k.Block = block
			k.path = k.Path()
			if k.Support == Works && unbuilt {
				k.Support = NotYet
			}
			words[k.Name] = k
		}
	}
	return words
}

// block gives the keywords of a block by name, nil if there is no such block.
func (l *Language) block(path string) map[string]*Keyword {
	if words := l.blocks[path]; words != nil {
		return words()
	}
	return nil
}

func (l *Language) ordered() map[string][]*Keyword {
	order := map[string][]*Keyword{}
	for k := range l.in(l.chapters) {
		order[k.Block] = append(order[k.Block], k)
	}
	return order
}

// all goes through the rows in the order of the reference.
func (l *Language) all() iter.Seq[*Keyword] { return l.in(l.chapters[:l.listed]) }

func (l *Language) in(chapters []chapter) iter.Seq[*Keyword] {
	return func(yield func(*Keyword) bool) {
		for i := range chapters {
			l.block(chapters[i].block) // finishes the rows
			rows := chapters[i].rows()
			for j := range rows {
				if !yield(&rows[j]) {
					return
				}
			}
		}
	}
}

// insideUnbuilt reports whether a block, or one around it, has no effect yet.
func (l *Language) insideUnbuilt(block string) bool {
	for block != "" {
		outer, name := "", block
		if i := strings.LastIndexByte(block, '/'); i >= 0 {
			outer, name = block[:i], block[i+1:]
		}
		if k := l.find(outer, name); k != nil && k.Support == NotYet {
			return true
		}
		block = outer
	}
	return false
}

// Keywords lists every row, in the order of the reference.
func (l *Language) Keywords() []Keyword {
	var out []Keyword
	for k := range l.all() {
		out = append(out, *k)
	}
	return out
}

// Find looks a keyword up in a block.
func (l *Language) Find(block, name string) (Keyword, bool) {
	k := l.find(block, name)
	if k == nil {
		return Keyword{}, false
	}
	return *k, true
}

func (l *Language) find(block, name string) *Keyword { return l.block(block)[name] }

// Blocks lists the blocks in which name is a keyword, in reference order; the
// words of list entries are left out.
func (l *Language) Blocks(name string) []string {
	var out []string
	for k := range l.all() {
		if k.Name == name && k.Block != AnyBlock && !strings.HasSuffix(k.Block, Entry) {
			out = append(out, k.Block)
		}
	}
	return out
}

// names lists the keywords of a block in a stable order.
func (l *Language) names(block string) []string {
	words := l.block(block)
	out := make([]string, 0, len(words))
	for n := range words {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
