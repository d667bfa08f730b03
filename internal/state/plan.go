package state

import "holdfast/config"

// A Prospect is how a reload would end, and the two configurations it is about, which are not to be changed.
type Prospect struct {
	File       string
	Generation uint64    // of the running configuration
	Refused    string    // why it would be refused, "" if it would not
	Fixed      string    // what would count after a restart only
	Findings   []Warning // that the running configuration does not have
	Running    *config.Config
	Next       *config.Config // nil when the file could not be read
}

// What happens to a thing in a reload.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
	Moved   = "moved"
	Restart = "restarted"
)

// Plan is what a reload with a file would do to the daemon as it is: the answer of POST /v1/plan.
type Plan struct {
	File       string           `json:"file" doc:"that was read"`
	Generation uint64           `json:"generation" doc:"number of the running configuration, with which it was compared"`
	Refused    string           `json:"refused" doc:"why a reload would be refused, empty if it would not"`
	Changes    bool             `json:"changes" doc:"whether a reload that is not refused would change anything"`
	Summary    string           `json:"summary" doc:"what changes, in one line, as the log of a reload has it"`
	Gone       []string         `json:"gone" doc:"classes of things that would lose all they have"`
	Fixed      []string         `json:"fixed" doc:"what would have to wait for a restart"`
	Moves      []string         `json:"moves" doc:"what would or could make a virtual address change its director, one line each"`
	Findings   []Warning        `json:"findings" doc:"about the file that the running configuration does not have"`
	Routers    []PlannedRouter  `json:"routers" doc:"virtual routers that are added, removed, changed or restarted"`
	Addresses  []PlannedAddress `json:"addresses" doc:"addresses that are added, removed or moved"`
	Services   []PlannedService `json:"services" doc:"virtual servers that are added, removed or changed"`
	Statements []PlannedObject  `json:"statements" doc:"everything that differs, statement by statement"`
}

// PlannedRouter is what becomes of a virtual router.
type PlannedRouter struct {
	Name   string   `json:"name" doc:"of the vrrp_instance; A -> B when it is called otherwise"`
	Kind   string   `json:"kind" doc:"added, removed, changed, or restarted: it becomes another virtual router"`
	State  string   `json:"state" doc:"it is in now: MASTER, BACKUP, FAULT or INIT; empty for a new one"`
	Effect []string `json:"effects" doc:"what the reload does to it, one line each"`
}

// PlannedAddress is what becomes of a virtual or static address.
type PlannedAddress struct {
	Address   string `json:"address" doc:"with its prefix length"`
	Kind      string `json:"kind" doc:"added, removed, or moved to another interface or instance"`
	Interface string `json:"interface" doc:"on which it would be, or is when it is removed"`
	Instance  string `json:"instance" doc:"whose it would be, or is when it is removed; empty for a static one"`
	From      string `json:"from" doc:"interface and instance of one that is moved, empty for others"`
	Now       bool   `json:"now" doc:"whether that is seen at once: the instance is master, or the address is static"`
}

// PlannedService is what becomes of a virtual server.
type PlannedService struct {
	Name    string          `json:"name" doc:"as in the log"`
	Kind    string          `json:"kind" doc:"added, removed or changed"`
	Servers []PlannedServer `json:"servers" doc:"real servers that are added, removed or changed"`
	Moved   *float64        `json:"moved" doc:"share of new flows that get another server, 0 to 1; null without lb_algo mh"`
}

// PlannedServer is what becomes of a real server.
type PlannedServer struct {
	Name        string `json:"name" doc:"as in the log"`
	Kind        string `json:"kind" doc:"added, removed or changed"`
	Was         int    `json:"old_weight" doc:"of the running configuration; 0 for a new one"`
	Weight      int    `json:"weight" doc:"of the file; 0 for one that is removed"`
	Connections *int64 `json:"active_connections" doc:"in the kernel's table now; null when it tells none"`
}

// PlannedObject is an object of the configuration that differs.
type PlannedObject struct {
	Class  string   `json:"class" doc:"keyword of its block, or of the setting"`
	Name   string   `json:"name" doc:"of the object, empty where there is only one"`
	Kind   string   `json:"kind" doc:"added, removed or changed"`
	Lines  []string `json:"lines" doc:"statements that differ, without passwords"`
	Effect string   `json:"effect" doc:"what a reload does about it, empty when nothing"`
}
