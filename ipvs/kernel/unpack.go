package kernel

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"time"

	"holdfast/ipvs"
)

// ownedFlags are the service flags that are settings; the kernel adds 0x2 "hashed".
const ownedFlags = ipvs.Persistent | ipvs.OnePacket | ipvs.Sched1 | ipvs.Sched2 | ipvs.Sched3

// A serviceEntry is one service as the kernel reports it; stats are not decoded.
type serviceEntry struct {
	// stats are the attributes inside, with numbers of 32 or 64 bits (see unpackCounters).
	id       ipvs.ServiceID
	settings ipvs.ServiceSettings
	stats    []byte
}

// A destEntry is one destination as the kernel reports it.
type destEntry struct {
	id                           ipvs.DestID
	settings                     ipvs.DestSettings
	active, inactive, persistent uint32
	stats                        []byte
}

func unpackService(msg []byte) (serviceEntry, error) {
	var e serviceEntry
	b, err := nested(msg, attrService)
	if err != nil {
		return e, err
	}
	w := walk{rest: b}
	// Read at the end: how long an address is depends on the family.
	var addr, mask []byte
	for w.next() {
		switch w.kind {
		case svcFamily:
			e.id.Family = ipvs.Family(w.uint16())
		case svcProtocol:
			e.id.Protocol = ipvs.Protocol(w.uint16())
		case svcAddr:
			addr = w.value
		case svcPort:
			e.id.Port = w.port()
		case svcFWMark:
			e.id.FWMark = w.uint32()
		case svcScheduler:
			e.settings.Scheduler = w.string()
		case svcEngine:
			e.settings.Engine = w.string()
		case svcFlags:
			e.settings.Flags = ipvs.Flags(w.uint32()) & ownedFlags
		case svcTimeout:
			e.settings.Timeout = time.Duration(w.uint32()) * time.Second
		case svcNetmask:
			mask = w.value
			// Newer kernels send both. Those of 32 bits have been round once on a busy machine.
		case svcStats64:
			e.stats = w.value
		case svcStats:
			if e.stats == nil {
				e.stats = w.value
			}
		}
	}
	if w.err != nil {
		return e, w.err
	}
	// A service of a firewall mark has no address.
	if e.id.FWMark == 0 {
		if e.id.Addr, err = unpackAddr(addr, e.id.Family); err != nil {
			return e, err
		}
	}
	e.settings.PrefixLen = prefixLen(e.id.Family, mask)
	if e.settings.PrefixLen == ipvs.NotPrefix && e.id.Family == ipvs.IPv4 && len(mask) >= 4 {
		e.settings.OddMask = [4]byte(mask)
	}
	// As the configuration names it: the two are compared.
	e.id = e.id.Canonical()
	return e, nil
}

// prefixLen turns the kernel's persistence mask into the length of a prefix.
func prefixLen(f ipvs.Family, mask []byte) uint8 {
	// 4 bytes in both families, see netmask.
	if len(mask) < 4 {
		return ipvs.NotPrefix
	}
	if f == ipvs.IPv6 {
		// For IPv6 the kernel keeps the length of the prefix in it, as a plain number.
		if n := binary.NativeEndian.Uint32(mask); n >= 1 && n <= 128 {
			return uint8(n)
		}
		return ipvs.NotPrefix
	}
	m := binary.BigEndian.Uint32(mask)
	// The leading ones. `255.0.255.0` can be set by others and is no prefix.
	n := bits.LeadingZeros32(^m)
	if n == 0 || m<<n != 0 {
		return ipvs.NotPrefix
	}
	return uint8(n)
}

// unpackDest reads a destination of a service of family f, whose own family old
// kernels leave out.
func unpackDest(msg []byte, f ipvs.Family) (destEntry, error) {
	var e destEntry
	b, err := nested(msg, attrDest)
	if err != nil {
		return e, err
	}
	w := walk{rest: b}
	var addr []byte
	for w.next() {
		switch w.kind {
		case destAddr:
			addr = w.value
		case destPort:
			e.id.Port = w.port()
		case destFamily:
			// Before the address is read, which waits for the end of the loop.
			f = ipvs.Family(w.uint16())
		case destMethod:
			e.settings.Method = ipvs.Method(w.uint32() & methodMask)
		case destWeight:
			e.settings.Weight = int32(w.uint32())
		case destUpper:
			e.settings.UpperThreshold = w.uint32()
		case destLower:
			e.settings.LowerThreshold = w.uint32()
		case destActive:
			e.active = w.uint32()
		case destInactive:
			e.inactive = w.uint32()
		case destPersistent:
			e.persistent = w.uint32()
		case destTunType:
			e.settings.Tunnel.Type = ipvs.TunnelType(w.uint8())
		case destTunPort:
			e.settings.Tunnel.Port = w.port()
		case destTunFlags:
			e.settings.Tunnel.Checksum = ipvs.TunnelChecksum(w.uint16())
		case destStats64:
			e.stats = w.value
		case destStats:
			if e.stats == nil {
				e.stats = w.value
			}
		}
	}
	if w.err != nil {
		return e, w.err
	}
	e.id.Addr, err = unpackAddr(addr, f)
	return e, err
}

// unpackCounters reads statistics of either width.
func unpackCounters(b []byte) (ipvs.Counters, error) {
	var c ipvs.Counters
	w := walk{rest: b}
	for w.next() {
		field := counter(&c, w.kind)
		switch v := w.value; {
		case field == nil:
		// Kernels may count more than we know of.
		case len(v) == 4:
			*field = uint64(binary.NativeEndian.Uint32(v))
		case len(v) == 8:
			*field = binary.NativeEndian.Uint64(v)
		default:
			return c, fmt.Errorf("IPVS counter %d of %d bytes", w.kind, len(v))
		}
	}
	return c, w.err
}

// counter is the field for an attribute of statistics, nil for one we do not know.
func counter(c *ipvs.Counters, attr uint16) *uint64 {
	switch attr {
	case statConnections:
		return &c.Connections
	case statPacketsIn:
		return &c.PacketsIn
	case statPacketsOut:
		return &c.PacketsOut
	case statBytesIn:
		return &c.BytesIn
	case statBytesOut:
		return &c.BytesOut
	case statConnRate:
		return &c.ConnectionRate
	case statPktRateIn:
		return &c.PacketRateIn
	case statPktRateOut:
		return &c.PacketRateOut
	case statByteRateIn:
		return &c.ByteRateIn
	case statByteRateOut:
		return &c.ByteRateOut
	}
	return nil
}
