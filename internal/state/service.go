package state

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Service is a virtual server.
type Service struct {
	Name         string `json:"name" doc:"as in the log"`
	Quorum       string `json:"quorum" doc:"up, down, or unknown before anything was said about it"`
	QuorumWanted uint32 `json:"quorum_wanted" doc:"weight that the quorum takes"`
	Hysteresis   uint32 `json:"hysteresis" doc:"so much less loses the quorum, so much more gains it"`
	Weight       int64  `json:"weight" doc:"effective weight of the servers that are up, without backup servers"`
	Servers      int    `json:"servers" doc:"how many it has, backup servers among them"`
	ServersUp    int    `json:"servers_up" doc:"how many of them are up"`
	Overridden   int    `json:"servers_overridden" doc:"how many of them an operator has overridden"`
	Backups      int    `json:"backups" doc:"how many of them are backup servers"`
	BackupsUp    int    `json:"backups_up" doc:"how many backup servers are up"`
	Serving      string `json:"serving" doc:"real servers, backup servers or sorry server"`
	InTable      bool   `json:"in_table" doc:"whether it is in the kernel's table"`
	Suspended    bool   `json:"suspended" doc:"ha_suspend: it is not checked, the address is not here"`
	Scheduler    string `json:"scheduler" doc:"lvs_sched"`
	Method       string `json:"method" doc:"NAT, DR or TUN"`
	Protocol     string `json:"protocol" doc:"tcp, udp or sctp; none for a mark"`
	// A group of thousands of addresses is few entries.
	Group       string  `json:"group" doc:"virtual_server_group, empty without one"`
	Entries     []Entry `json:"entries" doc:"where clients find it: one, or those of its group"`
	Connections *int64  `json:"active_connections" doc:"in the kernel's table; null when it tells none"`
	Packets     *int64  `json:"incoming_packets" doc:"of clients since it is in the kernel's table; null when it tells none"`
	TableHash   string  `json:"table_hash" doc:"equal on directors that send new clients alike; empty without mh and announce"`
	ConfigHash  string  `json:"config_hash" doc:"of the table that the configuration asks for while all servers are up; empty without mh and announce"`
	Announced   []Place `json:"announced" doc:"what it shows to routing daemons of this host, or by BGP, while it can serve"`
}

// Shortfall says what the quorum lacks that is down, and who serves meanwhile; "" if it is not down.
func (s *Service) Shortfall() string {
	if s.Quorum != "down" {
		return ""
	}
	const text = "%s: the quorum is down: weight %d of servers that are up, %d wanted; serving: %s"
	return fmt.Sprintf(text, s.Name, s.Weight, s.QuorumWanted, s.Serving)
}

// Place is what a virtual server shows to routing daemons, or to routers.
type Place struct {
	Prefix    string    `json:"prefix" doc:"address or network"`
	Interface string    `json:"interface" doc:"that has it as an address, empty for a route and by BGP"`
	Table     uint32    `json:"table" doc:"that has the route, 0 for an address and by BGP"`
	BGP       bool      `json:"bgp" doc:"whether routers hear of it by BGP"`
	Shown     bool      `json:"shown" doc:"whether it is to be there"`
	Since     time.Time `json:"since,omitzero" doc:"of shown, or of the opposite; missing when it never was"`
	Reason    string    `json:"reason" doc:"why it is not shown, empty if it is"`
	Problem   string    `json:"problem" doc:"why the kernel is not as wanted, or no router hears of it; empty if all is well"`
}

// String is the place as log lines name it.
func (p Place) String() string {
	switch {
	case p.BGP:
		return p.Prefix + " by BGP"
	case p.Interface != "":
		return p.Prefix + " on " + p.Interface
	}
	return p.Prefix + " in table " + strconv.FormatUint(uint64(p.Table), 10)
}

// Entry is addresses with a port, or a firewall mark.
type Entry struct {
	First netip.Addr `json:"first" doc:"address, the first one of a range; empty for a mark"`
	Last  netip.Addr `json:"last" doc:"of the range; the same for one address"`
	Port  uint16     `json:"port" doc:"0 is every port"`
	Mark  uint32     `json:"fwmark" doc:"firewall mark; 0 for addresses"`
}

// Server is a real server of a virtual server.
type Server struct {
	Service      string      `json:"service" doc:"name of the virtual server"`
	Name         string      `json:"name" doc:"as in the log"`
	Address      netip.Addr  `json:"address" doc:"of the server"`
	Port         uint16      `json:"port" doc:"of the server"`
	Up           bool        `json:"up" doc:"whether all its checkers say yes"`
	InTable      bool        `json:"in_table" doc:"whether it is in the kernel's table"`
	Weight       int         `json:"weight" doc:"of the configuration"`
	Effective    int32       `json:"effective_weight" doc:"with what checkers say"`
	Written      int32       `json:"written_weight" doc:"in the table: less during a slow start"`
	Backup       bool        `json:"backup" doc:"serves while the quorum of the others is lost"`
	Checks       int         `json:"checks" doc:"how many checkers it has"`
	ChecksFailed int         `json:"checks_failed" doc:"how many of them say no"`
	Connections  *int64      `json:"active_connections" doc:"in the kernel's table; null when it tells none"`
	Inactive     *int64      `json:"inactive_connections" doc:"in the kernel's table: those that end, and of UDP; null when it tells none"`
	Override     *Overriding `json:"override" doc:"what an operator has changed; null when nothing"`
	Reason       string      `json:"reason" doc:"of the first checker that says no, empty when none does"`
	Since        time.Time   `json:"since,omitzero" doc:"the first of the failures in a row of that checker"`
}

// Check is a checker of a real server.
type Check struct {
	Service     string    `json:"service" doc:"name of the virtual server"`
	Server      string    `json:"server" doc:"name of the real server"`
	Kind        string    `json:"kind" doc:"keyword of the checker"`
	Target      string    `json:"target" doc:"where it connects, or what it runs or follows"`
	Up          bool      `json:"up" doc:"what it says"`
	Ran         bool      `json:"has_run" doc:"whether it has a result of its own"`
	Enabled     bool      `json:"enabled" doc:"false while the virtual server is suspended"`
	Running     bool      `json:"running" doc:"an attempt is being made"`
	Started     time.Time `json:"last_attempt,omitzero" doc:"when the last attempt was begun"`
	Next        time.Time `json:"next_attempt,omitzero" doc:"when the next one is due"`
	Failures    int       `json:"failures" doc:"in a row; 0 after a success"`
	Since       time.Time `json:"since,omitzero" doc:"the first of them"`
	Failed      time.Time `json:"last_failure,omitzero" doc:"the last of them"`
	Error       string    `json:"error" doc:"why the last attempt failed, empty after a success"`
	Code        string    `json:"error_code" doc:"the same as a word that stays"`
	Undone      int       `json:"not_made" doc:"attempts in a row that this host could not make"`
	UndoneError string    `json:"not_made_error" doc:"why"`
}

// Session is a BFD session.
type Session struct {
	Name        string     `json:"name" doc:"of the bfd_instance"`
	State       string     `json:"state" doc:"AdminDown, Down, Init or Up"`
	Since       time.Time  `json:"since,omitzero" doc:"when it entered the state"`
	RemoteState string     `json:"remote_state" doc:"what the neighbour says"`
	Neighbor    netip.Addr `json:"neighbor" doc:"address of the neighbour"`
	Diagnostic  string     `json:"diagnostic" doc:"why it was last taken down"`
	LastSeen    time.Time  `json:"last_seen,omitzero" doc:"the last packet; missing when none came"`
	Interval    int64      `json:"interval_us" doc:"microseconds between packets sent; 0: none are sent"`
	Detection   int64      `json:"detection_us" doc:"microseconds without a packet until the neighbour is taken for dead"`
	Sent        uint64     `json:"packets_sent" doc:"packets sent"`
	Received    uint64     `json:"packets_received" doc:"packets that counted"`
	Refused     uint64     `json:"packets_refused" doc:"packets refused"`
	SendFails   bool       `json:"send_fails" doc:"whether sending fails just now"`
}

// Neighbor is a router that hears by BGP of what is announced.
type Neighbor struct {
	Address  netip.Addr `json:"address" doc:"of the neighbor"`
	AS       uint32     `json:"as" doc:"its AS"`
	State    string     `json:"state" doc:"idle, connect, active, opensent, openconfirm or established"`
	Since    time.Time  `json:"since,omitzero" doc:"of being established, or of the opposite"`
	Prefixes int        `json:"prefixes" doc:"how many it is told now"`
	Error    string     `json:"error" doc:"what went wrong last, empty since the session was established"`
	Lost     uint64     `json:"lost" doc:"how often the session was lost since the daemon began"`
	BFD      string     `json:"bfd" doc:"the bfd_instance of the way to it, empty without one"`
	BFDUp    bool       `json:"bfd_up" doc:"whether that is up, as far as anybody knows"`
	Program  string     `json:"program" doc:"version of holdfast-bgp that has the session; it may be that of before an upgrade"`
}
