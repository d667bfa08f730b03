package routers

import (
	"net"

	"holdfast/internal/report"
	"holdfast/vrrp"
)

// place prints where an instance lives.
func (d dataWriter) place(s *Snapshot, i vrrp.Status) {
	c, own := i.Config, i.Place.Own
	base := report.Word(c.VMAC.XmitBase, ", xmit base i/f", "")
	if own != "" && c.IPVLAN.Use && !c.VMAC.Use {
		addr := ""
		if a := c.IPVLAN.Addr; a.IsValid() {
			addr = ", i/f address = " + report.Host(a)
		}
		d.Text(3, "Use IPVLAN, i/f %s, is_up = %t%s, type %v", own, s.isUp(own), addr, c.IPVLAN.Mode)
		d.Line(3, "Interface", own+", ipvlan on "+c.Interface)
		return
	}
	if own != "" {
		d.Text(3, "Use VMAC, i/f name %s, is_up = %t, xmit_base = %t", own, s.isUp(own), c.VMAC.XmitBase)
		// Zero is the address that follows from family and VRID (semantics 3.13).
		if c.VMAC.MAC != [6]byte{} {
			d.Line(5, "MAC", net.HardwareAddr(c.VMAC.MAC[:]))
		}
	}
	// `use_vmac_addr`: for addresses on other interfaces, with or without one of the instance's
	// own.
	if c.VMAC.Addrs {
		d.Text(3, "Use VMAC for VIPs on other interfaces")
	}
	if own != "" {
		d.Line(3, "Interface", own+", vmac on "+c.Interface+base)
		return
	}
	d.Line(3, "Interface", c.Interface)
}

// isUp reports whether an interface is there and up.
func (s *Snapshot) isUp(name string) bool {
	for _, l := range s.Links {
		if l.Name == name {
			return l.Up()
		}
	}
	return false
}
