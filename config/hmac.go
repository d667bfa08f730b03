package config

import (
	"strings"
	"time"
)

// HMAC is auth_hmac: advertisements are signed with HMAC-SHA256.
type HMAC struct {
	Use        bool
	Keys       []HMACKey
	Active     uint8         // number of the key that signs
	Window     time.Duration // how old a signature may be; default 3 * advert_int, within 5..300 s
	AntiReplay AntiReplay
	Mode       HMACMode
}

// HMACKey is one key with its number.
type HMACKey struct {
	ID   uint8
	Text string // 32 to 64 bytes; empty if it is in a file
	File string
}

// AntiReplay is how the repetition of an old advertisement is recognised.
type AntiReplay uint8

// ReplayTime compares with the clock, ReplayMonotonic with what was heard before.
const (
	ReplayTime AntiReplay = iota
	ReplayMonotonic
)

// String is its word.
func (r AntiReplay) String() string { return [...]string{"time", "monotonic"}[r] }

// HMACMode is how strict a virtual router is while keys are rolled out.
type HMACMode uint8

// HMACEnforce takes signed advertisements only; HMACPermissive takes others as well;
// HMACReceiveOnly does not sign.
const (
	HMACEnforce HMACMode = iota
	HMACPermissive
	HMACReceiveOnly
)

// String is its word.
func (m HMACMode) String() string { return [...]string{"enforce", "permissive", "receive-only"}[m] }

// Redacted stands in place of a secret that is not shown; a key is written as four of them. A password has eight bytes.
const Redacted = "REDACTED"

// Hidden reports whether the password of the instance is not shown in the text that it was read from.
func (i *Instance) Hidden() bool { return string(i.AuthPass[:]) == Redacted }

// Hidden reports whether the key is not shown in the text that it was read from.
func (k HMACKey) Hidden() bool { return k.Text == strings.Repeat(Redacted, 4) }
