package overview

import (
	"strings"
	"testing"
	"time"

	"holdfast/internal/state"
)

// told is a director whose file was written at an hour of the day, and whose virtual servers have a name, a hash of the
// table and one of the configuration each.
func told(name string, hour int, triples ...string) Director {
	d := directorOf(name, time.Minute)
	if hour > 0 {
		d.Told.Config.Written = time.Date(2026, 3, 1, hour, 3, 0, 0, time.Local)
	}
	for i := 0; i < len(triples); i += 3 {
		d.Told.Services = append(d.Told.Services, state.Service{Name: triples[i], TableHash: triples[i+1], ConfigHash: triples[i+2]})
	}
	return d
}

// directorOf has virtual servers with a name and a hash each.
func directorOf(name string, ago time.Duration, pairs ...string) Director {
	told := &state.All{Config: state.Config{File: "k.conf", Loaded: earlier(ago)}}
	for i := 0; i < len(pairs); i += 2 {
		told.Services = append(told.Services, state.Service{Name: pairs[i], TableHash: pairs[i+1]})
	}
	return Director{name, told}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []Director
		same bool
		want string
	}{
		{"one table", []Director{directorOf("here", 0, "a", "1", "b", "2", "rr", ""), directorOf("d2", 0, "b", "2", "a", "1")}, true,
			"2 virtual servers have the same table on 2 directors\n"},
		{"another one", []Director{directorOf("here", time.Minute, "a", "1", "b", "2"), directorOf("d2", time.Hour, "a", "3", "b", "2"),
			directorOf("d3", time.Minute, "a", "1", "b", "2")}, false,
			"a: table 1 at here, d3; table 3 at d2\nhere: configuration k.conf, in force for 1m00s\n" +
				"d2: configuration k.conf, in force for 1h00m\nd3: configuration k.conf, in force for 1m00s\n"},
		{"none", []Director{directorOf("here", 0), directorOf("d2", 0, "a", "3"), directorOf("d3", 0, "a", "")}, false,
			"a: no virtual server at here; table 3 at d2; no known table at d3\n"},
		{"one is behind", []Director{told("a", 14, "s", "1", "x"), told("b", 12, "s", "2", "y"), told("c", 13, "s", "1", "x")}, false,
			"s: table 1 at a, c; table 2 at b\na: configuration k.conf of 2026-03-01 14:03:00, in force for 1m00s\n" +
				"b: configuration k.conf of 2026-03-01 12:03:00, in force for 1m00s: it is behind\n" +
				"c: configuration k.conf of 2026-03-01 13:03:00, in force for 1m00s\n"},
		{"a new virtual server", []Director{told("a", 14, "s", "1", "x"), told("b", 12)}, false,
			"s: table 1 at a; no virtual server at b\na: configuration k.conf of 2026-03-01 14:03:00, in force for 1m00s\n" +
				"b: configuration k.conf of 2026-03-01 12:03:00, in force for 1m00s: it is behind\n"},
		{"tables that are nobody's fault", []Director{told("a", 14, "s", "", "x"), told("b", 12, "s", "", "x")}, true,
			"1 virtual servers have the same table on 2 directors\n"},
		{"told something else", []Director{told("a", 12, "s", "", "x"), told("b", 14, "s", "", "y")}, false,
			"s: configured as x at a; configured as y at b\na: configuration k.conf of 2026-03-01 12:03:00, in force for 1m00s: it is behind\n" +
				"b: configuration k.conf of 2026-03-01 14:03:00, in force for 1m00s\n"},
		{"another scheduler", []Director{told("a", 12, "s", "", ""), told("b", 14, "s", "", "y")}, false,
			"s: neither mh nor announce at a; configured as y at b\na: configuration k.conf of 2026-03-01 12:03:00, in force for 1m00s: it is behind\n"},
		{"files of one time", []Director{told("a", 12, "s", "1", "x"), told("b", 12, "s", "2", "y")}, false,
			"s: table 1 at a; table 2 at b\na: configuration k.conf of 2026-03-01 12:03:00, in force for 1m00s\nb: configuration k.conf of " +
				"2026-03-01 12:03:00, in force for 1m00s\n"},
		{"a server is down at one", []Director{told("a", 14, "s", "1", "x"), told("b", 12, "s", "2", "x")}, false,
			"s: table 1 at a; table 2 at b\n  all are configured alike: not all have the same servers up, with the same weights\n" +
				"a: configuration k.conf of 2026-03-01 14:03:00, in force for 1m00s\nb: configuration k.conf of 2026-03-01 12:03:00, in force for 1m00s\n"},
		{"an older program", []Director{told("a", 14, "s", "1", "x"), told("b", 0, "s", "2", "")}, false,
			"s: table 1 at a; table 2 at b\na: configuration k.conf of 2026-03-01 14:03:00, in force for 1m00s\nb: configuration k.conf, in force for 1m00s\n"},
		{"an older program with the same table", []Director{told("a", 14, "s", "1", "x"), told("b", 0, "s", "1", "")}, true,
			"1 virtual servers have the same table on 2 directors\n"},
		{"nothing", []Director{directorOf("here", 0, "rr", ""), directorOf("d2", 0, "rr", "")}, false,
			"no virtual server has mh or announce: there is nothing to compare\n"},
	} {
		var b strings.Builder
		if got := Alike(&b, c.all, Style{Now: now}); got != c.same || !strings.HasPrefix(b.String(), c.want) {
			t.Errorf("%s: %v\n%swant %v\n%s", c.name, got, b.String(), c.same, c.want)
		}
	}
}
