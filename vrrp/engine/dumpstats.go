package engine

import (
	"bytes"
	"fmt"
)

// writeStats prints the counters in the layout of keepalived.stats (cli 6), which
// monitoring programs parse: no line more, none less.
func writeStats(b *bytes.Buffer, s *Snapshot) {
	for _, i := range s.Instances {
		c := i.Counters
		fmt.Fprintf(b, `VRRP Instance: %s
  Advertisements:
    Received: %d
    Sent: %d
  Became master: %d
  Released master: %d
  Packet Errors:
    Length: %d
    TTL: %d
    Invalid Type: %d
    Advertisement Interval: %d
    Address List: %d
  Authentication Errors:
    Invalid Type: %d
    Type Mismatch: %d
    Failure: %d
  Priority Zero:
    Received: %d
    Sent: %d
`, i.Config.Name, c.AdvertReceived, c.AdvertSent, c.BecameMaster, c.ReleasedMaster,
			c.LengthErrors, c.TTLErrors, c.InvalidTypeErrors, c.IntervalErrors, c.AddressListErrors,
			c.AuthInvalidType, c.AuthTypeMismatch, c.AuthFailure, c.PriorityZeroReceived, c.PriorityZeroSent)
	}
}
