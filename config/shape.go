package config

import (
	"strings"

	"holdfast/config/syntax"
)

// shape tells the parser which keywords open blocks.
func (l *Language) shape() syntax.Shape {
	return func(path []string, keyword string) syntax.Form {
		block := strings.Join(path, "/")
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

// Shape is what syntax.Parse needs to know of the language.
func Shape() syntax.Shape { return Table().shape() }
