package notify

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/internal/role"
)

func twoMasters(s State) VRRPEvent {
	return VRRPEvent{Name: "VI_1", State: s, Priority: 200, Config: &config.Notify{}, Peer: netip.MustParseAddr("10.0.0.2"), PeerPriority: 50, Lasted: 1500 * time.Millisecond}
}

// Lines about two masters are for readers that have asked for them: another one may take any word for a state.
func TestTwoMastersAreToldToThoseWhoAsk(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo")}
	b.configure()
	r := b.reader("fifo")
	b.n.VRRP(twoMasters(TwoMasters))
	b.n.VRRP(twoMasters(TwoMastersOver))
	b.cfg.Global.NotifyTwoMasters = true
	b.configure()
	e := twoMasters(TwoMasters)
	e.Config = &config.Notify{Any: b.script("any"), Master: b.script("master"), Backup: b.script("backup")}
	b.n.VRRP(e)
	b.n.VRRP(twoMasters(TwoMastersOver))
	b.n.VRRP(twoMasters(GaveWay))
	for _, want := range []string{"INSTANCE \"VI_1\" TWO_MASTERS 200 10.0.0.2 50\n", "INSTANCE \"VI_1\" TWO_MASTERS_OVER 200 10.0.0.2 50 1.500\n",
		"INSTANCE \"VI_1\" GAVE_WAY 200 10.0.0.2 50 1.500\n"} {
		if got := readLine(t, r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	b.n.Close(context.Background())
	if got := b.lines("out"); got != nil {
		t.Errorf("scripts ran: %q", got)
	}
}

// One mail when it begins and one when it is over, and not more than that in a minute; the mails of states go on as they were.
func TestMailAboutTwoMasters(t *testing.T) {
	said := make(chan string, 8)
	b := newBench(t, role.VRRP())
	b.cfg.Global.Mail = listen(t, politely(nil, said))
	b.configure()
	now := time.Unix(1000, 0)
	tell := func(s State, at time.Duration) {
		done := make(chan struct{})
		b.n.queue.put(func() {
			e := twoMasters(s)
			e.Config.SMTPAlert = true
			b.n.twoMasters(now.Add(at), "INSTANCE", e)
			close(done)
		})
		<-done
	}
	mail := func(want string) {
		t.Helper()
		if got := receive(t, said); !strings.Contains(got, want) {
			t.Errorf("mail %q, want %q", got, want)
		}
	}
	tell(GaveWay, 0)        // whenever a router that is preferred comes back
	tell(TwoMastersOver, 0) // of one that nobody was told of
	tell(TwoMasters, 0)
	mail("Subject: [R1] VRRP Instance VI_1 - Two masters\r\n")
	tell(TwoMastersOver, time.Second)
	mail("=> 10.0.0.2 with priority 50 was master as well for 1.500 s <=")
	tell(TwoMasters, 2*time.Second) // too soon
	tell(TwoMastersOver, 3*time.Second)
	tell(TwoMasters, alarmPause)
	mail("=> 10.0.0.2 with priority 50 is master as well <=")
	if len(b.n.mailed) != 0 {
		t.Errorf("taken for states: %v", b.n.mailed)
	}
}
