package syntax

// A definition is the value of $NAME=value, one line or several, as written.
type definition struct {
	lines []Line
}

// statement runs the preprocessor on one logical line (grammar 7) and emits
// what comes out. budget is how often text may still be replaced in it.
func (l *loader) statement(line Line, budget *int) {
	for line = uncomment(line); line.Text != "" && !l.stopped; line = uncomment(line) {
		if extra, pattern, at, ok := directive(line.Text); ok {
			l.include(line, extra, pattern, at)
			return
		}
		brace := findBrace(line.Text)
		if brace < 0 {
			l.emit(line)
			return
		}
		l.emit(line.cut(0, brace+1))
		line = line.cut(brace+1, len(line.Text))
	}
}

func (l *loader) continueDefinition(line Line) {}
func (l *loader) endDefinition()               {}
