package realserver

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// parseSockets reads /proc/net/tcp, udp, tcp6 or udp6: the sockets that anybody may send to.
func parseSockets(text string, udp bool) ([]Listener, error) {
	const listening, unconnected = "0A", "07"
	var all []Listener
	for i, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if i == 0 || len(f) == 0 {
			continue
		}
		if len(f) < 4 {
			return nil, fmt.Errorf("line %d has %d words", i+1, len(f))
		}
		if f[3] != map[bool]string{false: listening, true: unconnected}[udp] {
			continue
		}
		at, err := parseKernelEndpoint(f[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		all = append(all, Listener{at, udp})
	}
	return all, nil
}

// parseKernelEndpoint reads 0100007F:1F90, an address in words of the machine's byte order and a port.
func parseKernelEndpoint(text string) (netip.AddrPort, error) {
	addr, port, _ := strings.Cut(text, ":")
	b, err := hex.DecodeString(addr)
	p, perr := strconv.ParseUint(port, 16, 16)
	if err != nil || perr != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, fmt.Errorf("endpoint %q", text)
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	a, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(a, uint16(p)), nil
}
