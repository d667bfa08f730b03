package language

import (
	"strings"
	"testing"

	"holdfast/config"
)

// A bfd_instance that cannot be made is known by its name to all who follow it, and only by that; a name that no
// bfd_instance has is as if it were not there.
func TestSessionsThatCannotBeMade(t *testing.T) {
	follow := instance("track_bfd {\nb\n}") + service("", "alpha\nBFD_CHECK {\nname b\n}\n")
	other := "bfd_instance other {\nneighbor_ip 10.0.0.77\n}\n"
	for text, want := range map[string]struct{ made, followed bool }{
		"bfd_instance b {\nneighbor_ip 10.0.0.78\n}\n":                                             {true, true},
		"bfd_instance b {\n}\n":                                                                    {false, true},
		"bfd_instance b {\nneighbor_ip here\n}\n":                                                  {false, true},
		"bfd_instance b {\nneighbor_ip 10.0.0.78\nsource_ip 2001:db8::1\n}\n":                      {false, true},
		other + "bfd_instance b {\nneighbor_ip 10.0.0.77\n}\n":                                     {false, true},
		"bfd_instance b {\n}\nbfd_instance b {\nneighbor_ip 10.0.0.78\n}\n":                        {true, true},
		"bfd_instance b {\n}\nbfd_instance b {\n}\n":                                               {false, true},
		"bfd_instance b {\nneighbor_ip 10.0.0.78\n}\nbfd_instance b {\n}\n":                        {true, true},
		"bfd_instance b {\nneighbor_ip 10.0.0.78\n}\nbfd_instance b {\nneighbor_ip 10.0.0.79\n}\n": {true, true},
		other:                                   {false, false},
		strings.Replace(other, "other", "B", 1): {false, false},
		"bfd_instance " + strings.Repeat("b", 40) + " {\n}\n": {false, false},
	} {
		c, all := bind(t, text+follow)
		made, idle := 0, 0
		for _, b := range c.Sessions() {
			if b.Name == "b" {
				made++
			}
		}
		for _, b := range c.IdleBFDs {
			if b.Name == "b" {
				idle++
			}
		}
		if made != btoi(want.followed) || idle != btoi(want.followed && !want.made) {
			t.Errorf("%q: %d sessions of the name, %d of them cannot be made; want %+v", text, made, idle, want)
		}
		checks, tracks := c.VirtualServers[0].RealServers[0].Checkers, c.Instances[0].Tracks.Of(config.TrackedBFD)
		if (len(checks) == 1) != want.followed || (len(tracks) == 1) != want.followed {
			t.Errorf("%q: %d checks and %d trackers follow it, want %+v\n%v", text, len(checks), len(tracks), want, all)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
