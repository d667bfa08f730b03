package admin

import (
	"encoding/binary"
	"net/netip"

	"holdfast/ipvs"
)

// sorted is a list as ipvsadm sorts it. It compares by the sign of differences of 32 bits, which overflow, so its order
// is none: what comes out depends on how it is sorted, too. The C library it was built for merges halves.
func sorted(list []ipvs.ListedService) []ipvs.ListedService {
	out := mergeSort(list, compareServices)
	for i := range out {
		out[i].Dests = mergeSort(out[i].Dests, compareDests)
	}
	return out
}

// mergeSort gives a new list. It is stable where the order is one.
func mergeSort[T any](list []T, compare func(a, b *T) int32) []T {
	out := make([]T, 0, len(list))
	if len(list) < 2 {
		return append(out, list...)
	}
	a, b := mergeSort(list[:len(list)/2], compare), mergeSort(list[len(list)/2:], compare)
	for len(a) > 0 && len(b) > 0 {
		if compare(&a[0], &b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

func compareServices(a, b *ipvs.ListedService) int32 {
	for _, d := range [...]int32{
		int32(a.ID.FWMark - b.ID.FWMark),
		int32(a.ID.Family) - int32(b.ID.Family),
		int32(a.ID.Protocol) - int32(b.ID.Protocol),
		compareAddrs(a.ID.Addr, b.ID.Addr),
		int32(a.ID.Port) - int32(b.ID.Port),
	} {
		if d != 0 {
			return d
		}
	}
	return 0
}

func compareDests(a, b *ipvs.ListedDest) int32 {
	if d := compareAddrs(a.ID.Addr, b.ID.Addr); d != 0 {
		return d
	}
	return int32(a.ID.Port) - int32(b.ID.Port)
}

// compareAddrs compares 32 bits at a time; an IPv4 address with as much of an IPv6 one.
func compareAddrs(a, b netip.Addr) int32 {
	x, y := a.AsSlice(), b.AsSlice()
	for len(x) >= 4 && len(y) >= 4 {
		p, q := binary.BigEndian.Uint32(x), binary.BigEndian.Uint32(y)
		if p != q {
			return int32(p - q)
		}
		x, y = x[4:], y[4:]
	}
	return 0
}
