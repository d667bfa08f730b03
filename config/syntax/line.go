package syntax

import "strings"

// At is the place of byte offset of l.Text. Offsets outside the text give the
// place of its nearest end.
func (l Line) At(offset int) Pos {
	offset = max(0, min(offset, len(l.Text)))
	if len(l.Spans) == 0 {
		return Pos{File: l.File, Line: int(l.Line), Col: l.Col + int32(offset), Via: l.Via}
	}
	span := l.Spans[0]
	for _, next := range l.Spans[1:] {
		// Spans are sorted by Start.
		if next.Start > offset {
			break
		}
		span = next
	}
	return span.at(offset - span.Start)
}

// at is the place of byte offset of the span.
func (s Span) at(offset int) Pos {
	switch {
	case s.Inside:
		s.Pos.Via += int32(offset)
	case !s.Fixed:
		s.Pos.Col += int32(offset)
	}
	return s.Pos
}

// spans are l's spans, made up if it stands in the file as it is.
func (l Line) spans() []Span {
	if len(l.Spans) > 0 {
		return l.Spans
	}
	return []Span{{Pos: Pos{File: l.File, Line: int(l.Line), Col: l.Col, Via: l.Via}}}
}

// cut is the part of l between two offsets.
func (l Line) cut(from, to int) Line {
	part := Line{File: l.File, Line: l.Line, Col: l.Col + int32(from), Via: l.Via, Own: l.Own,
		Text: l.Text[from:to]}
	// Most lines stand in the file as they are, and then a part does so too.
	if len(l.Spans) == 0 {
		return part
	}
	// The spans of the part are first..last; those of a beginning are shared.
	first, last := 0, len(l.Spans)-1
	for first < last && l.Spans[first+1].Start <= from {
		first++
	}
	// One that begins at the end stays: it has the place behind the last byte.
	for last > first && l.Spans[last].Start > to {
		last--
	}
	head := l.Spans[first]
	// Shared, with its capacity cut: what is appended to the part must not change l.
	if from == 0 {
		part.Spans = l.Spans[first : last+1 : last+1]
		return part.normal()
	}
	if head.Start < from {
		head.Pos = head.at(from - head.Start)
	}
	head.Start = 0
	// A single piece that stands in the file as it is needs no spans.
	if first == last && !head.Fixed {
		part.stand(head.Pos)
		return part
	}
	part.Spans = append(make([]Span, 0, last+1-first), head)
	for _, span := range l.Spans[first+1 : last+1] {
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
	l.stand(first.Pos)
	if len(l.Spans) == 1 && !first.Fixed {
		l.Spans = nil
	}
	return l
}

// stand sets the place of the first byte.
func (l *Line) stand(pos Pos) {
	l.File, l.Line, l.Col, l.Via = pos.File, int32(pos.Line), pos.Col, pos.Via
}

// trim is l without what is in the set at both ends.
func (l Line) trim(set string) Line {
	from := len(l.Text) - len(strings.TrimLeft(l.Text, set))
	to := len(strings.TrimRight(l.Text, set))
	if from == 0 && to == len(l.Text) {
		return l
	}
	return l.cut(from, max(from, to))
}

// replace is l with value in place of the bytes between two offsets, as coming
// from the place where the replaced bytes stood. Their Via is that of that place
// or, if via is not 0, via; if inside, it counts up.
func (l Line) replace(from, to int, value string, via int32, inside bool) Line {
	old := l.spans()
	// They are counted first, for a slice of the right size.
	n := 0
	if value != "" {
		n++
	}
	if to < len(l.Text) {
		n++
	}
	for _, span := range old {
		if span.Start < from || span.Start > to {
			n++
		}
	}
	spans := make([]Span, 0, n)
	for _, span := range old {
		if span.Start < from {
			spans = append(spans, span)
		}
	}
	if value != "" {
		span := Span{Start: from, Pos: l.At(from), Fixed: true}
		if via != 0 {
			span.Pos.Via, span.Inside = via, inside
		}
		spans = append(spans, span)
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
	out := l
	out.Text, out.Spans = l.Text[:from]+value+l.Text[to:], spans
	return out.normal()
}

// spanAt is a span that begins at offset, with its start moved by shift.
func (l Line) spanAt(offset, shift int) Span {
	at := Span{}
	for _, span := range l.Spans {
		if span.Start <= offset {
			at = span
		}
	}
	at.Start, at.Pos = offset+shift, l.At(offset)
	return at
}

// join is l followed by m.
func (l Line) join(m Line) Line {
	// A copy, because the starts of m's are moved and l's may be shared.
	spans := append([]Span(nil), l.spans()...)
	for _, span := range m.spans() {
		span.Start += len(l.Text)
		spans = append(spans, span)
	}
	out := l
	out.Text, out.Spans = l.Text+m.Text, spans
	return out.normal()
}
