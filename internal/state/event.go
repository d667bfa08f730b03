package state

import "time"

// What an event is about.
const (
	AboutInstance = "instance" // a vrrp_instance changed its state
	AboutGroup    = "group"    // a vrrp_sync_group did
	AboutRival    = "rival"    // there is a second master of an instance, or no more; the name is that of the instance
	AboutAddress  = "address"  // a virtual address was refused or repaired
	AboutAdvert   = "advert"   // one for an instance was refused; told with enable_traps, and not of each
	AboutTracker  = "tracker"  // a tracked object went up or down
	AboutService  = "service"  // the quorum of a virtual server was gained or lost, or its table repaired
	AboutServer   = "server"   // a real server went up or down
	AboutCheck    = "check"    // a checker of one
	AboutSession  = "session"  // a BFD session went up or down
	AboutNeighbor = "neighbor" // a BGP session was established or lost
	AboutReload   = "reload"   // a reload was done or refused
	AboutDaemon   = "daemon"   // the daemon or one of its processes began or ended, or events were lost
	AboutOverride = "override" // somebody changed by hand what the configuration says
)

// Abouts are the kinds of things that events are about.
func Abouts() []string {
	return []string{AboutInstance, AboutGroup, AboutRival, AboutAddress, AboutAdvert, AboutTracker, AboutService,
		AboutServer, AboutCheck, AboutSession, AboutNeighbor, AboutReload, AboutDaemon, AboutOverride}
}

// Event is something that happened at one moment. Whoever records one fills in all but Serial, Role and PID.
type Event struct {
	Serial uint64    `json:"serial" doc:"number of the event, counted from 1 since the daemon was started"`
	At     time.Time `json:"at" doc:"when it happened"`
	Role   string    `json:"role" doc:"who says it: vrrp, checker, bfd, or daemon"`
	PID    int       `json:"pid" doc:"process that says it"`
	About  string    `json:"about" doc:"instance, group, rival, address, advert, tracker, service, server, check, session, neighbor, reload, daemon or override"`
	Name   string    `json:"name" doc:"of what it is about, as in the lists; empty where there is only one"`
	Of     string    `json:"of" doc:"virtual server of a server, instance of an address, sender of an advert; of others empty"`
	From   string    `json:"from" doc:"state before; empty where there was none"`
	To     string    `json:"to" doc:"state from then on"`
	Reason string    `json:"reason" doc:"why, as far as is known"`
	// Code tells reasons apart whose words differ.
	Code   string `json:"code" doc:"the reason as a word that stays, empty where there is none"`
	Text   string `json:"text" doc:"all of it in one line"`
	Missed uint64 `json:"missed" doc:"how many events before this one were lost; 0 but for the event that says so"`
	// Up is how many real servers of the virtual server are up then, which SNMP tells.
	Up uint32 `json:"-"`
}

// Followed is the first line for whoever follows events. Every other line is an Event or a Heartbeat.
type Followed struct {
	PID   int       `json:"pid" doc:"process of the supervisor; of another one serials begin anew"`
	At    time.Time `json:"at" doc:"when it was asked"`
	First uint64    `json:"first" doc:"serial of the oldest event that is kept"`
	Last  uint64    `json:"last" doc:"serial of the latest event, 0 before the first"`
}

// Heartbeat is a line for whoever follows events while there is none.
type Heartbeat struct {
	At   time.Time `json:"heartbeat" doc:"when it was sent"`
	Last uint64    `json:"last" doc:"serial of the latest event"`
}

// Events is the answer of /v1/events.
type Events struct {
	Head
	First  uint64  `json:"first" doc:"serial of the oldest event that is kept"`
	Last   uint64  `json:"last" doc:"serial of the latest event, 0 before the first"`
	Events []Event `json:"events" doc:"events, the oldest first"`
}
