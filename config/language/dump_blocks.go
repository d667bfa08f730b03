package language

import "strings"

// The blocks and lists that are dumped as they would be written: of each name of these,
// all there are.

// dumpedAtRoot are those at the top level, in the order in which they are dumped.
func dumpedAtRoot() []string {
	return []string{"linkbeat_interfaces", "interface_up_down_delays", "garp_group", "track_group", "static_ipaddress",
		"static_routes", "static_rules",
		"vrrp_track_process", "track_file", "bfd_instance", "bgp"}
}

// dumpedInside are those of a virtual router or group; a group has the first three only.
func dumpedInside() []string {
	return []string{"track_file", "track_process", "track_bfd", "virtual_routes", "virtual_rules", "auth_hmac"}
}

// written dumps the items of some names.
func (p *printer) written(items []item, names []string) {
	// In the order of the names, so that a dump does not depend on the order of the file.
	for _, name := range names {
		for _, it := range items {
			if it.words[0] == name {
				p.item(it)
			}
		}
	}
}

// inside dumps those of one object, which is found by its block and name.
func (p *printer) inside(block, name string) {
	for _, it := range p.items {
		// Items have their words as a file has them, so a name with a blank stands in quotes.
		if it.words[0] == block && len(it.words) > 1 && it.words[1] == quoted(name) {
			// A second object of a name was skipped when it was read (grammar 6.10), so the first
			// is it.
			p.written(it.items, dumpedInside())
			return
		}
	}
}

func (p *printer) item(it item) {
	words := it.words
	//	key 1 hex:00112233445566778899aabbccddeeff
	// is a key itself, while `file:` only says where one is.
	if words[0] == "key" && len(words) == 3 && !strings.HasPrefix(strings.Trim(words[2], `"`), "file:") {
		words = words[:2] // it is a secret
	}
	p.block(strings.Join(words, " "), func() {
		for _, inner := range it.items {
			p.item(inner)
		}
	})
}
