// Package sessions is what can be seen of the bfd role from outside: one moment of it as plain values, and
// the file that people read about it.
package sessions

import (
	"fmt"
	"time"

	"holdfast/config"
	"holdfast/internal/bfd"
	"holdfast/internal/report"
)

// Snapshot is one moment of the role. It shares the configuration with the role, which does not change it, and
// nothing else.
type Snapshot struct {
	At       time.Time
	Global   config.Global
	Sessions []Session // in the order of the configuration
	Refused  map[bfd.Reason]uint64
}

// Session is one session with how it fares at sending.
type Session struct {
	bfd.Status
	SendFails bool
}

// Data is the snapshot in the layout of keepalived_bfd.data (cli 6). ids tells the numbers of users.
func Data(s *Snapshot, ids report.IDs) []byte {
	d := dataWriter{report.NewPage(ids)}
	d.Global(s.Global)
	d.Section("BFD Data")
	// From the first reason to the last. A map has no order, and the lines shall keep theirs.
	for r := bfd.TooShort; r <= bfd.TTLTooLow; r++ {
		if n := s.Refused[r]; n > 0 {
			d.Line(1, "Packets refused, "+r.String(), n)
		}
	}
	d.Section("BFD Topology")
	for i := range s.Sessions {
		d.configuration(s.Sessions[i].Config)
		d.state(&s.Sessions[i])
	}
	return d.Bytes()
}

type dataWriter struct{ *report.Page }

func (d dataWriter) configuration(b *config.BFD) {
	d.Line(1, "BFD Instance", b.Name)
	d.Line(3, "Neighbor IP", b.Neighbor)
	if b.Source.IsValid() {
		d.Line(3, "Source IP", b.Source)
	}
	d.micros("Required min RX interval", b.MinRX)
	d.micros("Desired min TX interval", b.MinTX)
	d.micros("Desired idle TX interval", b.IdleTX)
	d.Line(3, "Detection multiplier", b.Multiplier)
	d.Line(3, report.Word(b.Neighbor.Is6(), "Hoplimit", "TTL"), b.TTL)
	d.Line(3, "max_hops", b.MaxHops)
	if b.Multihop {
		d.Line(3, "multihop", true)
	}
	d.Line(3, "passive", b.Passive)
	d.Line(3, "send event to VRRP process", report.Word(b.VRRP, "Yes", "No"))
	d.Line(3, "send event to checker process", report.Word(b.Checker, "Yes", "No"))
}

func (d dataWriter) micros(key string, v time.Duration) {
	d.Line(3, key, fmt.Sprintf("%d us", v.Microseconds()))
}

func (d dataWriter) state(s *Session) {
	d.Line(3, "send error", s.SendFails)
	d.Line(3, "local state", s.State)
	d.Line(3, "remote state", s.Remote)
	d.Line(3, "local discriminator", fmt.Sprintf("0x%x", s.Mine))
	d.Line(3, "remote discriminator", fmt.Sprintf("0x%x", s.Yours))
	d.Line(3, "local diag", s.Diag)
	d.Line(3, "remote diag", s.RemoteDiag)
	d.micros("remote min tx intv", s.RemoteMinTX)
	d.micros("remote min rx intv", s.RemoteMinRX)
	d.Line(3, "local demand", 0) // there is none
	d.Line(3, "remote demand", report.Word(s.RemoteDemand, "1", "0"))
	d.Line(3, "remote detect multiplier", s.RemoteMultiplier)
	d.Text(3, "%spoll, !final", report.Word(s.Polling, "", "!"))
	d.micros("local tx intv", s.Interval)
	d.micros("remote tx intv", s.RemoteInterval)
	d.micros("local detection time", s.Detection)
	d.micros("remote detection time", s.RemoteDetection)
	// keepalived spells the key in two ways, and so the two branches do.
	if s.LastSeen.IsZero() {
		d.Line(3, "last_seen", "[never]")
	} else {
		t := s.LastSeen
		d.Line(3, "last seen", fmt.Sprintf("%d.%06d (%s.%06d)",
			t.Unix(), t.Nanosecond()/1000, t.Format("Mon Jan _2 15:04:05 2006"), t.Nanosecond()/1000))
	}
	d.Line(3, "packets sent", s.Sent)
	d.Line(3, "packets received", s.Received)
	d.Line(3, "packets refused", s.Refused)
	d.Line(3, "up", fmt.Sprintf("%d times", s.Up))
	d.Line(3, "down", fmt.Sprintf("%d times", s.Down))
}
