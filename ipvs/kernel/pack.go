package kernel

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/mdlayher/netlink"

	"holdfast/ipvs"
)

// packCommand is the generic netlink command and the attributes of c. What netlink
// could not say is refused as the kernel would: EINVAL.
func packCommand(c ipvs.Command) (cmd uint8, attrs []byte, err error) {
	if c.Service.Canonical().Family == ipvs.IPv4 && c.Settings.PrefixLen > 32 {
		return 0, nil, syscall.EINVAL
	}
	ae := netlink.NewAttributeEncoder()
	ae.Nested(attrService, func(ae *netlink.AttributeEncoder) error {
		packServiceID(ae, c.Service)
		if c.Op == ipvs.AddService || c.Op == ipvs.EditService {
			packSettings(ae, c.Service, c.Settings)
		}
		return nil
	})
	if c.Op >= ipvs.AddDest {
		ae.Nested(attrDest, func(ae *netlink.AttributeEncoder) error {
			packDestID(ae, c.Dest)
			if c.Op != ipvs.DeleteDest {
				packDestSettings(ae, c.DestSettings)
			}
			return nil
		})
	}
	switch c.Op {
	case ipvs.AddService:
		cmd = cmdNewService
	case ipvs.EditService:
		cmd = cmdSetService
	case ipvs.DeleteService:
		cmd = cmdDelService
	case ipvs.AddDest:
		cmd = cmdNewDest
	case ipvs.EditDest:
		cmd = cmdSetDest
	case ipvs.DeleteDest:
		cmd = cmdDelDest
	default:
		return 0, nil, syscall.EINVAL
	}
	attrs, err = ae.Encode()
	return cmd, attrs, err
}

func packServiceID(ae *netlink.AttributeEncoder, id ipvs.ServiceID) {
	id = id.Canonical()
	ae.Uint16(svcFamily, uint16(id.Family))
	if id.FWMark != 0 {
		ae.Uint32(svcFWMark, id.FWMark)
		return
	}
	ae.Uint16(svcProtocol, uint16(id.Protocol))
	ae.Bytes(svcAddr, id.Addr.AsSlice())
	ae.Bytes(svcPort, binary.BigEndian.AppendUint16(nil, id.Port))
}

func packSettings(ae *netlink.AttributeEncoder, id ipvs.ServiceID, s ipvs.ServiceSettings) {
	ae.String(svcScheduler, s.Scheduler)
	if s.Engine != "" {
		ae.String(svcEngine, s.Engine)
	}
	flags := binary.NativeEndian.AppendUint32(nil, uint32(s.Flags))
	ae.Bytes(svcFlags, binary.NativeEndian.AppendUint32(flags, ^uint32(0)))
	ae.Uint32(svcTimeout, s.Seconds())
	ae.Uint32(svcNetmask, netmask(id, s))
}

// netmask is the persistence mask as the kernel takes it: an IPv4 mask in network
// order, or an IPv6 prefix length.
func netmask(id ipvs.ServiceID, s ipvs.ServiceSettings) uint32 {
	bits := s.Prefix(id)
	if id.Canonical().Family == ipvs.IPv6 {
		return uint32(bits)
	}
	mask := ^uint32(0) << (32 - bits)
	return binary.NativeEndian.Uint32(binary.BigEndian.AppendUint32(nil, mask))
}

func packDestID(ae *netlink.AttributeEncoder, d ipvs.DestID) {
	ae.Uint16(destFamily, uint16(ipvs.FamilyOf(d.Addr)))
	ae.Bytes(destAddr, d.Addr.AsSlice())
	ae.Bytes(destPort, binary.BigEndian.AppendUint16(nil, d.Port))
}

func packDestSettings(ae *netlink.AttributeEncoder, s ipvs.DestSettings) {
	ae.Uint32(destMethod, uint32(s.Method)&methodMask)
	ae.Uint32(destWeight, uint32(s.Weight))
	ae.Uint32(destUpper, s.UpperThreshold)
	ae.Uint32(destLower, s.LowerThreshold)
}

// packSelection names a service, for requests that read it.
func packSelection(id ipvs.ServiceID) ([]byte, error) {
	ae := netlink.NewAttributeEncoder()
	ae.Nested(attrService, func(ae *netlink.AttributeEncoder) error {
		packServiceID(ae, id)
		return nil
	})
	return ae.Encode()
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
