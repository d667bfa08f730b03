package overview

import (
	"cmp"
	"slices"
	"strings"

	"holdfast/config/language"
	"holdfast/internal/state"
)

// Near are names of a daemon that somebody may have meant by one that it does not have, the nearest first and five at
// most: what has the same address or, where nothing has, what is spelled almost so.
func Near(a *state.All, name string) []string {
	const shown = 5
	what := seek(name)
	if what.text == "" {
		return nil
	}
	type candidate struct {
		name string
		far  int
	}
	var list []candidate
	seen := map[string]bool{}
	consider := func(name string, there bool) {
		far := what.far(name)
		if there {
			far = 0
		}
		if far >= 0 && !seen[name] {
			seen[name] = true
			list = append(list, candidate{name, far})
		}
	}
	for n := range a.Services {
		v := &a.Services[n]
		consider(v.Name, slices.ContainsFunc(v.Entries, what.at))
		if v.Group != "" {
			consider(v.Group, false)
		}
	}
	for n := range a.Servers {
		consider(a.Servers[n].Name, what.addr.IsValid() && a.Servers[n].Address == what.addr)
	}
	for n := range a.Instances {
		consider(a.Instances[n].Name, false)
	}
	for _, g := range a.Groups {
		consider(g.Name, false)
	}
	for _, b := range a.Sessions {
		consider(b.Name, what.addr.IsValid() && b.Neighbor == what.addr)
	}
	for _, b := range a.Neighbors {
		if b.Address == what.addr {
			consider(b.Address.String(), true)
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var names []string
	for _, c := range list[:min(len(list), shown)] {
		if c.far > 0 && list[0].far == 0 {
			break
		}
		names = append(names, c.name)
	}
	return names
}

// far is how many letters a name is from what is sought, -1 if it is not like it. A part of a name is like it, but
// less than one that is mistyped.
func (s *sought) far(name string) int {
	text := strings.ToLower(s.text)
	limit := len(text)/4 + 1
	if strings.Trim(text[:1], "[0123456789") == "" {
		limit = min(limit, 2) // addresses are alike
	}
	best := limit + 1
	for _, spelled := range []string{strings.ToLower(name), plain(strings.ToLower(name))} {
		best = min(best, language.Distance(text, spelled))
	}
	switch {
	case best <= limit && best < len(text):
		return best
	case len(text) > 1 && strings.Contains(strings.ToLower(name), text):
		return limit + 1
	}
	return -1
}
