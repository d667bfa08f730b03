package netif

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"os"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
	"github.com/mdlayher/ndp"
	"golang.org/x/net/ipv6"
)

// Where the sender's and the target's address are in a gratuitous ARP.
const (
	arpSender = 28
	arpTarget = 38
)

// announcement is the Ethernet frame that announces addr from d, valid until the next call,
// and where it goes; router tells whether the host is one on d, of which ARP does not speak.
func (d *device) announcement(addr netip.Addr, router bool) (frame []byte, to net.HardwareAddr, err error) {
	if !addr.Is4() {
		frame, err = unsolicited(net.HardwareAddr(d.link.Hardware), addr, router)
		return frame, allNodesHardware(), err
	}
	// Made once for each link: only the two addresses differ from frame to frame.
	if d.arp == nil {
		if d.arp, err = gratuitous(net.HardwareAddr(d.link.Hardware), addr); err != nil {
			return nil, nil, err
		}
	}
	ip := addr.As4()
	copy(d.arp[arpSender:], ip[:])
	copy(d.arp[arpTarget:], ip[:])
	return d.arp, ethernet.Broadcast, nil
}

// gratuitous is a gratuitous ARP: a broadcast request whose sender and target are addr.
func gratuitous(hw net.HardwareAddr, addr netip.Addr) ([]byte, error) {
	p, err := arp.NewPacket(arp.OperationRequest, hw, addr, ethernet.Broadcast, addr)
	if err != nil {
		return nil, err
	}
	payload, err := p.MarshalBinary()
	if err != nil {
		return nil, err
	}
	f := ethernet.Frame{Destination: ethernet.Broadcast, Source: hw, EtherType: ethernet.EtherTypeARP, Payload: payload}
	return f.MarshalBinary()
}

// unsolicited is a neighbour advertisement to all nodes, sent by addr itself, that
// replaces what they know (RFC 4861 section 7.2.6).
func unsolicited(hw net.HardwareAddr, addr netip.Addr, router bool) ([]byte, error) {
	allNodes := netip.IPv6LinkLocalAllNodes()
	m := ndp.NeighborAdvertisement{
		Router: router, Override: true, TargetAddress: addr,
		Options: []ndp.Option{&ndp.LinkLayerAddress{Direction: ndp.Target, Addr: hw}},
	}
	message, err := ndp.MarshalMessageChecksum(&m, addr, allNodes)
	if err != nil {
		return nil, err
	}
	const icmp = 58
	// Version, and no traffic class or flow label.
	b := make([]byte, 4, ipv6.HeaderLen+len(message))
	b[0] = ipv6.Version << 4
	b = binary.BigEndian.AppendUint16(b, uint16(len(message)))
	b = append(b, icmp, 255) // the hop limit tells that no router has passed it on
	b = append(b, addr.AsSlice()...)
	b = append(b, allNodes.AsSlice()...)
	b = append(b, message...)
	f := ethernet.Frame{Destination: allNodesHardware(), Source: hw, EtherType: ethernet.EtherTypeIPv6, Payload: b}
	return f.MarshalBinary()
}

// allNodesHardware is the Ethernet address of ff02::1 (RFC 2464 section 7).
func allNodesHardware() net.HardwareAddr { return net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1} }

// forwards reports whether the host is a router on dev.
func forwards(dev string) bool {
	b, err := os.ReadFile("/proc/sys/net/ipv6/conf/" + dev + "/forwarding")
	return err == nil && !bytes.Equal(bytes.TrimSpace(b), []byte("0"))
}
