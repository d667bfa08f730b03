package vrrp

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Each cause has a word of its own that stays, and is said with all that is known of it.
func TestCausesHaveWords(t *testing.T) {
	seen := map[string]CauseCode{}
	for code := NoCause; code <= CauseOverride; code++ {
		word := code.Word()
		if other, is := seen[word]; is || word == "" && code != NoCause || strings.ContainsAny(word, " -") {
			t.Errorf("cause %d has the word %q, as %d", code, word, other)
		}
		seen[word] = code
		c := Cause{Code: code, Addr: netip.MustParseAddr("10.0.0.2"), Priority: 7, Ours: 9, For: 3609 * time.Millisecond,
			Name: "G", Text: "the text"}
		said := c.String()
		if said == "" {
			t.Errorf("%s: nothing is said", word)
		}
		for _, part := range map[CauseCode][]string{
			CauseMasterSilent: {"10.0.0.2", "3.609s"}, CauseNoMaster: {"3.609s"}, CauseResigned: {"10.0.0.2"},
			CausePreempted: {"10.0.0.2", "7", "9"}, CauseHigherPriority: {"10.0.0.2", "7", "9"},
			CauseHigherAddress: {"10.0.0.2", "7"}, CauseLate: {"3.609s"}, CauseGroup: {"G", "the text"},
			CauseFault: {"the text"}, CauseFaultOver: {"the text"}, CauseMember: {"the text"},
			CauseMeets: {"10.0.0.2", "7"}, CauseMeetsNoMore: {"10.0.0.2", "the text", "3.609s"}, CauseRefused: {"the text"}, CauseOverride: {"the text"},
		}[code] {
			if !strings.Contains(said, part) {
				t.Errorf("%s: %q is not in %q", word, part, said)
			}
		}
	}
	if got := (Cause{Code: CauseFaultOver}).String(); got == "" || strings.HasSuffix(got, ": ") {
		t.Errorf("%q", got)
	}
}
