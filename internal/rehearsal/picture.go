package rehearsal

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Sizes of a picture, in pixels.
const (
	pictureWidth = 1000
	labelWidth   = 150
	rowHeight    = 24
	lineHeight   = 18
	headHeight   = 40
	minLabel     = 60 // a bar that is narrower has no text
	charWidth    = 7
)

// A picture is a rehearsal drawn: a bar for each virtual router on each director, and one for its clients; and one for
// clients of each virtual server of which there is more to say.
type picture struct {
	*bufio.Writer
	Result
	y int
}

// SVG draws a rehearsal. What happened to directors is numbered above the bars, and listed below them.
func SVG(w io.Writer, r Result) error {
	p := picture{bufio.NewWriter(w), r, headHeight}
	events := p.events()
	ends := r.sentences()
	rows := 2 * len(ends)
	for _, a := range r.Accounts {
		rows += len(p.directors(a.Router))
	}
	bottom := headHeight + rows*rowHeight
	height := bottom + (len(events)+len(ends)+3)*lineHeight
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" `+
		`font-family="sans-serif" font-size="12">`+"\n<title>Who is master when</title>\n"+
		`<rect width="%[1]d" height="%[2]d" fill="#ffffff"/>`+"\n", pictureWidth, height)
	p.axis(bottom)
	for _, a := range r.Accounts {
		p.router(a.Router)
	}
	for _, v := range r.Services {
		if v.Notable {
			p.router(v.Name)
		}
	}
	p.marks(events, bottom)
	y := bottom + 2*lineHeight
	for i, e := range events {
		p.text(10, y, "#000000", fmt.Sprintf("%d  at %s %s", i+1, text(e.At), strings.TrimSpace(e.Director+" "+e.Text)))
		y += lineHeight
	}
	for _, end := range ends {
		p.text(10, y, "#000000", end)
		y += lineHeight
	}
	p.WriteString("</svg>\n")
	return p.Flush()
}

// events are what happened to directors after the start.
func (p *picture) events() []Line {
	var all []Line
	for _, l := range p.Lines {
		if l.Router == "" && !l.Log && !l.Advert && l.At > 0 {
			all = append(all, l)
		}
	}
	return all
}

// marks draws where events are, with their numbers. Those of one moment share a line.
func (p *picture) marks(events []Line, bottom int) {
	for i := 0; i < len(events); {
		first, x := i, p.x(events[i].At)
		for i < len(events) && events[i].At == events[first].At {
			i++
		}
		fmt.Fprintf(p, `<line x1="%.1f" y1="%d" x2="%.1[1]f" y2="%[3]d" stroke="#000000" stroke-dasharray="3 3"/>`+"\n", x,
			headHeight-14, bottom)
		number := fmt.Sprint(first + 1)
		if i > first+1 {
			number += fmt.Sprintf("-%d", i)
		}
		p.text(x+2, headHeight-6, "#000000", number)
	}
}

// directors are those that have had a virtual router, in their order.
func (p *picture) directors(router string) []string {
	var all []string
	seen := map[string]bool{"": true}
	for _, s := range p.Spans {
		if s.Router == router && !seen[s.Director] {
			seen[s.Director] = true
			all = append(all, s.Director)
		}
	}
	return all
}

// x is where a time is.
func (p *picture) x(at time.Duration) float64 {
	return labelWidth + float64(pictureWidth-labelWidth-40)*at.Seconds()/max(p.For.Seconds(), 1e-3)
}

func (p *picture) text(x float64, y int, color, text string) {
	fmt.Fprintf(p, `<text x="%.1f" y="%d" fill="%s">`, x, y, color)
	_ = xml.EscapeText(p, []byte(text)) // a writer that fails says so when it is flushed
	p.WriteString("</text>\n")
}

// axis has a mark each ten seconds or so.
func (p *picture) axis(bottom int) {
	step := time.Second
	for _, factor := range []time.Duration{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 36000, 360000} {
		if step = factor * time.Second; p.For/step <= 20 {
			break
		}
	}
	for at := time.Duration(0); at <= p.For; at += step {
		fmt.Fprintf(p, `<line x1="%.1f" y1="%d" x2="%.1[1]f" y2="%[3]d" stroke="#dddddd"/>`+"\n", p.x(at), headHeight, bottom)
		p.text(p.x(at)-6, bottom+14, "#555555", fmt.Sprintf("%g s", at.Seconds()))
	}
}

// router draws the bars of a virtual router or server.
func (p *picture) router(name string) {
	p.text(10, p.y+16, "#000000", name)
	p.y += rowHeight
	for _, d := range append(p.directors(name), "") {
		label := d
		if d == "" {
			label = "clients find"
			fmt.Fprintf(p, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="#d62728"><title>nobody</title></rect>`+"\n", p.x(0),
				p.y+3, p.x(p.For)-p.x(0), rowHeight-6)
		}
		p.text(30, p.y+16, "#000000", label)
		for _, s := range p.Spans {
			if s.Router == name && s.Director == d {
				p.bar(s)
			}
		}
		p.y += rowHeight
	}
}

// bar draws a span.
func (p *picture) bar(s Span) {
	fill, ink := "#c7c7c7", "#000000"
	switch {
	case s.State == "MASTER":
		fill, ink = "#1f6f3f", "#ffffff"
	case s.State == "FAULT":
		fill = "#f2b8b5"
	case s.Bad == Partly:
		fill = "#ff9f1c"
	case s.Bad == Nobody:
		fill, ink = "#d62728", "#ffffff"
	case s.Director == "":
		fill, ink = "#1f4f8f", "#ffffff"
	}
	wide := p.x(s.To) - p.x(s.From)
	fmt.Fprintf(p, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"><title>`, p.x(s.From), p.y+3, wide, rowHeight-6, fill)
	_ = xml.EscapeText(p, []byte(fmt.Sprintf("%s from %s to %s", s.State, text(s.From), text(s.To))))
	p.WriteString("</title></rect>\n")
	if room := int(wide-4) / charWidth; wide >= minLabel {
		label := []rune(s.State)
		if len(label) > room {
			label = append(label[:room-1], '…')
		}
		p.text(p.x(s.From)+4, p.y+16, ink, string(label))
	}
}
