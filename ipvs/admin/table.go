package admin

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"holdfast/ipvs"
)

// A Table is what a list shows.
type Table struct {
	Info     ipvs.Info
	Services []ipvs.ListedService // as the kernel lists them
	// Selected leaves the line with the version out: one service was asked for.
	Selected bool
}

const (
	// nameWidth is how much of a name is shown in columns. Those of IPv6 are wider, to the end of the buffer.
	nameWidth   = 28
	nameLongest = 59
)

// naming makes names of endpoints, unless numbers are wanted.
type naming struct {
	names   Names
	numeric bool
}

// endpoint is an address with a port: 10.0.0.1:80, vip.example.org:http, [fd00::1]:80.
func (n naming) endpoint(a netip.Addr, port uint16, p ipvs.Protocol) string {
	host, service := a.String(), strconv.Itoa(int(port))
	if !n.numeric {
		if name := n.names.Host(a); name != "" {
			host = name
		}
		if name := n.names.Service(port, p); port != 0 && p != 0 && name != "" {
			service = name
		}
	}
	if !a.Is4() {
		host = "[" + host + "]"
	}
	return host + ":" + service
}

// column is the endpoint as it is shown in a list.
func (n naming) column(a netip.Addr, port uint16, p ipvs.Protocol) string {
	name := n.endpoint(a, port, p)
	if a.Is4() {
		return name[:min(len(name), nameWidth)]
	}
	return name[:min(len(name), nameLongest)]
}

// service is a service as it is shown in a list, behind its protocol.
func (n naming) service(id ipvs.ServiceID) string {
	if id.FWMark == 0 {
		return protocolName(id.Protocol) + n.column(id.Addr, id.Port, id.Protocol)
	}
	name := "FWM  " + strconv.FormatUint(uint64(id.FWMark), 10)
	if id.Family == ipvs.IPv6 {
		name += " IPv6"
	}
	return name
}

func protocolName(p ipvs.Protocol) string {
	return fmt.Sprintf("%-5s", strings.ToUpper(p.String()))
}

// Write shows the table.
func (t Table) Write(w io.Writer, v View, names Names) error {
	n := naming{names, v.Numeric}
	var b strings.Builder
	if !t.Selected {
		fmt.Fprintf(&b, "IP Virtual Server version %s (size=%d)\n", t.version(), t.Info.TableSize)
	}
	b.WriteString(v.What.head())
	services := t.Services
	if !v.Unsorted {
		services = sorted(services)
	}
	for _, s := range services {
		b.WriteString(n.serviceLine(s, v) + "\n")
		for _, d := range s.Dests {
			b.WriteString(n.destLine(s.ID, d, v) + "\n")
		}
		// A table may be long: it is written as it is made.
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
		b.Reset()
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Table) version() string {
	v := t.Info.Version
	return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2])
}

// head are the lines over the columns.
func (p Part) head() string {
	const remote = "  -> RemoteAddress:Port"
	switch p {
	case Stats:
		return "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n" + remote + "\n"
	case Rates:
		return "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n" + remote + "\n"
	case Thresholds:
		return "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn \n" + remote + "\n"
	case Persistence:
		return "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn \n" + remote + "\n"
	case Tunnels:
		return "Prot LocalAddress:Port Scheduler Flags\n" + remote +
			"           Forward TunnelInfo    Weight ActiveConn InActConn\n"
	}
	return "Prot LocalAddress:Port Scheduler Flags\n" + remote + "           Forward Weight ActiveConn InActConn\n"
}

func (n naming) serviceLine(s ipvs.ListedService, v View) string {
	name := n.service(s.ID)
	if v.What == Stats || v.What == Rates {
		return fmt.Sprintf("%-33s", name) + numbers(s.Counters, v)
	}
	line := name + " " + s.Settings.Scheduler
	if flags := s.Settings.FlagNames(); flags != "" {
		line += " (" + flags + ")"
	}
	if s.Settings.Flags&ipvs.Persistent != 0 {
		line += " persistent " + strconv.FormatUint(uint64(s.Settings.Seconds()), 10)
		if mask := s.Settings.Mask(s.ID); mask != "" {
			line += " mask " + mask
		}
		if s.Settings.Engine != "" {
			line += " pe " + s.Settings.Engine
		}
	}
	if s.Settings.Flags&ipvs.OnePacket != 0 {
		line += " ops"
	}
	return line
}

func (n naming) destLine(id ipvs.ServiceID, d ipvs.ListedDest, v View) string {
	name := fmt.Sprintf("  -> %-28s", n.column(d.ID.Addr, d.ID.Port, id.Protocol))
	s, o := d.Settings, d.Stats
	now := fmt.Sprintf("%-10d %-10d", o.Active, o.Inactive)
	switch v.What {
	case Stats, Rates:
		return name + numbers(o.Counters, v)
	case Thresholds:
		return name + fmt.Sprintf(" %-10d %-10d ", s.UpperThreshold, s.LowerThreshold) + now
	case Persistence:
		return name + fmt.Sprintf(" %-9d %-11d ", s.Weight, o.Persistent) + now
	case Tunnels:
		return name + fmt.Sprintf(" %-7s %-13s %-6d ", s.Method, tunnelName(s), s.Weight) + now
	}
	return name + fmt.Sprintf(" %-7s %-6d ", s.Method, s.Weight) + now
}

// tunnelName is how packets to a destination are wrapped: ipip, gue:6080:+c, gre:-c, n/a.
func tunnelName(s ipvs.DestSettings) string {
	if s.Method != ipvs.Tunnel {
		return "n/a"
	}
	sum := ":-c"
	switch {
	case s.Tunnel.Checksum&ipvs.Checksum != 0:
		sum = ":+c"
	case s.Tunnel.Checksum&ipvs.RemoteChecksum != 0:
		sum = ":r+c"
	}
	switch s.Tunnel.Type {
	case ipvs.GUE:
		return "gue:" + strconv.Itoa(int(s.Tunnel.Port)) + sum
	case ipvs.GRE:
		return "gre" + sum
	}
	return "ipip"
}

// numbers are the five of a line of statistics or rates.
func numbers(c ipvs.Counters, v View) string {
	list := [...]uint64{c.Connections, c.PacketsIn, c.PacketsOut, c.BytesIn, c.BytesOut}
	if v.What == Rates {
		list = [...]uint64{c.ConnectionRate, c.PacketRateIn, c.PacketRateOut, c.ByteRateIn, c.ByteRateOut}
	}
	var b strings.Builder
	for _, n := range list {
		b.WriteString(number(n, v.Exact))
	}
	return b.String()
}

// number is one of them in its column: of more than eight digits thousands, millions and so on are shown.
func number(n uint64, exact bool) string {
	switch {
	case exact || n < 1e8:
		return fmt.Sprintf(" %8d", n)
	case n < 1e9:
		return fmt.Sprintf("%8dK", n/1e3)
	case n < 1e11:
		return fmt.Sprintf("%8dM", n/1e6)
	case n < 1e14:
		return fmt.Sprintf("%8dG", n/1e9)
	}
	return fmt.Sprintf("%8dT", n/1e12)
}
