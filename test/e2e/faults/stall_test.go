//go:build e2e

package faults

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// stallInterval is the interval of the adverts here. A backup with priority 100 waits 3.6 of them for a master, from its last
// advert on, which may be one old: a stop of stallShort is no end of a master.
const (
	stallInterval = 500 * time.Millisecond
	stallShort    = stallInterval * 9 / 4
	stallLong     = stallInterval * 8
)

// stop keeps processes from running for a time.
func (s *site) stop(d time.Duration, pids ...int) {
	s.Helper()
	for _, pid := range pids {
		s.must(lab.Freeze(pid))
	}
	time.Sleep(d)
	for _, pid := range pids {
		s.must(syscall.Kill(pid, syscall.SIGCONT))
	}
}

// processes are the supervisor and the vrrp role.
func (s *site) processes(d *lab.Director) (supervisor, role int) {
	s.Helper()
	role, err := d.RolePid("vrrp")
	s.must(err)
	return d.Proc.Pid, role
}

// stalls are what keeps a daemon from running, each shorter than a master may be silent; those that are long are for a backup.
var stalls = map[string]struct {
	long bool
	do   func(s *site, d *lab.Director)
}{
	"all of it": {do: func(s *site, d *lab.Director) {
		supervisor, role := s.processes(d)
		for n := range 5 {
			s.stop(stallShort, supervisor, role)
			time.Sleep(stallInterval + time.Duration(n)*stallInterval/5) // at another moment of the interval each time
		}
	}},
	"the role": {do: func(s *site, d *lab.Director) {
		_, role := s.processes(d)
		for n := range 5 {
			s.stop(stallShort, role)
			time.Sleep(stallInterval + time.Duration(n)*stallInterval/5)
		}
	}},
	"the supervisor": {do: func(s *site, d *lab.Director) {
		supervisor, _ := s.processes(d)
		s.stop(stallLong, supervisor)
	}},
	// What a process has that shares its processor with many others: a part of the time, in pieces.
	"most of the time": {do: func(s *site, d *lab.Director) {
		supervisor, role := s.processes(d)
		for range 20 {
			s.stop(stallInterval/2, supervisor, role)
			time.Sleep(stallInterval / 50)
		}
	}},
	"for longer than a master may be silent": {long: true, do: func(s *site, d *lab.Director) {
		supervisor, role := s.processes(d)
		s.stop(stallLong, supervisor, role)
		s.stop(stallLong, role)
	}},
}

// steady is how often the two instances of a pair changed their state, and who sent adverts since.
func (s *site) steady(since time.Time, master string, logs ...*lab.Director) {
	s.Helper()
	for _, a := range s.wire.Adverts(since, func(lab.Advert) bool { return true }) {
		if a.Src != netip.MustParseAddr(master) {
			s.Errorf("an advert of another one: %v", a)
			break
		}
		if a.Priority == 0 {
			s.Errorf("the master resigned: %v", a)
		}
	}
	for _, d := range logs {
		if log := d.Proc.Log(); strings.Count(log, "(V) Entering MASTER STATE")+strings.Count(log, "(V) Entering FAULT") > 1 ||
			strings.Count(log, "(V) Entering BACKUP STATE") > 1 {
			s.Errorf("changed its state:\n%s", log)
		}
	}
}

// A stall shorter than a master may be silent is no change of master: neither of ours as a master, beside a keepalived that waits
// for its adverts, nor of ours as a backup, which has to hear first what came meanwhile; for that one no stall is too long.
func TestAStallIsNoChangeOfMaster(t *testing.T) {
	for name, c := range stalls {
		for _, prio := range []int{200, 50} {
			if c.long && prio == 200 {
				continue
			}
			t.Run(fmt.Sprintf("%s, priority %d", name, prio), func(t *testing.T) {
				t.Parallel()
				lab.Judge(t, func(t *lab.Trial) {
					s := newSite(t)
					h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
					conf := func(prio int) string { return router("V", "eth0", 51, prio, stallInterval.Seconds(), shared+"/32") }
					d, ka, master := (*lab.Director)(nil), (*lab.Director)(nil), ours
					if prio == 200 {
						d = s.start(h, conf(prio))
						s.logged(d, 0, "(V) Entering MASTER STATE")
						ka = s.keepalived(other, conf(100))
						s.logged(ka, 0, "(V) Entering BACKUP STATE")
					} else {
						master = peers
						ka = s.keepalived(other, conf(100))
						s.logged(ka, 0, "(V) Entering MASTER STATE")
						d = s.start(h, conf(prio))
						s.logged(d, 0, "(V) Entering BACKUP STATE")
					}
					s.heard(master, 3)
					since := time.Now()
					c.do(s, d)
					s.heard(master, 8)
					s.steady(since, master, d, ka)
				})
			})
		}
	}
}

// A master that was stopped for too long has lost its office. When it goes on, there are two for no longer than an interval: the
// one of the higher priority says so once, however many adverts have come meanwhile, and the other one gives way.
func TestAStallThatWasTooLong(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		s := newSite(t)
		h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
		conf := func(prio int) string { return router("V", "eth0", 51, prio, stallInterval.Seconds(), shared+"/32") }
		d := s.start(h, conf(200))
		s.logged(d, 0, "(V) Entering MASTER STATE")
		ka := s.keepalived(other, conf(100))
		s.logged(ka, 0, "(V) Entering BACKUP STATE")
		supervisor, role := s.processes(d)
		for _, pid := range []int{supervisor, role} {
			s.must(lab.Freeze(pid))
		}
		s.logged(ka, 0, "(V) Entering MASTER STATE")
		s.heard(peers, 6)
		on := time.Now()
		for _, pid := range []int{supervisor, role} {
			s.must(syscall.Kill(pid, syscall.SIGCONT))
		}
		s.logged(d, 0, "(V) two masters no more: "+peers)
		s.heard(ours, 3)
		for _, a := range s.wire.Adverts(on.Add(stallInterval+lag), lab.From(netip.MustParseAddr(peers))) {
			t.Errorf("still master: %v, went on at %v", a, on)
		}
		log := d.Proc.Log()
		if strings.Count(log, "(V) two masters:") != 1 || strings.Count(log, "(V) Entering") != 2 {
			t.Errorf("told more than once, or changed its state:\n%s", log)
		}
	})
}

// A deaf place takes no lines. start starts the daemon so that it logs there.
type deafPlace struct {
	start func(s *site, h *lab.Host, conf string) *lab.Director
}

// full fills a pipe or a socket.
func (s *site) full(fd int) {
	s.Helper()
	s.must(unix.SetNonblock(fd, true))
	for {
		if _, err := unix.Write(fd, []byte("x")); errors.Is(err, unix.EAGAIN) {
			return
		} else {
			s.must(err)
		}
	}
}

var deafPlaces = map[string]deafPlace{
	"a pipe on standard error that nobody reads": {func(s *site, h *lab.Host, conf string) *lab.Director {
		path := filepath.Join(h.Dir, "stderr")
		s.must(unix.Mkfifo(path, 0o600))
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
		s.must(err)
		s.Cleanup(func() { f.Close() })
		s.full(int(f.Fd()))
		return s.startBehind(h, conf, "sh", "-c", `exec "$@" >`+path+` 2>&1`, "sh")
	}},
	"a log file on a full disk": {func(s *site, h *lab.Host, conf string) *lab.Director {
		dir := filepath.Join(h.Dir, "disk")
		s.must(os.Mkdir(dir, 0o755))
		s.must(unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8k"))
		s.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
		_ = os.WriteFile(filepath.Join(dir, "fill"), make([]byte, 64<<10), 0o600)
		return s.startBehind(h, conf, "sh", "-c", `exec "$@" --log-file=`+dir+`/log --flush-log-file`, "sh")
	}},
	"a syslog that does not read": {func(s *site, h *lab.Host, conf string) *lab.Director {
		path := filepath.Join(h.Dir, "log")
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		s.must(err)
		s.Cleanup(func() { _ = unix.Close(fd) })
		s.must(unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
		out, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		s.must(err)
		s.Cleanup(func() { _ = unix.Close(out) })
		s.must(unix.Connect(out, &unix.SockaddrUnix{Name: path}))
		s.full(out)
		// /dev/log is that socket for the daemon, and -G, which Start gives, is left out.
		return s.startBehind(h, conf, "unshare", "-m", "sh", "-ec", `touch `+h.Dir+`/null
mount --bind /dev/null `+h.Dir+`/null
mount -t tmpfs none /dev
touch /dev/null
mount --bind `+h.Dir+`/null /dev/null
ln -s `+path+` /dev/log
for a; do shift; [ "$a" = -G ] || set -- "$@" "$a"; done
exec "$@"`, "sh")
	}},
}

// A place that takes no lines of the log holds up nobody: with hundreds of lines a second the adverts of a master are there in
// time, a backup stays one, and a stop is a stop.
func TestALogThatStandsStill(t *testing.T) {
	for name, place := range deafPlaces {
		for _, prio := range []int{200, 50} {
			t.Run(fmt.Sprintf("%s, priority %d", name, prio), func(t *testing.T) {
				t.Parallel()
				lab.Judge(t, func(t *lab.Trial) { logStandsStill(t, place, prio) })
			})
		}
	}
}

func logStandsStill(t *lab.Trial, place deafPlace, prio int) {
	s := newSite(t)
	h, other := s.host("d1", ours+"/24"), s.host("d2", peers+"/24")
	const interval = 200 * time.Millisecond
	file := filepath.Join(h.Dir, "weight")
	s.must(os.WriteFile(file, []byte("0\n"), 0o644))
	conf := func(prio int, more string) string {
		return strings.Replace(router("V", "eth0", 51, prio, interval.Seconds(), shared+"/32"), "state BACKUP", "state BACKUP\n"+more, 1)
	}
	ka := s.keepalived(other, conf(100, ""))
	s.logged(ka, 0, "(V) Entering MASTER STATE")
	began := time.Now()
	d := place.start(s, h, "vrrp_track_file f {\n file "+file+"\n weight 1\n}\n"+conf(prio, "track_file {\n f\n}"))
	master := peers
	if prio == 200 {
		master = ours
		_, err := s.wire.Wait(began, patience, "our adverts", lab.From(netip.MustParseAddr(ours)))
		s.must(err)
	} else {
		s.member(h, "224.0.0.18", true)
	}
	since := time.Now()
	for n := range 400 {
		s.must(os.WriteFile(file, []byte(fmt.Sprintf("%d\n", -(n%2))), 0o644))
		time.Sleep(5 * time.Millisecond)
	}
	if master == ours {
		list := s.wire.Adverts(since, lab.From(netip.MustParseAddr(master)))
		if worst, err := lab.Regular(list, time.Now(), interval, interval/2); err != nil {
			t.Errorf("our adverts were off by %v: %v", worst, err)
		}
	}
	s.steady(since, master)
	s.must(d.Proc.Signal(syscall.SIGTERM))
	status, took, err := d.Proc.Wait(time.Now(), patience)
	s.must(err)
	if status != 0 || took > 5*time.Second {
		t.Errorf("status %d, stopped within %v", status, took)
	}
}
