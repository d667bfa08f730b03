package overview

import (
	"strings"
	"testing"
	"time"

	"holdfast/internal/state"
)

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
		{"nothing", []Director{directorOf("here", 0, "rr", ""), directorOf("d2", 0, "rr", "")}, false,
			"no virtual server has mh or announce: there is nothing to compare\n"},
	} {
		var b strings.Builder
		if got := Alike(&b, c.all, Style{Now: now}); got != c.same || !strings.HasPrefix(b.String(), c.want) {
			t.Errorf("%s: %v\n%swant %v\n%s", c.name, got, b.String(), c.same, c.want)
		}
	}
}
