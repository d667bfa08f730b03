package config

import (
	"time"

	"holdfast/config/syntax"
)

// GARPGroup limits the rate of gratuitous ARP and of unsolicited neighbour
// advertisements over several interfaces together.
type GARPGroup struct {
	ARPInterval time.Duration
	NAInterval  time.Duration
	Interfaces  []string
	Pos         syntax.Pos
}

// Linkbeat says whose link state is asked for in turns.
type Linkbeat struct {
	All        bool // linkbeat_use_polling: of every interface
	Interfaces []LinkbeatInterface
}

// LinkbeatInterface is one line of linkbeat_interfaces.
type LinkbeatInterface struct {
	Name   string
	Method LinkbeatMethod
	Pos    syntax.Pos
}

// LinkbeatMethod is how the state of a link is asked for.
type LinkbeatMethod uint8

// LinkbeatAny is the first method that answers.
const (
	LinkbeatAny LinkbeatMethod = iota
	LinkbeatMII
	LinkbeatEthtool
	LinkbeatIOCTL
)

// LinkDelay is how long a change of an interface's link is not believed, to 255 s.
type LinkDelay struct {
	Interface string
	Down, Up  time.Duration
	Pos       syntax.Pos
}
