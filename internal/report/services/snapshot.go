// Package services is what can be seen of the checker role from outside: one moment of it as
// plain values, and the file that people and programs read about it.
package services

import (
	"time"

	"holdfast/config"
	"holdfast/healthcheck/announce"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/speaker"
)

// Snapshot is one moment of the role; it shares nothing that changes with it.
type Snapshot struct {
	At        time.Time
	Global    config.Global
	SSL       SSL
	Groups    []config.ServerGroup
	Marks     Marks
	Unwritten string              // why it is not written down what is ours in the kernel, "" if it is
	Files     []File              // that checkers follow
	Services  []lvs.VirtualStatus // order of the configuration
	// Tallies count the real servers of the services where those have only the ones of which there is something to say
	// (lvs.Core.Brief); nil where they have all.
	Tallies []lvs.Tally
	// Slots are the fingerprints of the tables in the kernel of services with the scheduler mh, as far as they
	// are known.
	Slots map[lvs.ID]string
	// Digests are those of the tables of services that directors have alike (lvs.Agreed), as far as they are known.
	Digests map[lvs.ID]uint64
	// Repaired is how often each service was put right in the kernel after somebody else had changed it.
	Repaired map[lvs.ID]int
	// Announced is what each service that has places shows of them.
	Announced map[lvs.ID][]Announced
	Neighbors []speaker.Session // that hear of them by BGP
}

// Announced is a place that a service shows to routing daemons, or by BGP, while it can serve.
type Announced struct {
	announce.Status
	Problem string // why the kernel is not as wanted, or no router hears of it; "" if all is well
}

// SSL is the SSL block without what is secret.
type SSL struct {
	Password             bool // there is one
	CA, Certificate, Key string
	Unverified           bool
}

// SSLOf is what may be seen of an SSL block.
func SSLOf(s config.SSL) SSL {
	return SSL{Password: s.Password != "", CA: s.CA, Certificate: s.Certificate, Key: s.Key, Unverified: s.Unverified}
}

// File is a track_file with the number in it.
type File struct {
	Config config.TrackFile
	Value  int
}

// Marks is what marks packets for services by mark (nftables_ipvs).
type Marks struct {
	On       bool
	Table    string
	Ranges   int    // of addresses
	Restored uint64 // how often somebody else had removed or changed it
	Problem  string // "" if the kernel is as wanted
	Of       map[lvs.MarkedGroup]uint32
}
