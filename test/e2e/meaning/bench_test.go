//go:build e2e

package meaning

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"holdfast/test/lab"
)

// Addresses of the hosts.
var (
	ownAddr  = netip.MustParsePrefix("192.168.1.151/24")
	peerAddr = netip.MustParsePrefix("192.168.1.152/24")
)

// Link addresses are the same for both programs, so that their packets can be.
const (
	ownMAC = "02:00:00:00:00:51"
	// givenMAC is that of a virtual MAC interface to which a scene gives one.
	givenMAC = "02:00:00:00:00:09"
	peerMAC  = "02:00:00:00:00:52"
)

// limit bounds every wait; it is long, since other work may be on the machine.
const limit = 40 * time.Second

// at is where a program sees its files: every program has a /run of its own.
const at = "/run/case"

// A bench is one program with one configuration on one host.
type bench struct {
	*scene
	program   string
	netns     string // of the host, as /proc names it
	lan       *lab.LAN
	host      *lab.Host
	peer      *lab.Director // keepalived on another host, nil without one
	neighbour *lab.Host     // the other host, nil without one
	run       string        // the program's /run, as the test sees it
	capture   *lab.Capture
	extra     map[string]*lab.Capture // of further interfaces
	proc      *lab.Process
	sysctls   map[string]string // before
	readers   []*reader
	seen      seen
	logMark   int
	callMark  int
	released  bool
}

// stop is the panic that ends a play.
type stop struct{ error }

// must ends the play on an error.
func (b *bench) must(err error) {
	if err != nil {
		panic(stop{err})
	}
}

// perform plays a scene with one program and tells what was seen.
func perform(dir string, s *scene, program string) (got seen, err error) {
	b := &bench{scene: s, program: program, seen: seen{}, extra: map[string]*lab.Capture{}}
	defer func() {
		if p := recover(); p != nil {
			st, ok := p.(stop)
			if !ok {
				panic(p)
			}
			err = st.error
			if b.proc != nil {
				err = fmt.Errorf("%w\nlog:\n%s", err, b.proc.Log())
			}
		}
		err = errors.Join(err, b.close())
	}()
	b.build(dir)
	b.check()
	if s.play == nil {
		b.start()
		b.masters()
		b.look("master")
		b.stop()
	} else {
		s.play(b)
	}
	b.collect()
	return b.seen, nil
}

// build makes the host and its files.
func (b *bench) build(dir string) {
	b.must(os.MkdirAll(dir, 0o755))
	var err error
	b.lan, err = lab.NewLAN(dir)
	b.must(err)
	b.host, err = b.lan.AddHost("d")
	b.must(err)
	b.must(b.host.Sysctl("net/ipv6/conf/default/accept_dad", "0"))
	b.setUp(b.host, ownMAC, ownAddr)
	b.must(b.host.Do(func() (err error) {
		b.netns, err = os.Readlink("/proc/thread-self/ns/net")
		return err
	}))
	b.capture, err = b.lan.Capture()
	b.must(err)
	b.run = filepath.Join(b.host.Dir, "run")
	b.must(os.MkdirAll(filepath.Join(b.run, "case"), 0o755))
	b.write("keepalived.conf", b.conf, 0o644)
	b.write("note", note, 0o755)
	for name, text := range b.files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		b.write(name, text, mode)
	}
	switch {
	case b.scene.peer != "":
		h := b.addPeer()
		b.peer = lab.NewDirector(h, "keepalived")
		b.must(b.peer.Configure(b.scene.peer))
	case b.company || strings.Contains(b.conf, peerAddr.Addr().String()):
		b.addPeer() // somebody has to answer ARP
	}
	b.sysctls = b.readSysctls()
}

// addPeer makes a second host.
func (b *bench) addPeer() *lab.Host {
	h, err := b.lan.AddHost("p")
	b.must(err)
	b.setUp(h, peerMAC, peerAddr)
	b.neighbour = h
	return h
}

// setUp gives eth0 of a host its addresses.
func (b *bench) setUp(h *lab.Host, mac string, addr netip.Prefix) {
	_, err := h.Run("sh", "-ec", `printf '%s\n' 'link set eth0 down' 'link set eth0 address `+mac+`' \
		'link set eth0 up' 'addr add `+addr.String()+` dev eth0' | ip -batch -`)
	b.must(err)
}

// write makes a file beside the configuration.
func (b *bench) write(name, text string, mode os.FileMode) {
	path := filepath.Join(b.run, "case", name)
	b.must(os.MkdirAll(filepath.Dir(path), 0o755))
	b.must(os.WriteFile(path, []byte(text), mode))
	b.must(os.Chmod(path, mode)) // whatever the umask
}

// args is a command line that runs the program with its own /run.
func (b *bench) args(options ...string) []string {
	script := `mount --bind "$0" /run; export TMPDIR=/run/case; exec "$@"`
	if b.outside {
		script = `mkdir -p "$0"/netns; : >"$0"/netns/red; mount --bind /proc/self/ns/net "$0"/netns/red; mount --rbind "$0" /run
			export TMPDIR=/run/case; exec nsenter --net=/proc/1/ns/net "$@"`
	}
	return slices.Concat([]string{"-ec", script, b.run, b.program, "-f", at + "/keepalived.conf"}, b.options, options)
}

// check compares the verdict of -t.
func (b *bench) check() {
	p, err := b.host.Start("check", "sh", b.args("-t")...)
	b.must(err)
	code, _, err := p.Wait(time.Now(), limit)
	b.must(err)
	b.seen.add(secExit, "-t: %d", code)
}

// start starts the program.
func (b *bench) start(options ...string) {
	var err error
	b.proc, err = b.host.Start("program", "sh", b.args(append([]string{"-n", "-l", "-D", "-G"}, options...)...)...)
	b.must(err)
	b.readFIFOs()
}

// stop ends the program as an operator does.
func (b *bench) stop() { b.signal(syscall.SIGTERM); b.ended() }

func (b *bench) signal(s syscall.Signal) { b.must(b.proc.Signal(s)) }

// ended waits for the program's end and looks at what it left.
func (b *bench) ended() {
	b.ends()
	b.look("stopped")
}

// ends waits for the program's end.
func (b *bench) ends() {
	code, _, err := b.proc.Wait(time.Now(), limit)
	b.must(err)
	b.seen.add(secExit, "end: %d", code)
}

// until waits for a condition, as long as the program runs.
func (b *bench) until(what string, cond func() (bool, string)) {
	limit := limit
	if b.slow {
		limit *= 3
	}
	deadline := time.Now().Add(limit)
	for {
		ended := b.proc != nil && b.proc.Exited()
		ok, state := cond()
		switch {
		case ok:
			return
		case ended:
			b.must(fmt.Errorf("waited for %s, but the program ended; at the end: %s", what, state))
		case time.Now().After(deadline):
			b.must(fmt.Errorf("waited %v for %s; at the end: %s", limit, what, state))
		}
		time.Sleep(b.pause())
	}
}

// pause is the time between two looks at what is waited for; a look is dear in a
// user-mode kernel.
func (b *bench) pause() time.Duration {
	if b.ipvs {
		return 100 * time.Millisecond
	}
	return 5 * time.Millisecond
}

// logged waits until the log has text n times.
func (b *bench) logged(text string, n int) {
	b.until(fmt.Sprintf("%d times %q in the log", n, text), func() (bool, string) {
		log := b.proc.Log()
		return strings.Count(log, text) >= n, log
	})
}

// masters waits until every instance of the configuration is master and has
// advertised itself three times more.
func (b *bench) masters() {
	names := b.instances()
	for _, name := range names {
		b.logged("("+name+") Entering MASTER STATE", 1)
	}
	b.more(3, len(names))
}

// adverts waits for n more advertisements of every virtual router that sends any.
func (b *bench) adverts(n int) { b.more(n, 1) }

// more waits for n more advertisements of at least so many virtual routers, and of
// every one that has sent any.
func (b *bench) more(n, routers int) {
	before := b.sent()
	b.until(fmt.Sprintf("%d advertisements of %d routers", n, routers), func() (bool, string) {
		now := b.sent()
		for vrid, have := range now {
			if have < before[vrid]+n {
				return false, fmt.Sprint(before, now)
			}
		}
		return len(now) >= routers, fmt.Sprint(before, now)
	})
}

// sent counts the advertisements of this host by virtual router.
func (b *bench) sent() map[uint8]int {
	n := map[uint8]int{}
	for _, a := range b.capture.Adverts(time.Time{}, func(a lab.Advert) bool { return isOurs(a.MAC) }) {
		n[a.VRID]++
	}
	return n
}

func (b *bench) close() error {
	if b.released {
		return nil
	}
	b.released = true
	var errs []error
	for _, r := range b.readers {
		errs = append(errs, r.close())
	}
	for _, c := range b.extra {
		errs = append(errs, c.Close())
	}
	if b.capture != nil {
		errs = append(errs, b.capture.Close())
	}
	if b.lan != nil {
		errs = append(errs, b.lan.Close())
	}
	return errors.Join(errs...)
}

// link adds a second interface to the host; what is announced on it is recorded.
func (b *bench) link(name string) {
	b.must(b.host.AddLink(name, net.HardwareAddr{2, 0, 0, 0, 1, 0x51}, net.HardwareAddr{2, 0, 0, 0, 2, 0x51}))
	c, err := b.host.Capture(name + "p")
	b.must(err)
	b.extra[name] = c
	b.sysctls = b.readSysctls()
}

// remove removes a file beside the configuration.
func (b *bench) remove(name string) error { return os.Remove(filepath.Join(b.run, "case", name)) }
