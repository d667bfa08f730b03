package kernel

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

const (
	messageHeader = 16                // of a netlink message
	requestHeader = messageHeader + 4 // with that of generic netlink
)

// nestedFlag marks an attribute that is made of others.
const nestedFlag = 0x8000

// appendCommand appends the request for c to b, whose length is a multiple of 4 and which
// stays as it was on an error.
// What netlink could not say is refused as the kernel would: EINVAL.
//
// A large table is more than a thousand commands: they are written into one buffer, and
// nothing is allocated for each.
func appendCommand(b []byte, family uint16, sequence uint32, c ipvs.Command) ([]byte, error) {
	// The mask of such a prefix would wrap around to one that the kernel takes.
	cmd, known := commandNumber(c.Op)
	if !known || c.Service.Canonical().Family == ipvs.IPv4 &&
		c.Settings.PrefixLen > 32 && c.Settings.PrefixLen != ipvs.NotPrefix {
		return b, syscall.EINVAL
	}
	start := len(b)
	// Zeros for now: the header needs the length.
	b = append(b, make([]byte, requestHeader)...)
	b, service := openNested(b, attrService)
	b = appendServiceID(b, c.Service)
	if c.Op == ipvs.AddService || c.Op == ipvs.EditService {
		b = appendSettings(b, c.Service, c.Settings)
	}
	closeNested(b, service)
	// Commands about a destination come behind those about a service in ipvs.Op.
	if c.Op >= ipvs.AddDest {
		var dest int
		b, dest = openNested(b, attrDest)
		b = appendDestID(b, c.Dest)
		if c.Op != ipvs.DeleteDest {
			b = appendDestSettings(b, c.DestSettings)
		}
		closeNested(b, dest)
	}
	fillHeader(b[start:], family, sequence, cmd, netlink.Request)
	return b, nil
}

// appendRequest appends a request with attributes to b, whose length is a multiple of 4.
func appendRequest(b []byte, family uint16, sequence uint32, cmd uint8, f netlink.HeaderFlags, attrs []byte) []byte {
	start := len(b)
	b = append(append(b, make([]byte, requestHeader)...), attrs...)
	fillHeader(b[start:], family, sequence, cmd, f)
	return b
}

// fillHeader fills in those of a whole message.
func fillHeader(message []byte, family uint16, sequence uint32, cmd uint8, f netlink.HeaderFlags) {
	binary.NativeEndian.PutUint32(message, uint32(len(message)))
	binary.NativeEndian.PutUint16(message[4:], family)
	setFlags(message, f)
	binary.NativeEndian.PutUint32(message[8:], sequence)
	message[messageHeader], message[messageHeader+1] = cmd, familyVersion
}

// setFlags sets those of a message.
func setFlags(message []byte, f netlink.HeaderFlags) {
	binary.NativeEndian.PutUint16(message[6:], uint16(f))
}

func commandNumber(op ipvs.Op) (uint8, bool) {
	switch op {
	case ipvs.AddService:
		return cmdNewService, true
	case ipvs.EditService:
		return cmdSetService, true
	case ipvs.DeleteService:
		return cmdDelService, true
	case ipvs.AddDest:
		return cmdNewDest, true
	case ipvs.EditDest:
		return cmdSetDest, true
	case ipvs.DeleteDest:
		return cmdDelDest, true
	}
	return 0, false
}

func appendServiceID(b []byte, id ipvs.ServiceID) []byte {
	id = id.Canonical()
	b = append16(b, svcFamily, uint16(id.Family))
	// Family and mark are the whole identity, without protocol, address and port.
	if id.FWMark != 0 {
		return append32(b, svcFWMark, id.FWMark)
	}
	b = append16(b, svcProtocol, uint16(id.Protocol))
	b = appendAddr(b, svcAddr, id.Addr)
	return appendPort(b, svcPort, id.Port)
}

func appendSettings(b []byte, id ipvs.ServiceID, s ipvs.ServiceSettings) []byte {
	b = appendString(b, svcScheduler, s.Scheduler)
	if s.Engine != "" {
		b = appendString(b, svcEngine, s.Engine)
	}
	// struct ip_vs_flags: the flags, and which of them are meant.
	b = appendHead(b, svcFlags, 8)
	b = binary.NativeEndian.AppendUint32(b, uint32(s.Flags))
	// The mask: all flags are meant, those that are not set are cleared.
	b = binary.NativeEndian.AppendUint32(b, ^uint32(0))
	b = append32(b, svcTimeout, s.Seconds())
	return append32(b, svcNetmask, netmask(id, s))
}

// netmask is the persistence mask as the kernel takes it: an IPv4 mask in network
// order, or an IPv6 prefix length.
func netmask(id ipvs.ServiceID, s ipvs.ServiceSettings) uint32 {
	bits := s.Prefix(id)
	if id.Canonical().Family == ipvs.IPv6 {
		return uint32(bits)
	}
	if bits == ipvs.NotPrefix {
		return binary.NativeEndian.Uint32(s.OddMask[:])
	}
	var mask [4]byte
	// A shift by 32 gives 0 in Go, and so the mask of a /0.
	binary.BigEndian.PutUint32(mask[:], ^uint32(0)<<(32-bits))
	return binary.NativeEndian.Uint32(mask[:])
}

func appendDestID(b []byte, d ipvs.DestID) []byte {
	// Always, because a tunnel may lead to the other family; without it the kernel takes the service's.
	b = append16(b, destFamily, uint16(ipvs.FamilyOf(d.Addr)))
	b = appendAddr(b, destAddr, d.Addr)
	return appendPort(b, destPort, d.Port)
}

func appendDestSettings(b []byte, s ipvs.DestSettings) []byte {
	b = append32(b, destMethod, uint32(s.Method)&methodMask)
	b = append32(b, destWeight, uint32(s.Weight))
	b = append32(b, destUpper, s.UpperThreshold)
	b = append32(b, destLower, s.LowerThreshold)
	// Left out, it is IP in IP, for kernels that know nothing else as well.
	if s.Tunnel == (ipvs.Encapsulation{}) {
		return b
	}
	b = append8(b, destTunType, uint8(s.Tunnel.Type))
	b = appendPort(b, destTunPort, s.Tunnel.Port)
	return append16(b, destTunFlags, uint16(s.Tunnel.Checksum))
}

// packSelection is the attributes that name a service, for requests that read it.
func packSelection(id ipvs.ServiceID) []byte {
	b, service := openNested(nil, attrService)
	b = appendServiceID(b, id)
	closeNested(b, service)
	return b
}

// openNested begins an attribute that holds those appended until closeNested is called
// with its place.
func openNested(b []byte, kind uint16) (longer []byte, place int) {
	return appendHead(b, kind|nestedFlag, 0), len(b)
}

func closeNested(b []byte, place int) {
	binary.NativeEndian.PutUint16(b[place:], uint16(len(b)-place))
}

// appendHead appends the head of an attribute with n bytes.
func appendHead(b []byte, kind uint16, n int) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+n))
	return binary.NativeEndian.AppendUint16(b, kind)
}

// pad makes the length one at which an attribute may begin.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func append8(b []byte, kind uint16, v uint8) []byte {
	return pad(append(appendHead(b, kind, 1), v))
}

func append16(b []byte, kind, v uint16) []byte {
	return pad(binary.NativeEndian.AppendUint16(appendHead(b, kind, 2), v))
}

func append32(b []byte, kind uint16, v uint32) []byte {
	return binary.NativeEndian.AppendUint32(appendHead(b, kind, 4), v)
}

func appendPort(b []byte, kind, port uint16) []byte {
	return pad(binary.BigEndian.AppendUint16(appendHead(b, kind, 2), port))
}

func appendString(b []byte, kind uint16, s string) []byte {
	// The kernel wants the zero that ends it.
	b = append(appendHead(b, kind, len(s)+1), s...)
	return pad(append(b, 0))
}

func appendAddr(b []byte, kind uint16, a netip.Addr) []byte {
	switch {
	case a.Is4():
		v := a.As4()
		return append(appendHead(b, kind, len(v)), v[:]...)
	case a.IsValid():
		v := a.As16()
		return append(appendHead(b, kind, len(v)), v[:]...)
	}
	return appendHead(b, kind, 0)
}

// unpackAddr reads an address attribute, which is 16 bytes long for both families.
func unpackAddr(b []byte, f ipvs.Family) (netip.Addr, error) {
	switch {
	case f == ipvs.IPv4 && len(b) >= 4:
		return netip.AddrFrom4([4]byte(b)), nil
	case f == ipvs.IPv6 && len(b) >= 16:
		return netip.AddrFrom16([16]byte(b)), nil
	}
	return netip.Addr{}, fmt.Errorf("address of %d bytes in family %d", len(b), f)
}
