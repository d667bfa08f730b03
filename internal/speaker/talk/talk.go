// Package talk is what the checker role and the program that speaks BGP for it say to each other: lines of JSON over a
// pair of sockets, each with all there is to know, so that a line says the same to whoever heard nothing before.
package talk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// Descriptor is where the program finds its end of the pair.
const Descriptor = 3

// MaxLine is the longest line, in bytes, with its end.
const MaxLine = 1 << 20

// Form is that of orders and words. Raise it when one of them gets a field: a program that outlives an upgrade is one
// of before it, and does not know what is new.
const Form = 1

// maxText is the longest text of a word, in bytes.
const maxText = 300

// Order says what is wanted from now on, all of it.
type Order struct {
	Serial   uint64         `json:"serial"` // one more with each order, from 1
	Setup    Setup          `json:"setup"`
	Prefixes []netip.Prefix `json:"prefixes"` // that are told
	Leaving  bool           `json:"leaving"`  // with the community GRACEFUL_SHUTDOWN
}

// Setup is how sessions are. The first three do not change in the life of the program.
type Setup struct {
	LocalAS     uint32       `json:"local_as"`
	RouterID    netip.Addr   `json:"router_id"`
	Listen      bool         `json:"listen"` // for neighbours that connect by themselves, on port 179
	Communities []uint32     `json:"communities,omitempty"`
	MED         *uint32      `json:"med,omitempty"`
	Prepend     int          `json:"prepend,omitempty"`
	NextHops    []netip.Addr `json:"next_hops,omitempty"` // one of a family at most
	Neighbors   []Neighbor   `json:"neighbors"`
}

// Neighbor is one to speak with. Times are in seconds.
type Neighbor struct {
	Addr         netip.Addr `json:"addr"`
	RemoteAS     uint32     `json:"remote_as"`
	LocalAddress netip.Addr `json:"local_address,omitzero"`
	Port         uint16     `json:"port"`
	Password     string     `json:"password,omitempty"` // of TCP-MD5
	MinTTL       uint8      `json:"min_ttl,omitempty"`  // of its packets; 0 = not looked at
	Multihop     uint8      `json:"multihop,omitempty"` // TTL of packets to it, 0 = as usual
	Hold         uint32     `json:"hold"`
	Keepalive    uint32     `json:"keepalive"`
	ConnectRetry uint32     `json:"connect_retry"`
	Passive      bool       `json:"passive,omitempty"`
	IPv4         bool       `json:"ipv4,omitempty"`
	IPv6         bool       `json:"ipv6,omitempty"`
}

// State is that of a session (RFC 4271 section 8.2.2).
type State string

// The states, from nothing to exchanging routes.
const (
	Idle        State = "idle"
	Connect     State = "connect"
	Active      State = "active"
	OpenSent    State = "opensent"
	OpenConfirm State = "openconfirm"
	Established State = "established"
)

// States are all of them.
func States() []State { return []State{Idle, Connect, Active, OpenSent, OpenConfirm, Established} }

// Session is what can be seen of one.
type Session struct {
	Neighbor netip.Addr `json:"neighbor"`
	State    State      `json:"state"`
	Error    string     `json:"error,omitempty"` // what went wrong last, "" since it was established
}

// Word is what the program says by itself.
type Word struct {
	// Done is the serial of the latest order that was carried out, and Problem why not all of it could be.
	Done    uint64 `json:"done"`
	Problem string `json:"problem,omitempty"`
	// Form is the one that the program speaks, and Version its own.
	Form    int    `json:"form,omitempty"`
	Version string `json:"version,omitempty"`
	// Sessions are all there are.
	Sessions []Session `json:"sessions"`
	// Log is a line for the log, "" for none.
	Log string `json:"log,omitempty"`
}

// Write writes a line.
func Write(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(line) >= MaxLine {
		return fmt.Errorf("a line of %d bytes is too long", len(line))
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// errWord is a word that the program does not say.
var errWord = errors.New("it says what makes no sense")

// Check looks at a word from a process that reads what strangers send, and may be theirs: known are the neighbours that
// it has been told of. Texts are made fit for a log.
func (w *Word) Check(known func(netip.Addr) bool) error {
	seen := map[netip.Addr]bool{}
	for i := range w.Sessions {
		s := &w.Sessions[i]
		if !slices.Contains(States(), s.State) || seen[s.Neighbor] {
			return errWord
		}
		seen[s.Neighbor] = true
		s.Error = plain(s.Error)
	}
	// One that has just gone may be in a word that was on its way.
	w.Sessions = slices.DeleteFunc(w.Sessions, func(s Session) bool { return !known(s.Neighbor) })
	w.Problem, w.Log, w.Version = plain(w.Problem), plain(w.Log), plain(w.Version)
	return nil
}

// plain is text on one line, and not too much of it.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return strings.TrimSpace(text)
}
