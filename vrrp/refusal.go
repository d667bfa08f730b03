package vrrp

import (
	"fmt"
	"net/netip"
	"time"

	"holdfast/vrrp/wire"
)

// This file is what is told of adverts that are refused, to those who have notifications about them sent.

// refusalPause is for how long a refusal is told once, however many adverts there are: a neighbour that is configured
// in another way sends one in each interval, and whoever means no good as many as he likes.
const refusalPause = 10 * time.Second

// refusalOf is the cause of a refusal that is told, NoCause for one that is not.
func refusalOf(r wire.Reason) CauseCode {
	switch r {
	case wire.BadTTL:
		return CauseTTL
	case wire.WrongVersion:
		return CauseVersion
	case wire.BadChecksum:
		return CauseChecksum
	case wire.UnknownAuth:
		return CauseAuthUnknown
	case wire.AuthMismatch, wire.WrongCarrier:
		return CauseAuthOther
	case wire.AuthFailure, wire.BadICV, wire.BadSPI, wire.Replayed:
		return CauseAuthFailure
	}
	return NoCause
}

// changeRefusal tells that an advert was refused.
func (c *Core) changeRefusal(now time.Time, m *machine, v wire.Verdict, src netip.Addr) {
	code := refusalOf(v.Reason)
	if !c.setup.TellRefusals || code == NoCause {
		return
	}
	if last, is := m.told[code]; is && now.Sub(last) < refusalPause {
		return
	}
	if m.told == nil {
		m.told = map[CauseCode]time.Time{}
	}
	m.told[code] = now
	c.change(Change{Kind: AdvertRefused, Router: m.id, Name: m.cfg.Name, Of: src.String(), To: refused,
		Cause: Cause{Code: code, Addr: src, Text: v.Text()},
		Text:  fmt.Sprintf("(%s) advert from %v is refused: %s", m.cfg.Name, src, v.Text())})
}
