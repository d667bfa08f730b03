package netif

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Which method is asked first, and which then, and what counts as an answer.
func TestSemantics4_7_MethodsAreTriedInTurn(t *testing.T) {
	for _, tt := range []struct {
		first   BeatMethod
		refuses string // methods
		asked   string
		used    BeatMethod
	}{
		{AnyBeat, "", "MII", BeatMII},
		{AnyBeat, "MII", "MII ETHTOOL", BeatEthtool},
		{BeatMII, "MII", "MII ETHTOOL", BeatEthtool},
		{BeatMII, "MII ETHTOOL", "MII ETHTOOL IOCTL", BeatIOCTL},
		{BeatIOCTL, "", "IOCTL", BeatIOCTL},
		{BeatEthtool, "ETHTOOL", "ETHTOOL MII", BeatMII},
		{AnyBeat, "MII ETHTOOL IOCTL", "MII ETHTOOL IOCTL", AnyBeat},
	} {
		var asked []string
		a, err := pollLink("eth0", tt.first, func(_ string, m BeatMethod) (bool, error) {
			asked = append(asked, m.String())
			if strings.Contains(tt.refuses, m.String()) {
				return false, unix.EOPNOTSUPP
			}
			return true, nil
		})
		if got := strings.Join(asked, " "); got != tt.asked || a.Used != tt.used || a.Up != (tt.used != AnyBeat) ||
			(err != nil) != (tt.used == AnyBeat) {
			t.Errorf("%v, refused %q: asked %s, answer %+v, error %v; want %s and %v", tt.first, tt.refuses, got, a, err, tt.asked,
				tt.used)
		}
	}
	asked := 0
	_, err := pollLink("eth0", AnyBeat, func(string, BeatMethod) (bool, error) { asked++; return false, unix.ENODEV })
	if !errors.Is(err, unix.ENODEV) || asked != 1 {
		t.Errorf("error %v after %d questions about an interface that is not there", err, asked)
	}
}

// Of real interfaces: a virtual one has no transceiver, its driver knows of the carrier, and what is set down is down.
func TestLinkbeatOfRealInterfaces(t *testing.T) {
	veth(t, "beat0", "beat1")
	told := make(chan []BeatAnswer, 1000)
	l, err := NewLinkbeat(func(a []BeatAnswer) { told <- a })
	if err != nil {
		t.Fatal(err)
	}
	l.every = 10 * time.Millisecond
	list := []Beat{{"beat0", BeatMII}, {"lo", BeatIOCTL}, {"none", AnyBeat}, {"far-too-long-a-name", AnyBeat}}
	set := func(dev, state string) {
		t.Helper()
		if out, err := command("ip", "link", "set", dev, state); err != nil {
			t.Fatal(err, out)
		}
	}
	up := func(answers []BeatAnswer) string {
		i := slices.IndexFunc(answers, func(a BeatAnswer) bool { return a.Name == "beat0" })
		if i < 0 {
			return fmt.Sprint(answers)
		}
		return fmt.Sprint(answers[i].Method, " ", answers[i].Used, " ", answers[i].Up)
	}
	if got := up(l.Set(list)); got != "MII ETHTOOL true" {
		t.Errorf("beat0: %s", got)
	}
	for _, s := range []struct{ dev, state, want string }{
		{"beat1", "down", "MII ETHTOOL false"}, {"beat1", "up", "MII ETHTOOL true"}, {"beat0", "down", "MII ETHTOOL false"},
		{"beat0", "up", "MII ETHTOOL true"},
	} {
		set(s.dev, s.state)
		deadline := time.After(10 * time.Second)
		for got := ""; got != s.want; {
			select {
			case a := <-told:
				got = up(a)
			case <-deadline:
				t.Fatalf("%s %s: %q", s.dev, s.state, got)
			}
		}
	}
	if a := l.Set(nil); len(a) != 0 {
		t.Errorf("answers %v although nothing is polled", a)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
