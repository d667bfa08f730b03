package lvs

import (
	"strconv"
	"time"

	"holdfast/config"
	"holdfast/internal/override"
	"holdfast/ipvs"
)

// VirtualStatus is what can be seen of one virtual server. It shares nothing that
// changes with the Core.
type VirtualStatus struct {
	ID     ID
	Name   string
	Config config.VirtualServer
	// Quorum is "up", "down", or "unknown" as long as nothing was said about it.
	Quorum  string
	InTable bool
	// Members are its services in the kernel: one, or those of the entries of its group.
	Members   []ipvs.ServiceID
	Asked     uint64 // hash of the table that the configuration asks for; 0 where directors are not compared
	Suspended bool   // ha_suspend: it is not checked
	Live      int64  // effective weight of the servers that are up
	SorryIn   bool
	Pool      string // who serves: "real servers", "backup servers" or "sorry server"
	Backup    int64  // effective weight of the backup servers that are up
	Servers   []ServerStatus
}

// ServerStatus is what can be seen of one real server.
type ServerStatus struct {
	Name     string
	Config   *config.RealServer // not to be changed
	Up       bool
	InTable  bool
	Weight   int32             // effective
	Written  int32             // in the table while it is up: less than Weight during a slow start
	Grown    time.Time         // when a slow start ends, zero without one
	Failed   int               // checkers that say no
	Override override.Override // zero without one
	Checkers []CheckerStatus
}

// CheckerStatus is what can be seen of one checker.
type CheckerStatus struct {
	Config *config.Checker // not to be changed
	Up     bool
	Ran    bool
	Tries  int // failed attempts since the last success
	Weight int64
	// File is the track_file it follows, with the weight that counts; without a name if it follows none.
	File    config.Track
	Running bool
	Next    time.Time
	Started time.Time // of the last attempt; zero before the first
	History History
}

// Dest is where a real server of v is found in a member of it.
func (v *VirtualStatus) Dest(in ipvs.ServiceID, s *config.RealServer) ipvs.DestID {
	return member{id: in, grouped: v.Config.Group != ""}.dest(s)
}

// Services lists the services in the order of the configuration.
func (c *Core) Services() []ID {
	ids := make([]ID, len(c.virtuals))
	for i, v := range c.virtuals {
		ids[i] = v.id
	}
	return ids
}

// Status is what can be seen of one service; false when there is none.
func (c *Core) Status(id ID) (VirtualStatus, bool) {
	v := c.services[id]
	if v == nil {
		return VirtualStatus{}, false
	}
	var m member
	var table ipvs.Service
	if len(v.members) > 0 {
		m = v.members[0]
		table = v.desired(m)
	}
	st := v.status()
	st.Servers = make([]ServerStatus, 0, len(v.servers))
	checkers := 0
	for _, s := range v.servers {
		checkers += len(s.checks)
	}
	// One slice for all: there may be thousands, and each look at them makes them anew.
	all := make([]CheckerStatus, 0, checkers)
	for _, s := range v.servers {
		_, in := table.Dests[m.dest(s.cfg)]
		in = in && (s.serving() || s.inhibited() || s.drained())
		var r ServerStatus
		r, all = c.serverStatus(s, all)
		r.InTable = in
		st.Servers = append(st.Servers, r)
	}
	return st, true
}

// status is what can be seen of a service but for its real servers.
func (v *virtual) status() VirtualStatus {
	st := VirtualStatus{
		ID: v.id, Name: v.name, Config: *v.cfg, Live: v.live(), SorryIn: v.sorryIn(),
		Pool: v.uses().String(), Backup: v.backupLive(), Asked: v.hash(),
		InTable: len(v.members) > 0, Suspended: v.suspended,
		Quorum:  v.quorum.String(),
		Members: make([]ipvs.ServiceID, 0, len(v.members)),
	}
	for _, m := range v.members {
		st.Members = append(st.Members, m.id)
	}
	return st
}

// serverStatus is what can be seen of one real server, but whether it is in the table. Its checkers are put behind
// those that are there.
func (c *Core) serverStatus(s *server, all []CheckerStatus) (ServerStatus, []CheckerStatus) {
	r := ServerStatus{Name: s.name, Config: s.cfg, Up: s.up, Weight: s.effective(),
		Written: s.written(), Grown: s.grown(), Override: s.service.overrides[s]}
	from := len(all)
	for _, k := range s.checks {
		if !k.up {
			r.Failed++
		}
		all = append(all, CheckerStatus{
			Config: k.cfg, Up: k.up, Ran: k.ran, Tries: k.tries, Weight: k.contribution(), File: c.trackOf(k.cfg),
			Running: k.running, Next: k.due.At, Started: k.started, History: k.history,
		})
	}
	if len(all) > from {
		r.Checkers = all[from:len(all):len(all)]
	}
	return r, all
}

// Fitness says of a virtual server why it cannot serve its clients, "" if it can, and why it is not known yet that it
// can: there is no verdict of a checker so far.
func (c *Core) Fitness(id ID) (unfit, unproven string) {
	v := c.services[id]
	switch {
	case v == nil || v.gone:
		return "it is not in the configuration", ""
	case v.suspended:
		return "it is suspended", ""
	case v.quorum == quorumDown:
		return "its quorum is lost", ""
	case v.quorum == quorumUnknown:
		return "", "its quorum is not reached"
	}
	waiting, all := 0, 0
	for _, s := range v.servers {
		for _, k := range s.checks {
			all++
			if !k.ran {
				waiting++
			}
		}
	}
	if waiting > 0 {
		unproven = strconv.Itoa(waiting) + " of " + strconv.Itoa(all) + " checks have no result yet"
	}
	return "", unproven
}
