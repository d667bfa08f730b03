package language

import "holdfast/config/syntax"

// shape tells one run of the parser which keywords open blocks.
func (l *Language) shape() syntax.Shape {
	blocks := []openBlock{{words: l.block("")}} // those around the statement before
	return func(path []string, keyword string) syntax.Form {
		blocks = l.follow(blocks, path)
		block := &blocks[len(blocks)-1]
		// Only a keyword that opens a block may have a brace behind it: at any other the brace is reported and dropped
		// (grammar 6.4).
		if k := block.words[keyword]; k != nil {
			if k.Opens {
				return syntax.FormBlock
			}
			return syntax.FormLine
		}
		// Lines of a list are values. An unknown word in one is an entry, not a block.
		if block.list {
			return syntax.FormLine
		}
		return syntax.FormUnknown
	}
}

// An openBlock is a block around a statement: the keyword that opened it, the keywords in
// it, none if it is unknown, and whether it has entries in their place.
type openBlock struct {
	keyword string
	words   map[string]*Keyword
	list    bool
}

// follow makes of the blocks around one statement, the whole text first, those around
// another. Most have them in common.
func (l *Language) follow(blocks []openBlock, path []string) []openBlock {
	// Statements come in the order of the text: the next one is mostly in the same block, or in the one around it.
	common := 0
	for common < len(path) && common+1 < len(blocks) && blocks[common+1].keyword == path[common] {
		common++
	}
	blocks = blocks[:common+1]
	for _, keyword := range path[common:] {
		outer := &blocks[len(blocks)-1]
		// A block that nobody knows has no words, and neither have those inside it.
		block := openBlock{keyword: keyword}
		if k := outer.words[keyword]; k != nil {
			block.words, block.list = l.block(k.path), k.List
		}
		blocks = append(blocks, block)
	}
	return blocks
}
