package config

import (
	"slices"
	"strings"

	"holdfast/config/syntax"
)

// shape tells one run of the parser which keywords open blocks.
func (l *Language) shape() syntax.Shape {
	var last []string // the path of the call before, and what is joined of it
	var block string
	return func(path []string, keyword string) syntax.Form {
		if !slices.Equal(path, last) {
			last, block = slices.Clone(path), strings.Join(path, "/")
		}
		if k := l.find(block, keyword); k != nil && block != AnyBlock {
			if k.Opens {
				return syntax.FormBlock
			}
			return syntax.FormLine
		}
		if len(path) > 0 {
			parent := strings.Join(path[:len(path)-1], "/")
			if k := l.find(parent, path[len(path)-1]); k != nil && k.List {
				return syntax.FormLine
			}
		}
		return syntax.FormUnknown
	}
}

// Shape is what one call of syntax.Parse needs to know of the language.
func Shape() syntax.Shape { return Table().shape() }
