package reference

import "strings"

// Complete lists the questions that begin with what was typed, each followed by a
// tab and what it is about: keywords, and BLOCK.KEYWORD once there is a dot.
func Complete(typed string) []string {
	// Blocks may be joined with slashes as well, as in Lookup; what is offered has dots.
	typed = strings.ReplaceAll(typed, "/", ".")
	block, _, dotted := strings.Cut(typed, ".")
	// Everything before the last dot is the block: "virtual_server.real_server.we".
	if i := strings.LastIndex(typed, "."); i > 0 {
		block = typed[:i]
	}
	var out []string
	seen := map[string]bool{}
	for _, e := range Entries() {
		name := e.Keyword
		if dotted {
			if !endsWith(e.Block, block) {
				continue
			}
			// The block as it was typed, be it only the end of its path: of what is offered
			// a shell keeps what begins with the word at its cursor.
			name = block + "." + e.Keyword
		}
		// `weight` is a keyword of several blocks, and offered once.
		if strings.HasPrefix(name, typed) && !seen[name] {
			seen[name] = true
			out = append(out, name+"\t"+e.Help)
		}
	}
	return out
}
