package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/internal/role"
)

// slow makes a generic script that notes what it was told when it begins, and when it ends, which it does when a file of
// that name and state is there.
func (b *bench) slow(name string) *config.Notify {
	b.t.Helper()
	text := fmt.Sprintf("#!/bin/sh\necho \"$2 $3 {\" >> %[1]s\nuntil [ -e %[2]s.$2.$3 ]; do sleep 0.01; done\necho \"$2 $3 }\" >> %[1]s\n",
		b.path("out"), b.path("go"))
	return &config.Notify{Any: b.program(name, text)}
}

// let lets the script of a state end.
func (b *bench) let(name string, s State) {
	b.t.Helper()
	b.program(fmt.Sprintf("go.%s.%s", name, s), "")
}

func (b *bench) tell(name string, n *config.Notify, states ...State) {
	for _, s := range states {
		b.n.VRRP(VRRPEvent{Name: name, State: s, Config: n})
	}
}

func (b *bench) wrote(want ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("scripts wrote %q", want), func() bool { return slices.Equal(b.lines("out"), want) })
}

// While a script runs the next one of its object waits, and what is superseded meanwhile is not run; another object's,
// and every line of the FIFO, is in time. A reload in between changes nothing.
func TestScriptsOfAnObjectWaitForEachOther(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.cfg.Global.VRRPNotifyFIFO = config.FIFO{Path: b.path("fifo")}
	b.configure()
	r := b.reader("fifo")
	n := b.slow("slow")
	b.tell("A", n, Master, Backup, Fault, Backup, Master)
	b.wrote("A MASTER {")
	for _, s := range []State{Master, Backup, Fault, Backup, Master} {
		if got := readLine(t, r); got != fmt.Sprintf("INSTANCE \"A\" %s 0\n", s) {
			t.Errorf("FIFO has %q, want %s", got, s)
		}
	}
	b.logged("for INSTANCE \"A\" BACKUP is not run: it is FAULT by now and the script before is still running")
	b.tell("B", n, Backup)
	b.wrote("A MASTER {", "B BACKUP {")
	b.configure()
	b.tell("A", n, Fault)
	b.let("A", Master)
	b.wrote("A MASTER {", "B BACKUP {", "A MASTER }", "A FAULT {")
	b.let("A", Fault)
	b.let("B", Backup)
	b.until("all ended", func() bool { return len(b.lines("out")) == 6 })
	b.n.Close(context.Background())
	if n := len(b.n.order.lines); n != 0 {
		t.Errorf("%d lines are left", n)
	}
}

// A state without a script supersedes nothing: what a script for one before it undoes is undone.
func TestAStateWithoutAScriptSupersedesNothing(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.configure()
	hold := b.program("hold", fmt.Sprintf("#!/bin/sh\necho master >> %s\nuntil [ -e %s ]; do sleep 0.01; done\n", b.path("out"), b.path("go")))
	n := &config.Notify{Master: hold, Backup: b.script("backup")}
	b.tell("A", n, Master)
	b.wrote("master")
	b.tell("A", n, Backup, Fault)
	b.program("go", "")
	b.wrote("master", "backup")
}

// A program that cannot be started does not keep the line.
func TestAScriptThatCannotBeStarted(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.configure()
	n := &config.Notify{Master: b.program("master", "#!/no/such/interpreter\n"), Backup: b.script("backup")}
	b.tell("A", n, Master, Backup)
	b.logged("cannot be run")
	b.wrote("backup")
}

// At a stop nobody waits for a script that hangs: what the object is told last is told.
func TestTheLastScriptRunsAtAStop(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.configure()
	n := b.slow("slow")
	b.let("A", Stop)
	b.tell("A", n, Master)
	b.wrote("A MASTER {")
	b.tell("A", n, Backup, Stop)
	b.n.Close(context.Background())
	if got := b.lines("out"); !slices.Equal(got, []string{"A MASTER {", "A STOP {", "A STOP }"}) {
		t.Errorf("ran %q", got)
	}
	b.logged("is started beside the one before, which still runs after")
}

// What a master runs for each advert of a lower priority is not run more than once at a time, says nothing about that, and
// holds up no state.
func TestScriptsForLowerPrioritiesAreNotRunInNumbers(t *testing.T) {
	b := newBench(t, role.VRRP())
	b.configure()
	hold := b.program("hold", fmt.Sprintf("#!/bin/sh\necho lower >> %s\nuntil [ -e %s ]; do sleep 0.01; done\n", b.path("out"), b.path("go")))
	n := &config.Notify{MasterRxLowerPri: hold, Backup: b.script("backup")}
	for range 100 {
		b.tell("A", n, MasterRxLowerPri)
	}
	b.wrote("lower")
	b.tell("A", n, Backup)
	b.wrote("lower", "backup")
	b.program("go", "")
	b.wrote("lower", "backup", "lower")
	if strings.Contains(b.log(), "is not run") {
		t.Error(b.log())
	}
}

// A real server's scripts are in order, and no other server's wait for them.
func TestScriptsOfServersAreInOrder(t *testing.T) {
	b := newBench(t, role.Checker())
	b.configure()
	hold := b.program("down", fmt.Sprintf("#!/bin/sh\necho down >> %s\nuntil [ -e %s ]; do sleep 0.01; done\n", b.path("out"), b.path("go")))
	up := b.script("up")
	b.n.LVS(LVSEvent{Object: "RS 1", State: Down, Script: hold})
	b.wrote("down")
	b.n.LVS(LVSEvent{Object: "RS 1", State: Up, Script: up})
	b.n.LVS(LVSEvent{Object: "RS 1", State: Down, Script: b.script("again")})
	b.n.LVS(LVSEvent{Object: "RS 2", State: Up, Script: up})
	b.wrote("down", "up")
	b.program("go", "")
	b.wrote("down", "up", "again")
	b.logged("notify script " + b.path("up") + " for RS 1 UP is not run: it is DOWN by now")
}
