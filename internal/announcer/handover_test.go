package announcer

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// successor is a Keeper that goes on from another one, as in another process: what goes over is bytes, and descriptors.
func successor(t *testing.T, k *Keeper) *Keeper {
	t.Helper()
	f, fds := k.HandOver()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var former Former
	if err := json.Unmarshal(text, &former); err != nil {
		t.Fatal(err)
	}
	for i, fd := range fds {
		if fds[i], err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3); err != nil {
			t.Fatal(err)
		}
	}
	next := New(Options{})
	if err := next.Succeed(former, fds); err != nil {
		t.Fatal(err)
	}
	return next
}

// end is the end of the process of a Keeper that has handed over: it closes what it had open, and does nothing else.
func end(t *testing.T, k *Keeper) {
	t.Helper()
	if k.work != nil && k.work.kernel != nil {
		if err := k.work.kernel.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func device(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("ip", "-br", "link").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.HasPrefix(line, "holdfast") {
			return strings.Fields(line)[0]
		}
	}
	return ""
}

// What is shown stays over handovers, for longer than an address does that nobody confirms, through the same device; the
// last one can take it back.
func TestWhatIsShownIsHandedOver(t *testing.T) {
	loopback(t)
	all := places("192.0.2.10/32 lo", "2001:db8::10/128 lo", "198.51.100.0/24 100", "2001:db8:1::/48 100")
	const shows = "192.0.2.10/32 2001:db8::10/128 198.51.100.0/24 2001:db8:1::/48"
	k := New(Options{})
	k.Set(all)
	await(t, shows)
	dev := device(t)
	for range 3 {
		next := successor(t, k)
		end(t, k)
		begun := time.Now()
		next.Set(all)
		for time.Since(begun) < lease+time.Second {
			if got := shown(t); got != shows {
				t.Fatalf("after %v: %s", time.Since(begun), got)
			}
			time.Sleep(confirm / 4)
		}
		if is := device(t); is != dev {
			t.Errorf("the device is %q, was %q", is, dev)
		}
		if problems, repairs := next.Report(); len(problems) > 0 || repairs > 0 {
			t.Errorf("%v, %d repairs", problems, repairs)
		}
		k = next
	}
	// One that has not begun yet hands over what it was given.
	idle := successor(t, k)
	last := successor(t, idle)
	last.Set(places("2001:db8::10/128 lo"))
	await(t, "2001:db8::10/128")
	if !last.Close(time.Second) {
		t.Error("nothing was shown at the end")
	}
	for _, fd := range idle.files() {
		_ = unix.Close(fd)
	}
	end(t, k)
	if got, dev := shown(t), device(t); got != "" || dev != "" {
		t.Errorf("at the end: %s, device %q", got, dev)
	}
}

// One that goes on itself after all does so as if nothing had been.
func TestAKeeperGoesOnItself(t *testing.T) {
	loopback(t)
	k := New(Options{})
	if f, fds := k.HandOver(); f.Device != "" || len(f.Places) != 0 || len(fds) != 0 {
		t.Errorf("it hands over %+v, %v", f, fds)
	}
	k.Resume()
	k.Set(places("192.0.2.10/32 lo", "198.51.100.0/24 100"))
	await(t, "192.0.2.10/32 198.51.100.0/24")
	if f, fds := k.HandOver(); f.Device == "" || len(f.Places) != 2 || len(fds) != 1 {
		t.Errorf("it hands over %+v, %v", f, fds)
	}
	k.Set(places("192.0.2.11/32 lo"))
	time.Sleep(confirm / 4) // what it does all the same is done in this time
	if got := shown(t); got != "192.0.2.10/32 198.51.100.0/24" {
		t.Errorf("one that stands still shows %s", got)
	}
	k.Resume()
	await(t, "192.0.2.11/32")
	k.Close(time.Second)
}

// Nothing is begun for nothing, and a device that did not come is said.
func TestHandoversOfNothing(t *testing.T) {
	k := New(Options{})
	if err := k.Succeed(Former{Repairs: 3}, nil); err != nil {
		t.Fatal(err)
	}
	if k.Set(nil); k.ended != nil || k.Close(time.Second) {
		t.Error("a goroutine was begun to show nothing")
	}
	if err := k.Succeed(Former{Device: "holdfast0"}, nil); err == nil {
		t.Error("a device was taken over that did not come")
	}
}
