package netif

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file asks for the state of links instead of waiting for what the kernel says (semantics 4.7): drivers
// that do not tell of a carrier say that it is always there.

// A BeatMethod is how the state of a link is asked for.
type BeatMethod uint8

// The methods; AnyBeat is the first of the others that answers.
const (
	AnyBeat     BeatMethod = iota
	BeatMII                // the status register of the transceiver
	BeatEthtool            // the driver
	BeatIOCTL              // the flags of the interface
)

// String is its word in a configuration.
func (m BeatMethod) String() string { return [...]string{"any", "MII", "ETHTOOL", "IOCTL"}[m] }

// A Beat is a link that is polled.
type Beat struct {
	Name   string
	Method BeatMethod // to try first
}

// A BeatAnswer is what a poll has found.
type BeatAnswer struct {
	Beat
	Used BeatMethod // that answered
	Up   bool
}

// beatInterval is the time from one poll to the next, as with keepalived.
const beatInterval = time.Second

// Linkbeat polls links once a second, on a goroutine of its own: drivers may take their time.
type Linkbeat struct {
	fd     int
	every  time.Duration
	report func([]BeatAnswer)
	stop   chan struct{}
	done   chan struct{} // closed when the goroutine has ended; nil before it begins

	mu   sync.Mutex
	list []Beat
	used map[string]BeatMethod // that answered the last time
}

// NewLinkbeat gives a Linkbeat that polls nothing yet, in the network namespace of the calling thread.
// report is told all answers of one round and must not block; it is called from another goroutine.
func NewLinkbeat(report func([]BeatAnswer)) (*Linkbeat, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open socket to poll links: %w", os.NewSyscallError("socket", err))
	}
	return &Linkbeat{fd: fd, every: beatInterval, report: report, stop: make(chan struct{}),
		used: map[string]BeatMethod{}}, nil
}

// Set replaces the links that are polled, and asks all of them at once. Those that are not there, or answer
// no question, are left out of the answers.
func (l *Linkbeat) Set(list []Beat) []BeatAnswer {
	l.mu.Lock()
	l.list = slices.Clone(list)
	maps.DeleteFunc(l.used, func(name string, _ BeatMethod) bool {
		return !slices.ContainsFunc(list, func(b Beat) bool { return b.Name == name })
	})
	l.mu.Unlock()
	if l.done == nil && len(list) > 0 {
		l.done = make(chan struct{})
		go l.run()
	}
	return l.round()
}

// Close ends the polls.
func (l *Linkbeat) Close() error {
	close(l.stop)
	if l.done != nil {
		<-l.done
	}
	return unix.Close(l.fd)
}

func (l *Linkbeat) run() {
	defer close(l.done)
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		if answers := l.round(); len(answers) > 0 {
			l.report(answers)
		}
	}
}

// round asks every link once.
func (l *Linkbeat) round() (answers []BeatAnswer) {
	l.mu.Lock()
	list, used := slices.Clone(l.list), maps.Clone(l.used)
	l.mu.Unlock()
	for _, b := range list {
		// What has answered before is asked again, and only if it does not the others.
		first := b.Method
		if m, known := used[b.Name]; known {
			first = m
		}
		a, err := pollLink(b.Name, first, l.ask)
		if err != nil {
			continue
		}
		a.Method = b.Method
		used[b.Name] = a.Used
		answers = append(answers, a)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range answers {
		// Set may have taken it off the list meanwhile.
		if slices.Contains(l.list, a.Beat) {
			l.used[a.Name] = a.Used
		}
	}
	return answers
}

// errNoLinkbeat is a link that answers no question.
var errNoLinkbeat = errors.New("no way to ask for the state of the link")

// pollLink asks for the state of a link, first with one method and then with the others. An interface that
// is set down is down whatever its carrier is.
func pollLink(name string, first BeatMethod, ask func(string, BeatMethod) (bool, error)) (BeatAnswer, error) {
	methods := []BeatMethod{BeatMII, BeatEthtool, BeatIOCTL}
	if first != AnyBeat {
		methods = slices.Insert(slices.DeleteFunc(methods, func(m BeatMethod) bool { return m == first }), 0, first)
	}
	for _, m := range methods {
		up, err := ask(name, m)
		switch {
		case err == nil:
			return BeatAnswer{Beat: Beat{Name: name}, Used: m, Up: up}, nil
		case errors.Is(err, unix.ENODEV):
			return BeatAnswer{}, err
		}
	}
	return BeatAnswer{}, errNoLinkbeat
}

// ask is one question to the kernel. The error is ENODEV if there is no such interface.
func (l *Linkbeat) ask(name string, m BeatMethod) (bool, error) {
	flags, err := unix.NewIfreq(name)
	if err != nil {
		return false, unix.ENODEV
	}
	if err := unix.IoctlIfreq(l.fd, unix.SIOCGIFFLAGS, flags); err != nil {
		return false, err
	}
	up := flags.Uint16()&unix.IFF_UP != 0
	switch m {
	case BeatMII:
		link, err := l.mii(name)
		return up && link, err
	case BeatEthtool:
		link, err := l.ethtool(name)
		return up && link, err
	}
	return up && flags.Uint16()&unix.IFF_RUNNING != 0, nil
}

// An ifreqMII is struct ifreq with struct mii_ioctl_data in it.
type ifreqMII struct {
	name                 [unix.IFNAMSIZ]byte
	phy, reg, in, result uint16
	_                    [16]byte
}

// mii reads the status register of the transceiver (IEEE 802.3 clause 22, register 1).
func (l *Linkbeat) mii(name string) (bool, error) {
	const (
		status   = 1
		linkUp   = 0x0004
		register = 0xffff // of a transceiver that is not there
	)
	r := ifreqMII{}
	copy(r.name[:], name)
	if err := l.ioctl(unix.SIOCGMIIPHY, unsafe.Pointer(&r)); err != nil {
		return false, err
	}
	// Twice: the bit stays off after a loss until it has been read once.
	for range 2 {
		r.reg = status
		if err := l.ioctl(unix.SIOCGMIIREG, unsafe.Pointer(&r)); err != nil {
			return false, err
		}
	}
	if r.result == 0 || r.result == register {
		return false, unix.EOPNOTSUPP
	}
	return r.result&linkUp != 0, nil
}

// An ifreqData is struct ifreq with a pointer in it.
type ifreqData struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [16]byte
}

// ethtool asks the driver.
func (l *Linkbeat) ethtool(name string) (bool, error) {
	value := struct{ command, data uint32 }{command: unix.ETHTOOL_GLINK}
	r := ifreqData{data: unsafe.Pointer(&value)}
	copy(r.name[:], name)
	err := l.ioctl(unix.SIOCETHTOOL, unsafe.Pointer(&r))
	return value.data != 0, err
}

func (l *Linkbeat) ioctl(request uint, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(l.fd), uintptr(request), uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}
