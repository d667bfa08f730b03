package firewall

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

// What is only tried leaves the kernel as it was, also a table of that name.
func TestATryLeavesNothing(t *testing.T) {
	opened(t)
	nftDo(t, "add table ip keepalived_ipvs")
	nftDo(t, "add set ip keepalived_ipvs somebodys { type ipv4_addr ; }")
	before := nftDo(t, "list ruleset")
	counting := Settings{Table: "keepalived_ipvs", Priority: -317, Counters: true}
	for _, w := range []Wanted{marking(markSettings, everything...), marking(counting, everything...), marking(markSettings),
		Blocks{plainSettings, true, blocked("192.0.2.1", "2001:db8::1")}} {
		if err := <-Try(nil, w); err != nil {
			t.Errorf("%+v: %v", w, err)
		}
	}
	if after := nftDo(t, "list ruleset"); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

// What the kernel refuses is told apart from what it has no answer to.
func TestATryThatIsRefused(t *testing.T) {
	for errno, impossible := range map[unix.Errno]bool{unix.EOPNOTSUPP: true, unix.EAFNOSUPPORT: true, unix.ENOENT: true,
		unix.EPERM: true, unix.ENOMEM: false, unix.EBUSY: false, unix.ENOBUFS: false} {
		err := refusal(errors.Join(errors.Join(nil, errno), unix.EEXIST))
		if errors.Is(err, ErrImpossible) != impossible || !errors.Is(err, errno) {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if err := refusal(errors.Join(unix.EEXIST, unix.ENOENT)); err != nil {
		t.Error(err)
	}
	if err := refusal(nil); err == nil || errors.Is(err, ErrImpossible) {
		t.Errorf("what should have been refused: %v", err)
	}
}
