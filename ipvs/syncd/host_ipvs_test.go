//go:build ipvs

package syncd

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/netspace"
	"holdfast/ipvs"
)

func run(t *testing.T, line string) string {
	t.Helper()
	args := strings.Fields(line)
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
	return strings.TrimSpace(string(out))
}

// A command is one that the kernel has carried out.
type command struct {
	ipvs.DaemonCommand
	at time.Time
}

// timed is a kernel that says when it has carried out a command.
type timed struct {
	Kernel
	done chan command
}

func (k timed) DoDaemon(c ipvs.DaemonCommand) error {
	err := k.Kernel.DoDaemon(c)
	k.done <- command{c, time.Now()}
	return err
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// A real kernel, in a namespace that the keeper's goroutine is not in: a daemon follows, is heard on an interface that
// was made anew, and is gone in the end.
func TestTheKernelOfAnotherNamespace(t *testing.T) {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	space, err := netspace.Own()
	if err != nil {
		t.Fatal(err)
	}
	defer space.Close()
	link := func() {
		for _, line := range []string{"ip link add eth1 type veth peer name far", "ip link set far up",
			"ip addr add 10.9.0.1/24 dev eth1", "ip link set eth1 up"} {
			run(t, line)
		}
	}
	link()
	done := make(chan command, 100)
	k := New(Options{Open: func() (Kernel, error) {
		real, err := In(space)()
		return timed{real, done}, err
	}})
	shows := func(state string) func() bool {
		return func() bool { return strings.HasPrefix(run(t, "ipvsadm -L --daemon"), state+" sync daemon (mcast=eth1") }
	}
	joined := func() bool { return strings.Contains(run(t, "ip maddr show dev eth1"), "224.0.0.81") }
	p := Plan{On: true, Daemon: ipvs.Daemon{Interface: "eth1", ID: 3}}
	k.Set(p.Following(true))
	<-done
	eventually(t, "the master", shows("master"))
	k.Set(p.Following(false))
	<-done
	<-done
	eventually(t, "the backup", shows("backup"))
	eventually(t, "its group", joined)
	var took []string
	for range 5 {
		begin := time.Now()
		k.Set(p.Following(true))
		started, stopped := <-done, <-done
		if started.Stop || !stopped.Stop {
			t.Fatalf("%+v, then %+v", started.DaemonCommand, stopped.DaemonCommand)
		}
		took = append(took, fmt.Sprintf("%v and %v", started.at.Sub(begin), stopped.at.Sub(begin)))
		k.Set(p.Following(false))
		<-done
		<-done
	}
	t.Logf("master there and backup gone after %s", strings.Join(took, ", "))
	eventually(t, "its group", joined)
	run(t, "ip link del eth1")
	link()
	eventually(t, "its group on the new interface", joined)
	run(t, "ipvsadm --stop-daemon backup")
	eventually(t, "the backup that somebody has stopped", shows("backup"))
	k.Close(10 * time.Second)
	if left := run(t, "ipvsadm -L --daemon"); left != "" {
		t.Error(left)
	}
}
