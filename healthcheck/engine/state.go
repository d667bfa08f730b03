package engine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/ipvs"
)

// left is what a run writes down for the one after it.
type left struct {
	services map[ipvs.ServiceID]bool
	timeouts *ipvs.Timeouts // the kernel's, from before ours were set; nil when not changed
}

// stateFile keeps left over a crash. The kernel does not say who made a service: without
// the file, one that is dropped from the configuration while nobody runs would stay for
// ever, and so would one of a run that was killed.
//
// One line for each service, "inet tcp 10.0.0.1 80" or "inet6 fwmark 5", and "timeouts
// 900 120 300" in seconds. It is replaced in one step and readable for its owner only.
type stateFile struct {
	path string
	last []byte
}

func newStateFile(path string) *stateFile { return &stateFile{path: path} }

// load reads the file; one that is not there is empty.
func (f *stateFile) load() (left, error) {
	l := left{services: map[ipvs.ServiceID]bool{}}
	if f.path == "" {
		return l, nil
	}
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	var bad error
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		if err := l.parse(lines.Text()); err != nil && bad == nil {
			bad = fmt.Errorf("%s:%d: %v", f.path, n, err)
		}
	}
	return l, bad
}

// parse takes one line.
func (l *left) parse(line string) error {
	if strings.TrimSpace(line) == "" {
		return nil
	}
	var t [3]uint32
	if n, _ := fmt.Sscanf(line, "timeouts %d %d %d", &t[0], &t[1], &t[2]); n == 3 {
		l.timeouts = &ipvs.Timeouts{
			TCP: seconds(t[0]), TCPFin: seconds(t[1]), UDP: seconds(t[2]),
		}
		return nil
	}
	id, err := parseService(line)
	if err != nil {
		return err
	}
	l.services[id] = true
	return nil
}

func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }

func parseService(line string) (ipvs.ServiceID, error) {
	var id ipvs.ServiceID
	word := strings.Fields(line)
	if len(word) < 3 {
		return id, fmt.Errorf("not a service: %q", line)
	}
	switch word[0] {
	case "inet":
		id.Family = ipvs.IPv4
	case "inet6":
		id.Family = ipvs.IPv6
	default:
		return id, fmt.Errorf("not an address family: %q", word[0])
	}
	if word[1] == "fwmark" {
		if n, err := fmt.Sscan(word[2], &id.FWMark); n != 1 || err != nil || id.FWMark == 0 {
			return id, fmt.Errorf("not a firewall mark: %q", word[2])
		}
		return id, nil
	}
	for _, p := range []ipvs.Protocol{ipvs.TCP, ipvs.UDP, ipvs.SCTP} {
		if p.String() == word[1] {
			id.Protocol = p
		}
	}
	if id.Protocol == 0 || len(word) != 4 {
		return id, fmt.Errorf("not a service: %q", line)
	}
	addr, err := netip.ParseAddr(word[2])
	if err != nil {
		return id, err
	}
	id.Addr = addr
	if _, err := fmt.Sscan(word[3], &id.Port); err != nil {
		return id, fmt.Errorf("not a port: %q", word[3])
	}
	return id, nil
}

func formatService(id ipvs.ServiceID) string {
	family := "inet"
	if id.Family == ipvs.IPv6 {
		family = "inet6"
	}
	if id.FWMark != 0 {
		return fmt.Sprintf("%s fwmark %d\n", family, id.FWMark)
	}
	return fmt.Sprintf("%s %s %s %d\n", family, id.Protocol, id.Addr, id.Port)
}

// save writes the file if it changes.
func (f *stateFile) save(l left) error {
	if f.path == "" {
		return nil
	}
	lines := make([]string, 0, len(l.services)+1)
	for id := range l.services {
		lines = append(lines, formatService(id))
	}
	slices.Sort(lines)
	if t := l.timeouts; t != nil {
		lines = append(lines, fmt.Sprintf("timeouts %d %d %d\n", t.TCP/time.Second, t.TCPFin/time.Second, t.UDP/time.Second))
	}
	text := []byte(strings.Join(lines, ""))
	if f.last != nil && bytes.Equal(text, f.last) {
		return nil
	}
	if err := replace(f.path, text); err != nil {
		return err
	}
	f.last = text
	return nil
}

// replace writes a file in one step.
func replace(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// remove deletes the file: nothing is left behind.
func (f *stateFile) remove() {
	f.last = nil
	if f.path != "" {
		_ = os.Remove(f.path) // one that stays names services that are gone: harmless
	}
}
