package routers

import (
	"slices"
	"strconv"
	"time"

	"holdfast/internal/report"
)

// This file is how far apart announcements are sent, which keepalived shows as that of groups of
// interfaces: those of garp_group by their numbers, if they have more than one interface, and as group 0 each
// of the others that addresses are announced on.

// A pauseGroup is interfaces with the same pauses; numbered are those that share them.
type pauseGroup struct {
	number  int
	arp, na time.Duration
	devs    []string
}

// pauseGroups are those of garp_group in the order of the text, then each interface of its own.
func (s *Snapshot) pauseGroups() (list []pauseGroup) {
	grouped, number := map[string]bool{}, 0
	for _, g := range s.GARPGroups {
		of := pauseGroup{arp: g.ARPInterval, na: g.NAInterval, devs: g.Interfaces}
		if len(g.Interfaces) > 1 {
			number++
			of.number = number
		}
		for _, name := range g.Interfaces {
			grouped[name] = true
		}
		list = append(list, of)
	}
	arp, na := s.Global.Defaults.GARPInterval, s.Global.Defaults.GNAInterval
	if arp == 0 && na == 0 {
		return list
	}
	for _, name := range s.announcing() {
		if !grouped[name] {
			list = append(list, pauseGroup{arp: arp, na: na, devs: []string{name}})
		}
	}
	return list
}

func (d dataWriter) pauses(s *Snapshot) {
	groups := s.pauseGroups()
	if len(groups) == 0 {
		return
	}
	d.Section("Gratuitous ARP delays")
	for _, g := range groups {
		d.Section("GARP delay group " + strconv.Itoa(g.number))
		if g.arp != 0 {
			d.Line(1, "GARP interval", report.Seconds(g.arp))
		}
		if g.na != 0 {
			d.Line(1, "GNA interval", report.Seconds(g.na))
		}
		d.Text(1, "Interfaces")
		for _, dev := range g.devs {
			d.Text(2, "%s", dev)
		}
	}
}

// announcing are the interfaces on which addresses are announced, those of the instances first.
func (s *Snapshot) announcing() (list []string) {
	// Instances share interfaces, and an address may name one of its own:
	// `10.0.0.1/24 dev eth1`. Each is listed once, where it comes first.
	add := func(dev string) {
		if !slices.Contains(list, dev) {
			list = append(list, dev)
		}
	}
	for _, i := range s.Instances {
		add(i.Config.Interface)
	}
	for _, i := range s.Instances {
		for a := range i.Config.Addresses() {
			add(a.Dev)
		}
	}
	return list
}

// pausesOf prints them with an interface of the group.
func (d dataWriter) pausesOf(s *Snapshot, name string) {
	for _, g := range s.pauseGroups() {
		if !slices.Contains(g.devs, name) {
			continue
		}
		if g.arp != 0 {
			d.Text(3, "Gratuitous ARP interval %dms", g.arp/time.Millisecond)
		}
		if g.na != 0 {
			d.Text(3, "Gratuitous NA interval %dms", g.na/time.Millisecond)
		}
		if g.number != 0 {
			d.Text(3, "Gratuitous ARP aggregation group %d", g.number)
		}
	}
}
