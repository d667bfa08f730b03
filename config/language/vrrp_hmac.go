package language

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
)

// The lengths a key can have, in bytes.
const minKey, maxKey = 32, 64

// hmacRows are the keywords of auth_hmac, which 2.2.7 does not have (semantics 2.14).
func hmacRows() []Keyword {
	// The draft of the block is the instance, so each row looks into it.
	h := func(d *instanceDraft) *config.HMAC { return &d.HMAC }
	return []Keyword{
		row("key",
			custom("ID 1..255 then TEXT|hex:HEX|file:PATH of 32..64 bytes", 2, addHMACKey),
			// The filler has as many bytes as a key must have at least: what is printed without its
			// secrets can be read again.
			"", "a key with its number", since("2.4.0"), secret(strings.Repeat(redacted, 4)), shows(showHMACKeys)),
		row("active_key",
			number(func(d *instanceDraft) *uint8 { return &h(d).Active }, 1, 255),
			"required", "number of the key that signs", since("2.4.0")),
		row("time_window", custom("N 1..300", 1, setHMACWindow), "3 * advert_int, 5..300",
			"how many seconds old a signature may be", since("2.4.0"),
			// A window of 0 is "not given", lies outside of the range and is not written.
			shows(func(d *instanceDraft) []writing { return inRange(int64(h(d).Window/time.Second), 1, 300) })),
		row("anti_replay",
			choice(func(d *instanceDraft) *config.AntiReplay { return &h(d).AntiReplay },
				wordsOf(config.ReplayTime, config.ReplayMonotonic)...),
			"time", "how repetition is recognised", since("2.4.0")),
		row("mode",
			choice(func(d *instanceDraft) *config.HMACMode { return &h(d).Mode },
				wordsOf(config.HMACEnforce, config.HMACPermissive, config.HMACReceiveOnly)...),
			"enforce", "how strict it is while keys are rolled out", since("2.4.0")),
	}
}

// openHMAC has the instance as its draft: the default of time_window depends on advert_int
// (completeHMAC).
func openHMAC(_ *stmt, d *instanceDraft) *instanceDraft {
	d.HMAC.Use = true
	return d
}

// closeHMAC drops a block with which nothing could be signed.
func closeHMAC(s *stmt, d *instanceDraft) {
	h := &d.HMAC
	switch {
	// Nothing could be signed.
	case h.Active == 0:
		s.errorf(s.pos(), "hmac-without-key", "(%s) auth_hmac has no active_key - ignored; write active_key ID", d.Name)
	case !slices.ContainsFunc(h.Keys, func(k config.HMACKey) bool { return k.ID == h.Active }):
		s.errorf(d.at("active_key", s.pos()), "hmac-without-key",
			"(%s) auth_hmac: there is no key %d - ignored; add key %d KEY", d.Name, h.Active, h.Active)
	default:
		return
	}
	// Half a block must not look like a whole one to the role.
	*h = config.HMAC{}
}

// addHMACKey reads `key ID SECRET`.
func addHMACKey(s *stmt, d *instanceDraft) bool {
	id, ok := s.integer(0, 1, 255, false)
	if !ok {
		return false
	}
	// A packet names its key by the number (semantics 2.14), so two keys cannot share one.
	if slices.ContainsFunc(d.HMAC.Keys, func(k config.HMACKey) bool { return int64(k.ID) == id }) {
		s.errorf(s.at(0), "duplicate-setting",
			"(%s) auth_hmac key %d is there already - ignored; give it another number", d.Name, id)
		return false
	}
	//	key 1 hex:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
	k := config.HMACKey{ID: uint8(id), Text: s.word(1)}
	if digits, isHex := strings.CutPrefix(k.Text, "hex:"); isHex {
		bytes, err := hex.DecodeString(digits)
		if err != nil {
			s.errorf(s.at(1), "invalid-hex",
				"(%s) auth_hmac key %d is not hexadecimal - ignored; write pairs of digits", d.Name, id)
			return false
		}
		// From here on it is bytes, as if it had been written as text; its length counts in bytes,
		// too.
		k.Text = string(bytes)
	}
	// Read when it is used: this package opens no file.
	if file, isFile := strings.CutPrefix(k.Text, "file:"); isFile {
		k.Text, k.File = "", file
		if s.env.KeyFile != nil {
			if problem := s.env.KeyFile(file); problem != "" {
				// It is kept: without it others would be taken for all there are.
				s.errorf(s.at(1), "hmac-key-file", "(%s) auth_hmac key %d: %s", d.Name, id, problem)
			}
		}
	} else if len(k.Text) < minKey || len(k.Text) > maxKey {
		s.errorf(s.at(1), "hmac-key-length", "(%s) auth_hmac key %d has %d bytes - ignored; it must have %d to %d",
			d.Name, id, len(k.Text), minKey, maxKey)
		return false
	}
	d.HMAC.Keys = append(d.HMAC.Keys, k)
	return true
}

// showHMACKeys writes every key as hex: one may have bytes that no word can have.
func showHMACKeys(d *instanceDraft) []writing {
	var out []writing
	for _, k := range d.HMAC.Keys {
		key := "file:" + k.File
		if k.File == "" {
			key = "hex:" + hex.EncodeToString([]byte(k.Text))
		}
		out = append(out, writing{args: []string{strconv.Itoa(int(k.ID)), quoted(key)}})
	}
	return out
}

// setHMACWindow takes whole seconds; 0 stays "not given" (completeHMAC).
func setHMACWindow(s *stmt, d *instanceDraft) bool {
	n, ok := s.integer(0, 1, 300, false)
	if ok {
		d.HMAC.Window = time.Duration(n) * time.Second
	}
	return ok
}

// completeHMAC fills in the default window.
func completeHMAC(h *config.HMAC, advertInt time.Duration) {
	if h.Use && h.Window == 0 {
		// Three adverts may be lost before a backup takes over, and their clocks need not agree to the second.
		h.Window = min(max(3*advertInt, 5*time.Second), 300*time.Second).Round(time.Second)
	}
}
