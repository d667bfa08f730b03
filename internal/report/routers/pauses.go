package routers

import (
	"slices"
	"time"

	"holdfast/internal/report"
)

// This file is how far apart announcements are sent, which keepalived shows as that of groups of
// interfaces: each is one of its own, because garp_group is not built.

func (d dataWriter) pauses(s *Snapshot) {
	arp, na := s.Global.Defaults.GARPInterval, s.Global.Defaults.GNAInterval
	if arp == 0 && na == 0 {
		return
	}
	d.Section("Gratuitous ARP delays")
	for _, dev := range s.announcing() {
		d.Section("GARP delay group 0")
		if arp != 0 {
			d.Line(1, "GARP interval", report.Seconds(arp))
		}
		if na != 0 {
			d.Line(1, "GNA interval", report.Seconds(na))
		}
		d.Text(1, "Interfaces")
		d.Text(2, "%s", dev)
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
	// The pauses hold where something is announced; the other interfaces have no such lines.
	if !slices.Contains(s.announcing(), name) {
		return
	}
	if p := s.Global.Defaults.GARPInterval; p != 0 {
		d.Text(3, "Gratuitous ARP interval %dms", p/time.Millisecond)
	}
	if p := s.Global.Defaults.GNAInterval; p != 0 {
		d.Text(3, "Gratuitous NA interval %dms", p/time.Millisecond)
	}
}
