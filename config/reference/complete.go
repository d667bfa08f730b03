package reference

import "strings"

// Complete lists the questions that begin with what was typed, each followed by a
// tab and what it is about: keywords, and BLOCK.KEYWORD once there is a dot.
func Complete(typed string) []string {
	typed = strings.ReplaceAll(typed, "/", ".")
	block, _, dotted := strings.Cut(typed, ".")
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
			name = block + "." + e.Keyword
		}
		if strings.HasPrefix(name, typed) && !seen[name] {
			seen[name] = true
			out = append(out, name+"\t"+e.Help)
		}
	}
	return out
}
