package state

import (
	"net/netip"
	"time"
)

// Instance is a virtual router.
type Instance struct {
	Name              string      `json:"name" doc:"of the vrrp_instance"`
	State             string      `json:"state" doc:"MASTER, BACKUP, FAULT or INIT; MAINTENANCE while an operator keeps it from being master"`
	Since             time.Time   `json:"since,omitzero" doc:"when it entered the state"`
	Reasons           []string    `json:"reasons" doc:"why it is in that state, as far as is known, one line each"`
	Interface         string      `json:"interface" doc:"of the configuration"`
	VRID              uint8       `json:"vrid" doc:"virtual router identifier"`
	Version           int         `json:"version" doc:"of VRRP: 2 or 3"`
	Family            string      `json:"family" doc:"of its adverts: ipv4 or ipv6"`
	Priority          uint8       `json:"priority" doc:"of the configuration, or what SNMP has set in its place"`
	EffectivePriority uint8       `json:"effective_priority" doc:"with the weights of what it tracks"`
	Preempt           bool        `json:"preempt" doc:"whether it takes over from a master with a lower priority"`
	AdvertInterval    int64       `json:"advert_interval_ms" doc:"between its adverts"`
	MasterDown        int64       `json:"master_down_ms" doc:"without an advert, after which a backup takes over"`
	Source            netip.Addr  `json:"source" doc:"address that its adverts come from, empty without one"`
	Master            netip.Addr  `json:"master" doc:"address of the master last heard, its own when it is master; empty before"`
	MasterPriority    uint8       `json:"master_priority" doc:"of that master"`
	Group             string      `json:"group" doc:"sync group, empty without one"`
	Awaited           int         `json:"awaited" doc:"scripts without a result, for which it waits"`
	Lacks             []string    `json:"lacks" doc:"addresses it has to do without, which makes its priority the lowest"`
	Addresses         []Address   `json:"addresses" doc:"its virtual addresses"`
	OtherMasters      []Rival     `json:"other_masters" doc:"masters heard beside it, or beside its master"`
	Override          *Overriding `json:"override" doc:"what an operator has changed of it, its group or all; null when nothing"`
	Counters          Counters    `json:"counters" doc:"since the start, or since they were cleared"`
	// LastTransition is nil before the first.
	LastTransition *Transition `json:"last_transition" doc:"how it came to its state; null before the first"`
}

// Transition is how an instance came to its state.
type Transition struct {
	At     time.Time `json:"at" doc:"when"`
	From   string    `json:"from" doc:"state before"`
	To     string    `json:"to" doc:"state from then on"`
	Reason string    `json:"reason" doc:"why"`
	Code   string    `json:"code" doc:"the reason as a word that stays, as in events"`
}

// Address is a virtual address of an instance.
type Address struct {
	Address   string `json:"address" doc:"with its prefix length"`
	Interface string `json:"interface" doc:"on which it is or would be"`
	Excluded  bool   `json:"excluded" doc:"not in the adverts"`
	Wanted    bool   `json:"wanted" doc:"whether the instance wants it now"`
	Present   bool   `json:"present" doc:"whether it is on the interface and can be used"`
	Hosts     bool   `json:"hosts_own" doc:"the host had it before: it is left alone"`
}

// Rival is another master of the same virtual router.
type Rival struct {
	Address  netip.Addr `json:"address" doc:"it sends from"`
	Priority uint8      `json:"priority" doc:"of its last advert"`
	Now      bool       `json:"now" doc:"whether it is master too just now"`
	First    time.Time  `json:"first,omitzero" doc:"first advert of the episode"`
	Last     time.Time  `json:"last,omitzero" doc:"last advert of the episode"`
	Episodes uint64     `json:"episodes" doc:"how often there were two masters"`
	Adverts  uint64     `json:"adverts" doc:"heard in them"`
	GaveWay  uint64     `json:"gave_way" doc:"how often this one gave way to it"`
}

// Counters are what is counted of an instance.
type Counters struct {
	Received     uint64 `json:"adverts_received" doc:"adverts that counted"`
	Sent         uint64 `json:"adverts_sent" doc:"adverts sent"`
	BecameMaster uint64 `json:"became_master" doc:"times it became master"`
	Released     uint64 `json:"released_master" doc:"times it was master no longer"`
	ZeroReceived uint64 `json:"priority_zero_received" doc:"adverts of masters that stop"`
	ZeroSent     uint64 `json:"priority_zero_sent" doc:"adverts that say that it stops"`
	Refused      uint64 `json:"refused" doc:"packets that were refused, for whatever reason"`
	Late         uint64 `json:"late_wakeups" doc:"timers that were met late"`
}

// Group is a sync group.
type Group struct {
	Name    string   `json:"name" doc:"of the vrrp_sync_group"`
	State   string   `json:"state" doc:"state of its members; mixed while they differ"`
	Members []string `json:"members" doc:"names of its instances"`
}

// Tracker is an object that instances track.
type Tracker struct {
	Kind   string `json:"kind" doc:"interface, script, file, process or bfd"`
	Name   string `json:"name" doc:"of the object"`
	Status string `json:"status" doc:"up, down, or unknown before the first result; of a file value"`
	Value  int    `json:"value" doc:"number in a file; of the others 1 for up and 0 for down"`
	Detail string `json:"detail" doc:"the command, path or process"`
	Users  []User `json:"used_by" doc:"instances that track it, by themselves or by their group"`
}

// User is an instance that tracks an object.
type User struct {
	Instance string `json:"instance" doc:"name of the instance"`
	Weight   int    `json:"weight" doc:"what it adds to the priority; 0: FAULT when it is down"`
	Reverse  bool   `json:"reverse" doc:"whether up and down are swapped"`
}
