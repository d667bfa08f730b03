package admin

import (
	"encoding/json"
	"io"
	"net/netip"
	"strings"
	"time"

	"holdfast/ipvs"
)

// The JSON of a list has everything that is known, whatever part was asked for. Times are whole seconds.
type (
	jsonTable struct {
		Version  string        `json:"version,omitempty"`
		Size     uint32        `json:"connection_table_size,omitempty"`
		Services []jsonService `json:"services"`
	}
	jsonService struct {
		Protocol    string       `json:"protocol,omitempty"`
		Address     *netip.Addr  `json:"address,omitempty"`
		Port        *uint16      `json:"port,omitempty"`
		Mark        uint32       `json:"fwmark,omitempty"`
		Family      string       `json:"family"`
		Scheduler   string       `json:"scheduler"`
		Flags       []string     `json:"scheduler_flags,omitempty"`
		Persistence *jsonSticky  `json:"persistence,omitempty"`
		OnePacket   bool         `json:"one_packet,omitempty"`
		Counters    jsonCounters `json:"counters"`
		Rates       jsonCounters `json:"rates"`
		Dests       []jsonDest   `json:"destinations"`
	}
	jsonSticky struct {
		Timeout uint32 `json:"timeout"`
		Mask    string `json:"mask,omitempty"`
		Engine  string `json:"engine,omitempty"`
	}
	jsonCounters struct {
		Connections uint64 `json:"connections"`
		PacketsIn   uint64 `json:"packets_in"`
		PacketsOut  uint64 `json:"packets_out"`
		BytesIn     uint64 `json:"bytes_in"`
		BytesOut    uint64 `json:"bytes_out"`
	}
	jsonDest struct {
		Address    netip.Addr   `json:"address"`
		Port       uint16       `json:"port"`
		Method     string       `json:"method"`
		Tunnel     *jsonTunnel  `json:"tunnel,omitempty"`
		Weight     int32        `json:"weight"`
		Upper      uint32       `json:"upper_threshold"`
		Lower      uint32       `json:"lower_threshold"`
		Active     uint32       `json:"active"`
		Inactive   uint32       `json:"inactive"`
		Persistent uint32       `json:"persistent"`
		Counters   jsonCounters `json:"counters"`
		Rates      jsonCounters `json:"rates"`
	}
	jsonTunnel struct {
		Type     string `json:"type"`
		Port     uint16 `json:"port,omitempty"`
		Checksum string `json:"checksum,omitempty"`
	}
	jsonConnection struct {
		Protocol   string         `json:"protocol"`
		Expires    int64          `json:"expires"`
		State      string         `json:"state"`
		Source     netip.AddrPort `json:"source"`
		Virtual    netip.AddrPort `json:"virtual"`
		Dest       netip.AddrPort `json:"destination"`
		Engine     string         `json:"engine,omitempty"`
		EngineData string         `json:"engine_data,omitempty"`
	}
	jsonDaemon struct {
		State     string      `json:"state"`
		Interface string      `json:"interface"`
		ID        uint8       `json:"syncid"`
		MaxLen    uint16      `json:"sync_maxlen,omitempty"`
		Group     *netip.Addr `json:"group,omitempty"`
		Port      uint16      `json:"port,omitempty"`
		TTL       uint8       `json:"ttl,omitempty"`
	}
	jsonTimeouts struct {
		TCP    int64 `json:"tcp"`
		TCPFin int64 `json:"tcp_fin"`
		UDP    int64 `json:"udp"`
	}
)

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// WriteJSON writes the table as JSON.
func (t Table) WriteJSON(w io.Writer, v View) error {
	out := jsonTable{Services: []jsonService{}}
	if !t.Selected {
		out.Version, out.Size = t.version(), t.Info.TableSize
	}
	services := t.Services
	if !v.Unsorted {
		services = sorted(services)
	}
	for _, s := range services {
		out.Services = append(out.Services, serviceJSON(s))
	}
	return writeJSON(w, out)
}

func serviceJSON(s ipvs.ListedService) jsonService {
	j := jsonService{
		Mark: s.ID.FWMark, Family: "ipv4", Scheduler: s.Settings.Scheduler,
		OnePacket: s.Settings.Flags&ipvs.OnePacket != 0, Dests: []jsonDest{},
	}
	j.Counters, j.Rates = countersJSON(s.Counters)
	if s.ID.Family == ipvs.IPv6 {
		j.Family = "ipv6"
	}
	if s.ID.FWMark == 0 {
		j.Protocol, j.Address, j.Port = s.ID.Protocol.String(), &s.ID.Addr, &s.ID.Port
	}
	if flags := s.Settings.FlagNames(); flags != "" {
		j.Flags = strings.Split(flags, ",")
	}
	if s.Settings.Flags&ipvs.Persistent != 0 {
		j.Persistence = &jsonSticky{s.Settings.Seconds(), s.Settings.Mask(s.ID), s.Settings.Engine}
	}
	for _, d := range s.Dests {
		j.Dests = append(j.Dests, destJSON(d))
	}
	return j
}

func destJSON(d ipvs.ListedDest) jsonDest {
	j := jsonDest{
		Address: d.ID.Addr, Port: d.ID.Port, Method: strings.ToLower(d.Settings.Method.String()),
		Weight: d.Settings.Weight, Upper: d.Settings.UpperThreshold, Lower: d.Settings.LowerThreshold,
		Active: d.Stats.Active, Inactive: d.Stats.Inactive, Persistent: d.Stats.Persistent,
	}
	j.Counters, j.Rates = countersJSON(d.Stats.Counters)
	if d.Settings.Method == ipvs.Tunnel {
		e := d.Settings.Tunnel
		j.Tunnel = &jsonTunnel{Type: "ipip", Port: e.Port}
		if e.Type != ipvs.IPIP {
			j.Tunnel.Type = map[ipvs.TunnelType]string{ipvs.GUE: "gue", ipvs.GRE: "gre"}[e.Type]
			j.Tunnel.Checksum = map[ipvs.TunnelChecksum]string{
				ipvs.NoChecksum: "none", ipvs.Checksum: "full", ipvs.RemoteChecksum: "remote"}[e.Checksum]
		}
	}
	return j
}

func countersJSON(c ipvs.Counters) (counters, rates jsonCounters) {
	return jsonCounters{c.Connections, c.PacketsIn, c.PacketsOut, c.BytesIn, c.BytesOut},
		jsonCounters{c.ConnectionRate, c.PacketRateIn, c.PacketRateOut, c.ByteRateIn, c.ByteRateOut}
}

func connectionsJSON(list []Connection) []jsonConnection {
	out := []jsonConnection{}
	for _, c := range list {
		out = append(out, jsonConnection{c.Protocol, c.Expires, c.State, c.Client, c.Virtual, c.Real, c.Engine, c.EngineData})
	}
	return out
}

func timeoutsJSON(t ipvs.Timeouts) jsonTimeouts {
	return jsonTimeouts{int64(t.TCP / time.Second), int64(t.TCPFin / time.Second), int64(t.UDP / time.Second)}
}

func daemonsJSON(all ipvs.Daemons) []jsonDaemon {
	out := []jsonDaemon{}
	for _, s := range []ipvs.DaemonState{ipvs.MasterDaemon, ipvs.BackupDaemon} {
		d, on := all[s]
		if !on {
			continue
		}
		j := jsonDaemon{s.String(), d.Interface, d.ID, d.MaxLen, nil, d.Port, d.TTL}
		if d.Group.IsValid() {
			j.Group = &d.Group
		}
		out = append(out, j)
	}
	return out
}
