package config

import "time"

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
