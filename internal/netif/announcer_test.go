package netif

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// A fakeSender notes what is sent. Interfaces have room for a number of frames, those not
// mentioned for any number.
type fakeSender struct {
	room map[int]int
	sent []string // "eth1 10.0.0.1"
}

func (f *fakeSender) send(index int, _, frame []byte) error {
	if room, limited := f.room[index]; limited {
		if room == 0 {
			return unix.EAGAIN
		}
		f.room[index]--
	}
	f.sent = append(f.sent, fmt.Sprintf("eth%d %v", index, netip.AddrFrom4([4]byte(frame[arpSender:]))))
	return nil
}

func (f *fakeSender) forget(int)   {}
func (f *fakeSender) close() error { return nil }

func ethernetLink(index int) Link {
	return Link{Index: index, Name: fmt.Sprintf("eth%d", index), Flags: unix.IFF_UP | unix.IFF_RUNNING, Hardware: "\x02\x00\x00\x00\x00\x01"}
}

// paper is an Announcer whose frames go nowhere, with links eth1 to ethN.
func paper(links int) (*Announcer, *fakeSender, *[]string) {
	f, reports := &fakeSender{room: map[int]int{}}, &[]string{}
	a := newAnnouncer(f, func(dev string, err error) { *reports = append(*reports, fmt.Sprint(dev, " ", err)) })
	for i := range links {
		a.SetLink(ethernetLink(i + 1))
	}
	return a, f, reports
}

// on gives targets on an interface, their addresses numbered.
func on(dev string, net byte, hosts ...byte) (list []Target) {
	for _, h := range hosts {
		list = append(list, Target{dev, netip.AddrFrom4([4]byte{10, 0, net, h})})
	}
	return list
}

func numbers(n int) []byte {
	list := make([]byte, n)
	for i := range list {
		list[i] = byte(i + 1)
	}
	return list
}

// run sends from now on for a span of time and gives the time each frame was sent at.
func run(a *Announcer, f *fakeSender, now time.Time, span time.Duration) (at []time.Duration) {
	start, end := now, now.Add(span)
	for {
		before := len(f.sent)
		for a.Send(now) {
			for range f.sent[before:] {
				at = append(at, now.Sub(start))
			}
			before = len(f.sent)
		}
		next, ok := a.Next()
		if !ok || next.After(end) {
			return at
		}
		now = next
	}
}

var epoch = time.Unix(1000, 0)

// However often and by whomever it is asked, what is pending is bounded by the addresses, and
// another owner's first frame waits for one turn only. Adverts of a second master, once a
// second, ask like this when it does not hear us.
func TestRepeatedRequestsNeitherPileUpNorKeepOthersWaiting(t *testing.T) {
	a, f, _ := paper(1)
	now, pauses := epoch, Pauses{ARP: 50 * time.Millisecond}
	for range 30 {
		a.Announce(1, on("eth1", 1, numbers(20)...), 5, pauses)
		run(a, f, now, time.Second)
		now = now.Add(time.Second)
	}
	if got := len(a.turns.debts); got > 20 {
		t.Errorf("%d addresses are pending, there are 20", got)
	}
	f.sent = nil
	a.Announce(2, on("eth1", 2, 1), 5, pauses)
	run(a, f, now, 100*time.Millisecond)
	if i := slices.Index(f.sent, "eth1 10.0.2.1"); i < 0 || i > 1 {
		t.Errorf("V2 was not announced in its turn: %v", f.sent)
	}
	f.sent = nil
	run(a, f, now.Add(100*time.Millisecond), time.Minute)
	if got := len(f.sent); got > 21*5 {
		t.Errorf("%d frames were still owed after that, want 5 for each of 21 addresses at most", got)
	}
	if _, more := a.Next(); more || len(a.turns.debts) > 0 || len(a.turns.owners) > 0 || len(a.turns.active) > 0 {
		t.Errorf("something is kept after all was sent: %+v", a.turns)
	}
}

// A request tops up what is owed and does not add to it; the pause is that given last.
func TestARequestTopsUp(t *testing.T) {
	a, f, _ := paper(1)
	vip := on("eth1", 0, 1)
	a.Announce(1, vip, 5, Pauses{ARP: time.Second})
	run(a, f, epoch, 2*time.Second) // three
	a.Announce(1, vip, 3, Pauses{ARP: time.Minute})
	a.Announce(1, vip, 1, Pauses{ARP: time.Minute})
	at := run(a, f, epoch.Add(3*time.Second), time.Hour)
	if want := []time.Duration{0, time.Minute, 2 * time.Minute}; !slices.Equal(at, want) {
		t.Errorf("after the second request frames at %v, want %v", at, want)
	}
}

func TestFirstOfEverybodyBeforeTheSecondOfAnybody(t *testing.T) {
	a, f, _ := paper(2)
	a.Announce(1, append(on("eth1", 1, 1, 2), on("eth2", 1, 3)...), 2, Pauses{})
	a.Announce(2, on("eth1", 2, 1, 2, 3), 2, Pauses{})
	a.Announce(3, on("eth2", 3, 1), 3, Pauses{})
	for a.SendFirst(epoch) {
	}
	first := len(f.sent)
	run(a, f, epoch, 0)
	want := strings.Fields("1.1 2.1 3.1 1.2 2.2 1.3 2.3 | 3.1 1.1 2.1 1.2 2.2 1.3 2.3 | 3.1")
	var got []string
	for i, s := range f.sent {
		if i == first || i == first+7 {
			got = append(got, "|")
		}
		got = append(got, s[len("eth1 10.0."):])
	}
	if !slices.Equal(got, want) {
		t.Errorf("order\n%v, want\n%v", got, want)
	}
}

// An address that is new among others of its owner comes before their repeats.
func TestANewAddressGoesFirst(t *testing.T) {
	a, f, _ := paper(1)
	a.Announce(1, on("eth1", 0, 1, 2), 5, Pauses{ARP: time.Second})
	run(a, f, epoch, 2*time.Second)
	a.Announce(1, on("eth1", 0, 9, 1, 2), 1, Pauses{ARP: time.Second})
	f.sent = nil
	run(a, f, epoch.Add(3*time.Second), 0)
	if !slices.Equal(f.sent, []string{"eth1 10.0.0.9"}) {
		t.Errorf("next was %v", f.sent)
	}
}

// An interface that does not send: its frames stay owed, it is tried again after a while
// that grows, and the others go on as if it were not there.
func TestAStuckInterfaceHoldsUpNobody(t *testing.T) {
	a, f, reports := paper(2)
	f.room[1] = 3
	a.Announce(1, on("eth1", 1, numbers(20)...), 5, Pauses{})
	a.Announce(2, on("eth2", 2, numbers(3)...), 5, Pauses{})
	tries := 0
	for a.Send(epoch) {
		tries++
	}
	if len(f.sent) != 3+15 || tries != 3+15+1 {
		t.Errorf("%d frames in %d tries, want 3 and 15 and one that found no room", len(f.sent), tries)
	}
	tries = 0
	for now := epoch; now.Before(epoch.Add(time.Minute)); {
		next, ok := a.Next()
		if !ok || next.Sub(now) > longWait {
			t.Fatalf("nothing to do at %v until %v", now, next)
		}
		now = next
		for a.Send(now) {
			tries++
		}
	}
	if tries > 70 {
		t.Errorf("%d tries in a minute", tries)
	}
	if len(a.turns.debts) != 20 || len(f.sent) != 18 {
		t.Errorf("%d addresses are owed frames, %d frames were sent", len(a.turns.debts), len(f.sent))
	}
	delete(f.room, 1)
	run(a, f, epoch.Add(time.Minute), 2*time.Second)
	if len(f.sent) != 100+15 {
		t.Errorf("%d frames in all, want 115: a frame without room is not lost", len(f.sent))
	}
	a.Announce(2, on("eth1", 1, 1), 1, Pauses{})
	run(a, f, epoch.Add(2*time.Minute), time.Second)
	if want := []string{"eth1 " + unix.EAGAIN.Error(), "eth1 <nil>"}; !slices.Equal(*reports, want) {
		t.Errorf("reports %q, want %q", *reports, want)
	}
}

// A queue that has room for a frame now and then is reported once.
func TestAQueueThatDrainsSlowlyIsReportedOnce(t *testing.T) {
	a, f, reports := paper(1)
	a.Announce(1, on("eth1", 1, numbers(20)...), 5, Pauses{})
	for s := range 120 {
		f.room[1] = 1
		run(a, f, epoch.Add(time.Duration(s)*100*time.Millisecond), 90*time.Millisecond)
	}
	if len(*reports) != 1 {
		t.Errorf("reports %q, want one", *reports)
	}
}

// Whatever is asked and whichever interface is stuck: nothing of an owner follows its Cancel,
// an address is pending once, no more frames come than were asked for, and in the end
// everybody has had as many as were asked for last or more.
func TestAnnouncerProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, f, _ := paper(3)
		now := epoch
		cancelled := map[Owner]bool{}
		wanted, asked := map[string]int{}, map[string]int{}
		seen := map[string]int{}
		check := func() {
			for _, s := range f.sent {
				net, err := strconv.Atoi(strings.Split(s, ".")[2])
				if err != nil {
					t.Fatal(err)
				}
				owner := Owner(net)
				if cancelled[owner] {
					t.Fatalf("%s was sent after %d was cancelled", s, owner)
				}
				if seen[s]++; seen[s] > asked[s] {
					t.Fatalf("%s was sent %d times, asked for %d", s, seen[s], asked[s])
				}
				wanted[s]--
			}
			f.sent = nil
			if len(a.turns.debts) > 3*4*3 {
				t.Fatalf("%d pending", len(a.turns.debts))
			}
		}
		number := rapid.IntRange(1, 3)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			net := byte(number.Draw(t, "owner"))
			owner := Owner(net)
			switch rapid.SampledFrom([]string{"announce", "announce", "send", "send", "cancel", "stuck", "free", "remove"}).Draw(t, "step") {
			case "announce":
				repeat := number.Draw(t, "repeat")
				hosts := rapid.SliceOfNDistinct(rapid.ByteRange(1, 4), 1, 4, rapid.ID).Draw(t, "hosts")
				dev := number.Draw(t, "dev")
				list := on(fmt.Sprintf("eth%d", dev), net, hosts...)
				pause := rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second}).Draw(t, "pause")
				a.Announce(owner, list, repeat, Pauses{ARP: pause})
				cancelled[owner] = false
				for _, l := range list {
					s := fmt.Sprint(l.Dev, " ", l.Addr)
					wanted[s] = max(wanted[s], repeat)
					asked[s] += repeat
				}
			case "send":
				run(a, f, now, time.Duration(number.Draw(t, "ms"))*time.Millisecond)
				check()
			case "cancel":
				a.Cancel(owner)
				cancelled[owner] = true
				for s := range wanted {
					if strings.Contains(s, fmt.Sprintf(" 10.0.%d.", net)) {
						delete(wanted, s)
					}
				}
			case "stuck":
				f.room[number.Draw(t, "dev")] = number.Draw(t, "room") - 1
			case "free":
				clear(f.room)
			case "remove":
				dev := number.Draw(t, "dev")
				a.RemoveLink(ethernetLink(dev))
				a.SetLink(ethernetLink(dev))
				for s := range wanted {
					if strings.HasPrefix(s, fmt.Sprintf("eth%d ", dev)) {
						delete(wanted, s)
					}
				}
			}
			now = now.Add(10 * time.Millisecond)
		}
		clear(f.room)
		run(a, f, now, time.Hour)
		check()
		for s, left := range wanted {
			if left > 0 {
				t.Fatalf("%s is still owed %d frames", s, left)
			}
		}
		if len(a.turns.debts)+len(a.turns.owners)+len(a.turns.active) > 0 {
			t.Fatalf("something is kept after all was sent")
		}
	})
}

// That a link is gone is heard of when it is there again, made anew: what is owed since stays.
func TestTheSuccessorOfALinkIsNotForgotten(t *testing.T) {
	a, f, _ := paper(1)
	gone, successor := ethernetLink(1), ethernetLink(7)
	successor.Name = gone.Name
	a.SetLink(successor)
	a.Announce(1, on(gone.Name, 1, 1), 3, Pauses{})
	a.RemoveLink(gone)
	run(a, f, epoch, time.Minute)
	if len(f.sent) != 3 {
		t.Errorf("sent %q", f.sent)
	}
	a.Announce(1, on(gone.Name, 1, 1), 3, Pauses{})
	a.RemoveLink(successor)
	if _, owed := a.Next(); owed {
		t.Error("something is owed on a link that is gone")
	}
}

// stuckVeth makes eth0 a device that lets next to nothing out.
func stuckVeth(t *testing.T, name, peer string) {
	t.Helper()
	veth(t, name, peer)
	if out, err := command("tc", "qdisc", "replace", "dev", name, "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "4000000"); err != nil {
		t.Fatal(err, out)
	}
}

// On real sockets: an interface that does not send holds what it was given in the buffer of
// the common socket; the others get past it, and it is left alone.
func TestAStuckInterfaceDoesNotFillTheBufferOfOthers(t *testing.T) {
	stuckVeth(t, "eth0", "eth1")
	veth(t, "eth2", "eth3")
	read := listen(t, "eth3", 0x0608)
	before := packetSockets(t)
	var reports []string
	a := NewAnnouncer(func(dev string, err error) { reports = append(reports, fmt.Sprint(dev, " ", err)) })
	s, err := openKernel(t).State()
	if err != nil {
		t.Fatal(err)
	}
	var links []Link
	for _, name := range []string{"eth0", "eth2"} {
		l, _ := s.Link(name)
		links = append(links, l)
		a.SetLink(l)
	}
	var slow []Target
	for i := range 2000 {
		slow = append(slow, Target{"eth0", netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})})
	}
	a.Announce(1, slow, 5, Pauses{})
	now := time.Now()
	for a.Send(now) {
	}
	if len(reports) != 1 || !strings.HasPrefix(reports[0], "eth0 ") {
		t.Fatalf("reports %q: eth0 has room for 2,000 frames", reports)
	}
	a.Announce(2, on("eth2", 7, numbers(50)...), 3, Pauses{})
	for a.Send(now) {
	}
	for i := range 150 {
		if f := read(5 * time.Second); f == nil || binary.BigEndian.Uint16(f[30:]) != 0x0700|uint16(i%50+1) {
			t.Fatalf("frame %d is %x", i, f)
		}
	}
	if len(reports) != 1 {
		t.Errorf("reports %q", reports)
	}
	if n := packetSockets(t) - before; n > 3 {
		t.Errorf("%d packet sockets for 2 interfaces", n)
	}
	a.RemoveLink(links[0])
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if n := packetSockets(t) - before; n != 0 {
		t.Errorf("%d packet sockets are left", n)
	}
}

// Repeats of gratuitous ARP, which is nearly all that is sent, leave no garbage behind.
func TestRepeatsLeaveNoGarbage(t *testing.T) {
	a, f, _ := paper(1)
	f.sent = make([]string, 0, 1)
	a.sender = quiet{}
	a.Announce(1, on("eth1", 1, numbers(100)...), 1000, Pauses{})
	a.Send(epoch)
	if n := testing.AllocsPerRun(1000, func() { a.Send(epoch) }); n > 0 {
		t.Errorf("%v allocations for a frame", n)
	}
}

type quiet struct{ sender }

func (quiet) send(int, []byte, []byte) error { return nil }

// BenchmarkTakeover is the cost, without that of the system calls, of the announcements of
// 1,000 owners on four interfaces, five frames for each.
func BenchmarkTakeover(b *testing.B) {
	a, _, _ := paper(4)
	a.sender = quiet{}
	b.ReportAllocs()
	for range b.N {
		for i := range 1000 {
			a.Announce(Owner(i), on(fmt.Sprint("eth", i%4+1), byte(i>>8), byte(i)), 5, Pauses{})
		}
		for a.Send(epoch) {
		}
	}
}
