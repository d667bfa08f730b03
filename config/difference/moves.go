package difference

import (
	"fmt"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/slots"
)

// Compare is that of package config/language, and says of a virtual server with the scheduler mh how
// many new flows a reload would send to another server.
func Compare(old, new *config.Config) []language.Difference {
	return withMoves(language.Compare(old, new))
}

// CompareRedacted is Compare without passwords and keys.
func CompareRedacted(old, new *config.Config) []language.Difference {
	return withMoves(language.CompareRedacted(old, new))
}

func withMoves(all []language.Difference) []language.Difference {
	for i := range all {
		d := &all[i]
		if d.Was == nil || d.Is == nil {
			continue
		}
		if share, ok := slots.Moved(d.Was, d.Is); ok {
			d.Effect += "; " + Percent(share) + " of new flows move"
		}
	}
	return all
}

// Percent is a share for people: "2.1 %", and never 0 or 100 for what is not.
func Percent(share float64) string {
	switch {
	case share == 0:
		return "0 %"
	case share < 0.0005:
		return "less than 0.1 %"
	case share < 1 && share > 0.9995:
		return "more than 99.9 %"
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

// maxMoves is of how many virtual servers the log says how many flows move: that costs half a
// millisecond each.
const maxMoves = 100

// moves says how many flows a reload moves: "9.1 % of new flows of [192.0.2.1]:tcp:80 move"; "" if none.
func moves(old, new []config.VirtualServer) string {
	key := func(v *config.VirtualServer) string { return fmt.Sprint(v.Name(), v.IPv6) }
	before := map[string]*config.VirtualServer{}
	for i := range old {
		if v := &old[i]; slots.Hashed(v) && before[key(v)] == nil {
			before[key(v)] = v
		}
	}
	moving, looked, most, name := 0, 0, 0.0, ""
	for i := range new {
		v := &new[i]
		was := before[key(v)]
		if was == nil || looked == maxMoves || config.Equal(*was, *v) {
			continue
		}
		looked++
		share, _ := slots.Moved(was, v)
		if share == 0 {
			continue
		}
		moving++
		if share > most {
			most, name = share, v.Name()
		}
	}
	switch moving {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s of new flows of %s move", Percent(most), name)
	}
	return fmt.Sprintf("new flows of %d virtual servers move, at most %s (%s)", moving, Percent(most), name)
}
