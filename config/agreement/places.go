package agreement

import "holdfast/config/syntax"

// places are where the statements of a file stand, by the block that they are in. The values of a configuration
// know where their object stands, and not where each setting of it does.
type places map[statement]syntax.Pos

// A statement is the last one with a keyword in a block: the one that counts.
type statement struct {
	block   syntax.Pos // of its keyword; the zero Pos at the root
	keyword string     // behind those of blocks in between: "authentication/auth_pass"
}

// compared are the blocks whose statements are compared.
func compared(keyword string) bool {
	switch keyword {
	case "global_defs", "vrrp_instance", "vrrp_sync_group", "virtual_server":
		return true
	}
	return false
}

// locate finds the statements of a file.
func locate(s syntax.Snapshot) places {
	p := places{}
	// Braces that do not match have been reported; what is not found then has the place of its object.
	statements, _ := syntax.Read(s, func([]string, string) syntax.Form { return syntax.FormUnknown })
	statements.Each(compared, func(n syntax.Node) {
		p[statement{keyword: n.Keyword()}] = n.Pos()
		p.enter(n)
	})
	return p
}

// enter takes what is in a block, also as a part of the blocks around it.
func (p places) enter(n syntax.Node) {
	if n.Block == nil {
		return
	}
	for _, inner := range n.Block.Nodes {
		p.enter(inner)
		p.put(n.Pos(), inner.Keyword(), inner)
	}
}

func (p places) put(block syntax.Pos, path string, n syntax.Node) {
	p[statement{block, path}] = n.Pos()
	if n.Block == nil {
		return
	}
	for _, inner := range n.Block.Nodes {
		p.put(block, path+"/"+inner.Keyword(), inner)
	}
}

// of is the place of the first of some statements that is in a block, that of the block if none is.
func (h *host) of(block syntax.Pos, keywords ...string) spot {
	for _, k := range keywords {
		if pos, ok := h.places[statement{block, k}]; ok {
			return spot{h, pos}
		}
	}
	return spot{h, block}
}

// global is the place of a statement of global_defs, false if it is not there.
func (h *host) global(keyword string) (spot, bool) {
	pos, ok := h.places[statement{h.places[statement{keyword: "global_defs"}], keyword}]
	return spot{h, pos}, ok
}
