package syntax

import "strings"

// At is the place of byte offset of l.Text. Offsets outside the text give the
// place of its nearest end.
func (l Line) At(offset int) Pos {
	offset = max(0, min(offset, len(l.Text)))
	if len(l.Spans) == 0 {
		return Pos{File: l.File, Line: l.Line, Col: l.Col + offset}
	}
	span := l.Spans[0]
	for _, next := range l.Spans[1:] {
		if next.Start > offset {
			break
		}
		span = next
	}
	pos := span.Pos
	if !span.Fixed {
		pos.Col += offset - span.Start
	}
	return pos
}

// spans are l's spans, made up if it stands in the file as it is.
func (l Line) spans() []Span {
	if len(l.Spans) > 0 {
		return l.Spans
	}
	return []Span{{Pos: Pos{File: l.File, Line: l.Line, Col: l.Col}}}
}

// cut is the part of l between two offsets.
func (l Line) cut(from, to int) Line {
	part := Line{File: l.File, Line: l.Line, Col: l.Col + from, Text: l.Text[from:to]}
	if len(l.Spans) == 0 {
		return part
	}
	for i, span := range l.Spans {
		end := len(l.Text)
		if i+1 < len(l.Spans) {
			end = l.Spans[i+1].Start
		}
		if end <= from && i+1 < len(l.Spans) || span.Start > to {
			continue
		}
		if span.Start < from {
			if !span.Fixed {
				span.Pos.Col += from - span.Start
			}
			span.Start = from
		}
		span.Start -= from
		part.Spans = append(part.Spans, span)
	}
	return part.normal()
}

// normal drops spans that say nothing and sets the place of the first byte.
func (l Line) normal() Line {
	if len(l.Spans) == 0 {
		return l
	}
	first := l.Spans[0]
	l.File, l.Line, l.Col = first.Pos.File, first.Pos.Line, first.Pos.Col
	if len(l.Spans) == 1 && !first.Fixed {
		l.Spans = nil
	}
	return l
}

// trim is l without blanks at both ends.
func (l Line) trim() Line {
	from := len(l.Text) - len(strings.TrimLeft(l.Text, blanks))
	to := len(strings.TrimRight(l.Text, blanks))
	if from == 0 && to == len(l.Text) {
		return l
	}
	return l.cut(from, max(from, to))
}

// replace is l with value in place of the bytes between two offsets, as coming
// from the place where the replaced bytes stood.
func (l Line) replace(from, to int, value string) Line {
	spans := make([]Span, 0, len(l.Spans)+3)
	old := l.spans()
	for _, span := range old {
		if span.Start < from {
			spans = append(spans, span)
		}
	}
	if value != "" {
		spans = append(spans, Span{Start: from, Pos: l.At(from), Fixed: true})
	}
	if to < len(l.Text) {
		shift := len(value) - (to - from)
		spans = append(spans, l.spanAt(to, shift))
		for _, span := range old {
			if span.Start > to {
				span.Start += shift
				spans = append(spans, span)
			}
		}
	}
	out := Line{File: l.File, Line: l.Line, Col: l.Col, Text: l.Text[:from] + value + l.Text[to:], Spans: spans}
	return out.normal()
}

// spanAt is a span that begins at offset, with its start moved by shift.
func (l Line) spanAt(offset, shift int) Span {
	fixed := false
	for _, span := range l.Spans {
		if span.Start <= offset {
			fixed = span.Fixed
		}
	}
	return Span{Start: offset + shift, Pos: l.At(offset), Fixed: fixed}
}

// join is l followed by m.
func (l Line) join(m Line) Line {
	spans := append([]Span(nil), l.spans()...)
	for _, span := range m.spans() {
		span.Start += len(l.Text)
		spans = append(spans, span)
	}
	out := Line{File: l.File, Line: l.Line, Col: l.Col, Text: l.Text + m.Text, Spans: spans}
	return out.normal()
}
