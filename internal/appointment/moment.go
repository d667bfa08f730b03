package appointment

import (
	"errors"
	"strings"
	"time"
)

// A moment is what stands in the file: a time of day, of one day or of every one.
type moment struct {
	at    time.Time // its date, clock and, if it is UTC, zone
	dated bool
	utc   bool
}

// forms are how a moment may be written.
var forms = [...]struct {
	layout string
	dated  bool
}{{"15:04:05", false}, {"06-01-02 15:04:05", true}, {"2006-01-02 15:04:05", true}}

// errForm tells what may stand there. What stands there instead is not told: the file may be a link to one that
// not everybody who reads the log may read.
var errForm = errors.New("its first line is not HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, " +
	"with a Z at the end for UTC")

// parse reads the first line of a text.
func parse(text string) (moment, error) {
	line, _, _ := strings.Cut(text, "\n")
	line, utc := strings.CutSuffix(line, "Z")
	for _, f := range forms {
		at, err := time.Parse(f.layout, line)
		// As it is written, and not as it can be understood: with an hour of one digit, or fractions.
		if err != nil || at.Format(f.layout) != line {
			continue
		}
		// Two digits are of this century, all of them: nobody has an appointment in the last one.
		if f.layout[:2] == "06" && at.Year() < 2000 {
			at = at.AddDate(100, 0, 0)
		}
		return moment{at: at, dated: f.dated, utc: utc}, nil
	}
	return moment{}, errForm
}

// next is the first time after another one at which it is that moment, false if it is over for good.
func (m moment) next(after time.Time, zone *time.Location) (time.Time, bool) {
	if m.utc {
		zone = time.UTC
	}
	if m.dated {
		if at := m.on(m.at, zone); at.After(after) {
			return at, true
		}
		return time.Time{}, false
	}
	// Yesterday's comes into question, too, where it was moved beyond midnight by a clock that was put forward.
	for day := after.In(zone).AddDate(0, 0, -1); ; day = day.AddDate(0, 0, 1) {
		if at := m.on(day, zone); at.After(after) {
			return at, true
		}
	}
}

// on is the moment on a day. A time that a day has twice is the first one, and one that it leaves out is as long
// after the gap as it would be after the beginning of the gap.
func (m moment) on(day time.Time, zone *time.Location) time.Time {
	y, mon, d := day.Date()
	wall := time.Date(y, mon, d, m.at.Hour(), m.at.Minute(), m.at.Second(), 0, time.UTC)
	as := func(offset int) time.Time { return wall.Add(-time.Duration(offset) * time.Second).In(zone) }
	const margin = 24 * time.Hour
	_, before := wall.Add(-margin).In(zone).Zone()
	_, behind := wall.Add(margin).In(zone).Zone()
	first, second := as(before), as(behind)
	// Whichever of the two shows on a clock what is written is it.
	if _, offset := first.Zone(); offset != before {
		if _, offset := second.Zone(); offset == behind {
			return second
		}
	}
	return first
}
