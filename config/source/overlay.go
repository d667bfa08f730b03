package source

import "holdfast/config/syntax"

// Overlay is a source in which one name stands for a text: standard input, say,
// among the files of the operating system.
type Overlay struct {
	syntax.Source
	Name string
	Text string
}

// Stat implements [syntax.Source].
func (o Overlay) Stat(name string) (syntax.Kind, error) {
	if name == o.Name {
		return syntax.Regular, nil
	}
	return o.Source.Stat(name)
}

// ReadFile implements [syntax.Source].
func (o Overlay) ReadFile(name string, limit int) (string, error) {
	if name == o.Name {
		return o.Text[:min(limit, len(o.Text))], nil
	}
	return o.Source.ReadFile(name, limit)
}
