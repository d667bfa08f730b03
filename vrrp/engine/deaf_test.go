package engine

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/test/lab"
)

// The backup of a keepalived that, for some time, cannot hear it.

// leaveRoom lets a process open no more than some files, 0 or 1.
func leaveRoom(pid int, files uint64) error {
	var limit unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit); err != nil {
		return err
	}
	for limit.Cur = 0; ; limit.Cur++ { // the kernel gives the lowest number that is free, if it is below the limit
		if _, err := os.Lstat(fmt.Sprintf("/proc/%d/fd/%d", pid, limit.Cur)); os.IsNotExist(err) {
			limit.Cur += files
			return unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil)
		} else if err != nil {
			return err
		}
	}
}

// room undoes leaveRoom.
func (b *box) room() {
	b.t.Helper()
	var limit unix.Rlimit
	must(b.t, unix.Prlimit(b.proc.Pid, unix.RLIMIT_NOFILE, nil, &limit))
	limit.Cur = limit.Max
	must(b.t, unix.Prlimit(b.proc.Pid, unix.RLIMIT_NOFILE, &limit, nil))
}

// do runs a program on the host.
func (b *box) do(words string) {
	b.t.Helper()
	list := strings.Fields(words)
	if _, err := b.Run(list[0], list[1:]...); err != nil {
		b.t.Fatal(err)
	}
}

// memberships sets how many groups a socket may join.
func (b *box) memberships(n int) {
	b.t.Helper()
	must(b.t, b.Sysctl("net/ipv4/igmp_max_memberships", strconv.Itoa(n)))
}

// member reports whether anybody on the host is a member of a group on eth0.
func (b *box) member(group netip.Addr) bool {
	b.t.Helper()
	out, err := b.Run("ip", "-4", "maddr", "show", "dev", "eth0")
	return err == nil && strings.Contains(out+"\n", " "+group.String()+"\n")
}

// elsewhere starts a process in a namespace without any interface.
func (b *box) elsewhere() {
	b.t.Helper()
	var err error
	b.proc, err = b.Start("elsewhere", "unshare", "-n", "sleep", "600")
	must(b.t, err)
	eventually(b.t, "the namespace", func() bool {
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", b.proc.Pid))
		return err == nil && string(name) == "sleep\n"
	})
}

// index is that of eth0.
func (b *box) index() string {
	b.t.Helper()
	out, err := b.Run("cat", "/sys/class/net/eth0/ifindex")
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// theBackup is the instance of the engine under test, theMaster that of its peer.
func theBackup() config.Instance { return v3(instance("VI_1", 51, 100, "192.168.1.150/32"), 2*tenth) }
func theMaster() config.Instance { return v3(instance("VI_1", 51, 200, "192.168.1.150/32"), 2*tenth) }

// inGroup gives an instance another group, and what must differ between two on an interface.
func inGroup(i config.Instance, group netip.Addr) config.Instance {
	i.Name, i.VRID, i.MulticastGroup, i.VIPs = "VI_2", 52, group, vips("192.168.1.160/32")
	return i
}

const (
	noMember = "no buffer space available (is the sysctl net.ipv4.igmp_max_memberships high enough?)"
	noFile   = "cannot send and receive on eth0: socket: too many open files"
)

// A deafness is how the engine on a comes not to hear, and how it hears again. It runs already when it
// becomes deaf, unless atStart is set. Other is a host without a daemon.
type deafness struct {
	atStart bool
	begin   func(a, other *box)
	reason  string
	end     func(a, other *box)
}

func readdress(a *box) {
	must(a.t, a.AddAddr("eth0", netip.PrefixFrom(a.addr, 24)))
}

func deafnesses() map[string]deafness {
	return map[string]deafness{
		"multicast off at start": {atStart: true,
			begin:  func(a, _ *box) { a.do("ip link set eth0 multicast off") },
			reason: "interface eth0 has no multicast",
			end:    func(a, _ *box) { a.do("ip link set eth0 multicast on") }},
		"multicast off later": {
			begin:  func(a, _ *box) { a.do("ip link set eth0 multicast off") },
			reason: "interface eth0 has no multicast",
			end:    func(a, _ *box) { a.do("ip link set eth0 multicast on") }},
		"join refused at start": {atStart: true,
			begin:  func(a, _ *box) { a.memberships(0) },
			reason: "cannot send and receive on eth0: join 224.0.0.18: " + noMember,
			end:    func(a, _ *box) { a.memberships(20) }},
		"join refused when the interface comes back": {
			begin: func(a, _ *box) {
				a.memberships(0)
				must(a.t, a.DelLink("eth0"))
				a.log(0, "Netlink reports eth0 down")
				must(a.t, a.Plug())
				readdress(a)
				a.log(0, "cannot use interface eth0 with group 224.0.0.18 for VRRP, trying again: join 224.0.0.18: "+noMember)
			},
			reason: "cannot send and receive on eth0: join 224.0.0.18: " + noMember,
			end:    func(a, _ *box) { a.memberships(20) }},
		"no descriptors at start": {atStart: true,
			begin:  func(a, _ *box) { a.role.NoRoom = true },
			reason: noFile,
			end:    func(a, _ *box) { a.room() }},
		"no descriptors when the interface comes back": {
			begin: func(a, _ *box) {
				must(a.t, a.DelLink("eth0"))
				a.log(0, "Netlink reports eth0 down")
				must(a.t, leaveRoom(a.proc.Pid, 0))
				must(a.t, a.Plug())
				readdress(a)
				a.log(0, "cannot use interface eth0 with group 224.0.0.18 for VRRP, trying again: socket: too many open files")
			},
			reason: "cannot use interface eth0",
			end:    func(a, _ *box) { a.room() }},
		"interface down": {
			begin:  func(a, _ *box) { must(a.t, a.SetLink("eth0", false)) },
			reason: "interface eth0 down",
			end:    func(a, _ *box) { must(a.t, a.SetLink("eth0", true)) }},
		"renamed": {
			begin:  func(a, _ *box) { a.do("ip link set eth0 down"); a.do("ip link set eth0 name other up") },
			reason: "interface eth0 does not exist",
			end:    func(a, _ *box) { a.do("ip link set other down"); a.do("ip link set other name eth0 up") }},
		"made again with another index": {
			begin:  func(a, _ *box) { must(a.t, a.DelLink("eth0")) },
			reason: "interface eth0 does not exist",
			end: func(a, _ *box) {
				must(a.t, a.Plug())
				readdress(a)
			}},
		"in another namespace": {
			begin:  func(a, other *box) { a.do(fmt.Sprintf("ip link set eth0 netns %d name moved", other.proc.Pid)) },
			reason: "interface eth0 does not exist",
			end: func(a, other *box) {
				other.do(fmt.Sprintf("nsenter -n -t %d ip link set moved netns %d name eth0", other.proc.Pid, a.proc.Pid))
				must(a.t, a.SetLink("eth0", true))
				readdress(a)
			}},
	}
}

// Whatever made an instance deaf: it is in FAULT with the reason while the keepalived it is the backup of goes on,
// and its backup again afterwards, a member of the group.
func TestADeafBackupIsNoMaster(t *testing.T) {
	t.Parallel()
	for name, d := range deafnesses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { deafBackup(t, d) })
		})
	}
}

func deafBackup(t *lab.Trial, d deafness) {
	n := newNetwork(t)
	a, b, other := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24"), n.box("x", "192.168.1.153/24")
	b.keepalived(kaInstance(theMaster()))
	b.log(0, "Entering MASTER STATE")
	other.elsewhere()
	if d.atStart {
		d.begin(a, other)
	}
	a.engine(theBackup())
	if !d.atStart {
		a.log(0, "Entering BACKUP STATE")
		d.begin(a, other)
	}
	a.log(0, `notify INSTANCE "VI_1" FAULT`)
	if !strings.Contains(a.proc.Log(), d.reason) { // what keepalived has no line for stands in the dump
		a.dumped(d.reason)
	}
	mark := a.proc.LogSize()
	d.end(a, other)
	a.log(mark, "Entering BACKUP STATE")
	a.hears(groupA)
	n.oneMaster(a, b)
}

// An interface that leaves the namespace and comes back with the same index, before the engine has heard of
// either: the kernel has forgotten the group.
func TestAnInterfaceThatWasAwayForAMoment(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		n := newNetwork(t)
		a, b, other := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24"), n.box("x", "192.168.1.153/24")
		slow := func(i config.Instance) config.Instance { return v3(i, time.Second) }
		b.keepalived(kaInstance(slow(theMaster())))
		b.log(0, "Entering MASTER STATE")
		other.elsewhere()
		a.engine(slow(theBackup()))
		a.log(0, "Entering BACKUP STATE")
		before := a.index()
		a.signal(syscall.SIGSTOP)
		a.do(fmt.Sprintf("ip link set eth0 netns %d name moved", other.proc.Pid))
		other.do(fmt.Sprintf("nsenter -n -t %d ip link set moved netns %d name eth0", other.proc.Pid, a.proc.Pid))
		must(t, a.SetLink("eth0", true))
		readdress(a)
		if now := a.index(); now != before {
			t.Fatalf("the index was %s, and is %s", before, now)
		}
		a.signal(syscall.SIGCONT)
		eventually(t, "to be a member again", func() bool { return a.member(groupA) })
		eventually(t, "an advert", func() bool { return a.stats()["Received"] > 0 })
		n.oneMaster(a, b)
	})
}

// dumped waits until a text stands in the dump.
func (b *box) dumped(text string) {
	b.t.Helper()
	must(b.t, lab.Eventually(soon, fmt.Sprintf("%q in the dump", text), func() (bool, string) {
		mark := b.proc.LogSize()
		b.signal(syscall.SIGUSR1)
		b.log(mark, "done")
		out, err := b.Run("cat", filepath.Join(b.Dir, "keepalived.data"))
		must(b.t, err)
		return strings.Contains(out, text), out
	}))
}

// hears waits until the box is a member of a group and adverts arrive.
func (b *box) hears(group netip.Addr) {
	b.t.Helper()
	eventually(b.t, "to be a member of "+group.String(), func() bool { return b.member(group) })
	before := b.stats()["Received"]
	eventually(b.t, "adverts to be received", func() bool { return b.stats()["Received"] > before+3 })
}

// oneMaster fails if another box than master has ever been one, or has been heard, or if master was not one all
// the time.
func (n *network) oneMaster(other, master *box) {
	n.Helper()
	if log := other.proc.Log(); strings.Contains(log, "MASTER STATE") {
		n.Errorf("two masters:\n%s", log)
	}
	if got := n.cap.Adverts(other.proc.Started, advertsOf(other)); len(got) > 0 {
		n.Errorf("%s was heard: %v", other.Name, got)
	}
	if log := master.proc.Log(); strings.Count(log, "(VI_1) Entering") != 2 {
		n.Errorf("the master was none for a while:\n%s", log)
	}
}

// A reload for which there are no descriptors is made all the same: what it adds is in FAULT, what was there goes on.
// A port that would take the last ones is none: a master needs some to announce its addresses.
func TestAReloadWithoutDescriptors(t *testing.T) {
	t.Parallel()
	for call, room := range map[string]uint64{"socket": 1, "dup": spareFiles + 1} { // the first is for the file
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			lab.Judge(t, func(t *lab.Trial) { reloadWithoutDescriptors(t, room, call) })
		})
	}
}

func reloadWithoutDescriptors(t *lab.Trial, room uint64, call string) {
	n := newNetwork(t)
	a, b := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24")
	b.keepalived(kaInstance(theMaster()) + kaInstance(inGroup(theMaster(), groupB)))
	b.log(0, "(VI_1) Entering MASTER STATE")
	b.log(0, "(VI_2) Entering MASTER STATE")
	a.engine(theBackup())
	a.log(0, "Entering BACKUP STATE")
	must(t, leaveRoom(a.proc.Pid, room))
	a.reload(theBackup(), inGroup(theBackup(), groupB))
	a.log(0, "(VI_2) entering FAULT state (cannot send and receive on eth0: "+call+": too many open files)")
	if call == "dup" { // for the dump there is room
		a.hears(groupA)
	}
	mark := a.proc.LogSize()
	a.room()
	a.log(mark, "(VI_2) Entering BACKUP STATE")
	a.hears(groupB)
	if strings.Contains(a.proc.Log(), "(VI_1) Entering FAULT") {
		t.Errorf("the other is concerned too:\n%s", a.proc.Log())
	}
	n.oneMaster(a, b)
}

// Of two groups on an interface the second is refused: that costs its own instance only, in a first start and in
// a reload, and only until there is room.
func TestAGroupThatIsRefusedCostsItsOwnInstanceOnly(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		n := newNetwork(t)
		a, b := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24")
		b.keepalived(kaInstance(theMaster()) + kaInstance(inGroup(theMaster(), groupB)))
		b.log(0, "(VI_1) Entering MASTER STATE")
		b.log(0, "(VI_2) Entering MASTER STATE")
		a.engine(theBackup())
		a.log(0, "Entering BACKUP STATE")
		a.memberships(0)
		a.reload(theBackup(), inGroup(theBackup(), groupB))
		a.log(0, "(VI_2) entering FAULT state (cannot send and receive on eth0: join 224.0.0.19: "+noMember+")")
		a.hears(groupA)
		if a.member(groupB) || strings.Contains(a.proc.Log(), "(VI_1) Entering FAULT") {
			t.Errorf("the other is concerned too:\n%s", a.proc.Log())
		}
		mark := a.proc.LogSize()
		a.memberships(1)
		a.log(mark, "(VI_2) Entering BACKUP STATE")
		a.log(mark, "interface eth0 with group 224.0.0.19 can be used for VRRP again")
		eventually(t, "both groups, with one for each socket", func() bool { return a.member(groupA) && a.member(groupB) })
		a.reload(inGroup(theBackup(), groupB))
		a.hears(groupB)
		eventually(t, "the group to be left", func() bool { return !a.member(groupA) })
		n.oneMaster(a, b)
	})
}

// A reload that was prepared and then aborted, because the other role refused it, leaves groups and descriptors
// as they were.
func TestAnAbortedReloadLeavesItsGroups(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		n := newNetwork(t)
		a, b := n.box("a", "192.168.1.151/24"), n.box("b", "192.168.1.152/24")
		b.keepalived(kaInstance(theMaster()))
		b.log(0, "Entering MASTER STATE")
		a.do("ip link add eth1 type veth peer name eth2")
		a.engine(theBackup())
		a.log(0, "Entering BACKUP STATE")
		a.hears(groupA)
		before, other := a.files(), inGroup(theBackup(), groupB)
		a.write(theBackup(), other)
		mark := a.proc.LogSize()
		a.signal(syscall.SIGWINCH)
		a.log(mark, "done window changed")
		if a.member(groupB) {
			t.Error("the group was not left")
		}
		if now := a.files(); now != before {
			t.Errorf("sockets before: %s, after: %s", before, now)
		}
		if log := a.proc.LogSince(mark); strings.Contains(log, "STATE") {
			t.Errorf("it had an effect:\n%s", log)
		}
		a.hears(groupA)
		n.oneMaster(a, b)
	})
}

// files are the sockets that the engine has open.
func (b *box) files() string {
	b.t.Helper()
	const list = "for f in /proc/%d/fd/*; do readlink $f; done | grep socket | sort"
	out, err := b.Run("sh", "-c", fmt.Sprintf(list, b.proc.Pid))
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}
