package routers

import (
	"holdfast/internal/report"
	"holdfast/vrrp"
)

// Stats is the counters in the layout of keepalived.stats (cli 6). Programs read it by what is at the
// beginning of a line, by the words before the colon, or an instance at a time as YAML. So keepalived's
// lines are there as they are, and a block of ours comes behind those of each instance, built like the
// blocks before it and with words that are in none of them.
func Stats(s *Snapshot) []byte {
	p := report.NewPage(nil) // no users in it
	for _, i := range s.Instances {
		p.Text(0, "VRRP Instance: %s", i.Config.Name)
		for _, b := range counters(&i.Counters) {
			if b.title == extension && !i.Config.HMAC.Use {
				continue // 2.2.7 does not have it
			}
			// Rows without a title stand where titles stand: `  Became master: 1`.
			depth := 2
			if b.title != "" {
				p.Text(2, "%s:", b.title)
				depth = 4
			}
			for _, r := range b.rows {
				p.Text(depth, "%s: %d", r.word, r.n)
			}
		}
	}
	return p.Bytes()
}

// A block is counters under a title, or without one.
type block struct {
	title string
	rows  []row
}

type row struct {
	word string
	n    uint64
}

// counters are all that are counted of a virtual router, in keepalived's order and words, and behind
// them those that it does not have.
func counters(c *vrrp.Counters) []block {
	return []block{
		{"Advertisements", []row{{"Received", c.AdvertReceived}, {"Sent", c.AdvertSent}}},
		{"", []row{{"Became master", c.BecameMaster}, {"Released master", c.ReleasedMaster}}},
		{"Packet Errors", []row{
			{"Length", c.LengthErrors}, {"TTL", c.TTLErrors}, {"Invalid Type", c.InvalidTypeErrors},
			{"Advertisement Interval", c.IntervalErrors}, {"Address List", c.AddressListErrors},
		}},
		{"Authentication Errors", []row{
			{"Invalid Type", c.AuthInvalidType}, {"Type Mismatch", c.AuthTypeMismatch}, {"Failure", c.AuthFailure},
		}},
		{extension, []row{
			{"Missing", c.AuthExtMissing}, {"Malformed", c.AuthExtMalformed}, {"Unknown Key", c.AuthExtUnknownKey},
			{"Invalid HMAC", c.AuthExtInvalidHMAC}, {"Stale", c.AuthExtStale}, {"Replay", c.AuthExtReplay},
		}},
		{"Priority Zero", []row{{"Received", c.PriorityZeroReceived}, {"Sent", c.PriorityZeroSent}}},
		{own, []row{
			{"Wrong Version", c.VersionErrors}, {"Wrong Checksum", c.ChecksumErrors},
			{"Unexpected Source", c.UnexpectedSource}, {"Own Address", c.OwnAddress}, {"Late Wakeups", c.LateWakeups},
			{"Second Master", c.SecondMaster},
		}},
	}
}

// own is the title of what keepalived does not count, extension that of what later versions than 2.2.7 count.
const (
	own       = "Holdfast"
	extension = "Authentication Extension Errors"
)
