package config

import "net/netip"

// VMAC says whether a virtual router runs on an interface of its own that has the
// virtual MAC address of the RFC.
type VMAC struct {
	Use      bool
	Name     string  // of the interface; "" = vmac_prefix.VRID
	MAC      [6]byte // zero = that of the RFC
	Notify   bool    // netlink_notify_msg
	Group    Named   // interface group
	Addrs    bool    // use_vmac_addr: for addresses on other interfaces too
	XmitBase bool    // advertisements come from the interface below
}

// IPVLAN says whether a virtual router runs on an ipvlan interface of its own.
type IPVLAN struct {
	Use   bool
	Name  string
	Addr  netip.Prefix // source address; required over IPv4
	Mode  IPVLANMode
	Group Named
}

// IPVLANMode is who the ipvlan interfaces of one parent can talk to.
type IPVLANMode uint8

// The modes; bridge is the default.
const (
	IPVLANBridge IPVLANMode = iota
	IPVLANPrivate
	IPVLANVEPA
)

// String is its word.
func (m IPVLANMode) String() string { return [...]string{"bridge", "private", "vepa"}[m] }
