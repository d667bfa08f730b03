package vrrp

import (
	"fmt"
	"net/netip"
	"time"

	"holdfast/config"
)

// An Output is what one call of the Core asks for, a plane for each kind of work. The engine does the
// planes one after the other in the order of the fields, and what is in a plane in its order. For each
// instance that gives advert, addresses, announcement, notification (semantics 1.22); with many instances
// the advert of the last one does not wait for the addresses of the others.
//
// The slices are valid until the next call of the Core. Payloads in them never change.
type Output struct {
	// Send goes out before anything that may take time.
	Send []Transmit
	// Addresses are set and given up together: of several wishes of one instance the last counts.
	Addresses []VIPs
	// Announce comes after the addresses: it asks for nothing of an instance that does not want them any more.
	Announce []Announce
	// Log is before the notifications: a script finds its reason in the log.
	Log []Log
	// Notify is last: scripts and mails are slow.
	Notify []Notify
	// Changes are what all that comes from, for those who only watch.
	Changes []Change
}

// reset makes room for the output of the next call.
func (o *Output) reset() {
	o.Send, o.Addresses, o.Announce = o.Send[:0], o.Addresses[:0], o.Announce[:0]
	clear(o.Log) // what an instance that is gone has said need not be kept
	clear(o.Notify)
	clear(o.Changes)
	o.Log, o.Notify, o.Changes = o.Log[:0], o.Notify[:0], o.Changes[:0]
}

// Transmit sends Payload as one IP datagram, protocol 112 (51 with an authentication header), TOS 0xc0.
type Transmit struct {
	Router    ID
	Interface string // that adverts of the router are received on
	Src, Dst  netip.Addr
	TTL       uint8
	Payload   []byte
	// AH says that the payload begins with an authentication header. It is right for this TTL and ID only (wire.Header4).
	AH bool
	ID uint16 // identification of the IPv4 header; 0 leaves it to the kernel
}

// VIPs says whether an instance's addresses (virtual_ipaddress and
// _excluded) are wanted on this host. It is repeated after a Configure that
// changed the addresses of a master.
type VIPs struct {
	Router ID
	On     bool
	// Try asks for the addresses before the instance becomes master, because one was refused before.
	// The answer is due with Core.Tried as soon as the output is done.
	Try bool
}

// Announce asks for gratuitous ARPs and neighbour advertisements: Repeat times
// addresses of the instance (repeat outermost, address inner; semantics 3.9). It
// implies that announcements still queued for the instance stay queued.
type Announce struct {
	Router ID
	Repeat int
	Which  Announced
	Source netip.Addr // of AnnounceSource
	// Lines is how many lines of Output.Log stand before those that tell of this announcement (with -D).
	Lines int
}

// Announced says which addresses of an instance an Announce is about.
type Announced uint8

// AnnounceAll is every address, AnnounceAdded those that the preceding VIPs
// really added. AnnounceVMACs is the first address of each virtual MAC interface that
// is not the instance's own, AnnounceExtra that of every interface that is not
// (semantics 3.10). AnnounceSource is the address that an instance sends from, on its
// own interface (semantics 1.25).
const (
	AnnounceAll Announced = iota
	AnnounceAdded
	AnnounceVMACs
	AnnounceExtra
	AnnounceSource
)

// NotifyState is the state a notification tells: the States, and those that exist
// for notification only.
type NotifyState string

// The words of notifications (cli 9.1, 9.5).
const (
	NotifyMaster           NotifyState = "MASTER"
	NotifyBackup           NotifyState = "BACKUP"
	NotifyFault            NotifyState = "FAULT"
	NotifyStop             NotifyState = "STOP"
	NotifyDeleted          NotifyState = "DELETED"
	NotifyMasterRxLowerPri NotifyState = "MASTER_RX_LOWER_PRI"
	NotifyMasterPriority   NotifyState = "MASTER_PRIORITY"
	NotifyBackupPriority   NotifyState = "BACKUP_PRIORITY"
	NotifyTwoMasters       NotifyState = "TWO_MASTERS"
	NotifyTwoMastersOver   NotifyState = "TWO_MASTERS_OVER"
	NotifyGaveWay          NotifyState = "GAVE_WAY"
)

// Notify tells the world: scripts, FIFOs, mail. Config is the notify part of the
// instance or group, also of one that a reload has just removed; nil tells only the pipes.
type Notify struct {
	Router   ID      // 0 for a group
	Group    GroupID // 0 for an instance
	Name     string  // as scripts are told
	State    NotifyState
	Priority int // effective priority; 0 for a group
	Config   *config.Notify
	// Repeated tells a state again that was told before: for the pipes only.
	Repeated bool
	// Peer is the other master of NotifyTwoMasters, NotifyTwoMastersOver and NotifyGaveWay, and Lasted how long it
	// was one, or may have been one.
	Peer         netip.Addr
	PeerPriority int
	Lasted       time.Duration
}

// Level of a log line.
type Level uint8

// Levels as syslog has them.
const (
	Debug Level = iota
	Info
	Warning
	Error
)

// Log is one line, instance first: "(VI_1) Entering MASTER STATE".
type Log struct {
	Level    Level
	Instance string // its name, for the field; Text already carries it
	Text     string
}

// log appends a line; the name of m, if there is one, is put before it.
func (c *Core) log(level Level, m *machine, format string, args ...any) {
	l := Log{Level: level, Text: fmt.Sprintf(format, args...)}
	if m != nil {
		l.Instance = m.cfg.Name
		l.Text = "(" + m.cfg.Name + ") " + l.Text
	}
	c.out.Log = append(c.out.Log, l)
}

// logOf appends a line of those in which keepalived has a colon after the name.
func (c *Core) logOf(level Level, m *machine, text string) {
	c.out.Log = append(c.out.Log, Log{Level: level, Instance: m.cfg.Name, Text: "(" + m.cfg.Name + "): " + text})
}

// Detail says whether what is logged with -D only is to be, until the next Configure.
func (c *Core) Detail(on bool) { c.setup.Detail = on }

// detail appends a line that is logged with -D only.
func (c *Core) detail(m *machine, format string, args ...any) {
	if c.setup.Detail {
		c.log(Info, m, format, args...)
	}
}

func (c *Core) notify(m *machine, s NotifyState) {
	c.out.Notify = append(c.out.Notify,
		Notify{Router: m.id, Name: m.cfg.Name, State: s, Priority: int(m.prio), Config: &m.cfg.Notify})
}

func (c *Core) notifyGroup(g *group, s NotifyState) {
	if g.named() {
		c.out.Notify = append(c.out.Notify, Notify{Group: g.id, Name: g.cfg.Name, State: s, Config: &g.cfg.Notify})
	}
}
