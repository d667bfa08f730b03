package routers

import (
	"holdfast/config"
	"holdfast/internal/report"
)

// A StaticAddress is an address that the host has from start to stop.
type StaticAddress struct {
	config.Address
	Present bool
}

// statics writes what the host has from start to stop, and who fails with it.
func (d dataWriter) statics(s *Snapshot) {
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		d.Section(title)
		for _, l := range lines {
			d.Text(5, "%s", l)
		}
	}
	var addresses []string
	for _, a := range s.StaticAddresses {
		addresses = append(addresses, addressLine(a.Address, a.Present))
	}
	section("Static Addresses", addresses)
	section("Static Routes", routeLines(s.StaticRoutes))
	section("Static Rules", ruleLines(s.StaticRules))
	if len(s.TrackGroups) > 0 {
		d.Section("Static Track groups")
	}
	for _, g := range s.TrackGroups {
		d.Line(1, "Static Track Group", g.Name)
		d.List(3, "VRRP member instances :", g.Members)
	}
}

// routing writes what an instance has besides addresses as master.
func (d dataWriter) routing(s *Snapshot, c *config.Instance) {
	if lines := routeLines(c.Routes); len(lines) > 0 {
		d.List(3, "Virtual Routes :", lines)
	}
	if lines := ruleLines(c.Rules); len(lines) > 0 {
		d.List(3, "Virtual Rules :", lines)
	}
}

func routeLines(all []config.Route) (lines []string) {
	for _, r := range all {
		lines = append(lines, report.Route(r))
	}
	return lines
}

func ruleLines(all []config.Rule) (lines []string) {
	for _, r := range all {
		lines = append(lines, report.Rule(r))
	}
	return lines
}
