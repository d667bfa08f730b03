package ipvs

import (
	"net/netip"
	"strconv"
	"strings"
)

// Format prints a table as `ipvsadm -Sn` does, which `ipvsadm -R` takes back: each
// service followed by its destinations, sorted. Like ipvsadm it leaves out
// connection thresholds.
func Format(t Table) string {
	var b strings.Builder
	t = canonical(t)
	for _, id := range sortedServices(t) {
		s := t[id]
		b.WriteString("-A " + serviceArgs(id) + s.Settings.Args(id) + "\n")
		for _, d := range sortedDests(nil, s.Dests) {
			b.WriteString("-a " + serviceArgs(id) + " -r " + d.String() + s.Dests[d].Args() + "\n")
		}
	}
	return b.String()
}

// String is the command as arguments of ipvsadm, with thresholds where they are
// set: -a -t 192.168.1.150:80 -r 192.168.1.171:80 -g -w 1.
func (c Command) String() string {
	id := c.Service.Canonical()
	service := serviceArgs(id)
	switch c.Op {
	case AddService:
		return "-A " + service + c.Settings.Args(id)
	case EditService:
		return "-E " + service + c.Settings.Args(id)
	case DeleteService:
		return "-D " + service
	case AddDest:
		return "-a " + service + " -r " + c.Dest.String() + c.DestSettings.Args() + c.DestSettings.ThresholdArgs()
	case EditDest:
		return "-e " + service + " -r " + c.Dest.String() + c.DestSettings.Args() + c.DestSettings.ThresholdArgs()
	case DeleteDest:
		return "-d " + service + " -r " + c.Dest.String()
	}
	return "op " + strconv.Itoa(int(c.Op)) + " " + service
}

func serviceArgs(id ServiceID) string {
	if id.FWMark != 0 {
		args := "-f " + strconv.FormatUint(uint64(id.FWMark), 10)
		if id.Family == IPv6 {
			args += " -6"
		}
		return args
	}
	at := netip.AddrPortFrom(id.Addr, id.Port).String()
	switch id.Protocol {
	case TCP:
		return "-t " + at
	case UDP:
		return "-u " + at
	case SCTP:
		return "--sctp-service " + at
	}
	return "--protocol-" + id.Protocol.String() + " " + at // ipvsadm has no word for it
}

// Args are the settings of a service as arguments of ipvsadm behind its address, with a space before each:
// " -s sh -p 360 -M 255.255.255.0 -b sh-port".
func (s ServiceSettings) Args(id ServiceID) string {
	args := " -s " + s.Scheduler
	if s.Flags&Persistent != 0 {
		args += " -p " + strconv.FormatUint(uint64(s.Seconds()), 10)
		if mask := s.Mask(id); mask != "" {
			args += " -M " + mask
		}
	}
	if s.Engine != "" {
		args += " --pe " + s.Engine
	}
	if s.Flags&OnePacket != 0 {
		args += " -o"
	}
	if flags := s.FlagNames(); flags != "" {
		args += " -b " + flags
	}
	return args
}

// Mask is the persistence mask as ipvsadm writes it, 255.255.255.0 or the length of a prefix of IPv6; "" if it is the
// default, the whole address.
func (s ServiceSettings) Mask(id ServiceID) string {
	bits := int(s.Prefix(id))
	switch {
	case id.Family == IPv6 && bits != 128:
		return strconv.Itoa(bits)
	case id.Family == IPv4 && bits == NotPrefix:
		return netip.AddrFrom4(s.OddMask).String()
	case id.Family == IPv4 && bits < 32:
		mask := ^uint32(0) << (32 - bits)
		return netip.AddrFrom4([4]byte{byte(mask >> 24), byte(mask >> 16), byte(mask >> 8), byte(mask)}).String()
	}
	return ""
}

// FlagNames are the scheduler's flags as ipvsadm names them, sh-fallback,sh-port; "" if there are none.
func (s ServiceSettings) FlagNames() string {
	names := [3]string{"flag-1", "flag-2", "flag-3"}
	if s.Scheduler == "sh" || s.Scheduler == "mh" {
		names[0], names[1] = s.Scheduler+"-fallback", s.Scheduler+"-port"
	}
	var set []string
	for i, f := range [3]Flags{Sched1, Sched2, Sched3} {
		if s.Flags&f != 0 {
			set = append(set, names[i])
		}
	}
	return strings.Join(set, ",")
}

// Args are the settings of a destination as arguments of ipvsadm behind its address, with a space before each, and
// without thresholds, which ipvsadm -S does not write: " -i -w 1 --tun-type ipip".
func (d DestSettings) Args() string {
	weight := " -w " + strconv.Itoa(int(d.Weight))
	switch d.Method {
	case Masq:
		return " -m" + weight
	case Tunnel:
		return " -i" + weight + d.Tunnel.args()
	}
	return " -g" + weight // ipvsadm prints Local so, too
}

// args is the encapsulation as arguments of ipvsadm: --tun-type gue --tun-port 6080 --tun-csum.
func (e Encapsulation) args() string {
	switch e.Type {
	case GUE:
		return " --tun-type gue --tun-port " + strconv.Itoa(int(e.Port)) + e.Checksum.arg()
	case GRE:
		return " --tun-type gre" + e.Checksum.arg()
	}
	return " --tun-type ipip"
}

func (c TunnelChecksum) arg() string {
	switch {
	case c&Checksum != 0:
		return " --tun-csum"
	case c&RemoteChecksum != 0:
		return " --tun-remcsum"
	}
	return " --tun-nocsum"
}

// ThresholdArgs are the thresholds that are set as arguments of ipvsadm: " -x 100 -y 80".
func (d DestSettings) ThresholdArgs() string {
	args := ""
	if d.UpperThreshold != 0 {
		args += " -x " + strconv.FormatUint(uint64(d.UpperThreshold), 10)
	}
	if d.LowerThreshold != 0 {
		args += " -y " + strconv.FormatUint(uint64(d.LowerThreshold), 10)
	}
	return args
}
