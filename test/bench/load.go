package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"holdfast/test/lab"
)

const (
	instances = 100
	// observed is how long the running daemons are watched.
	observed = 20 * time.Second
	// ticksPerSecond is USER_HZ, 100 on every Linux.
	ticksPerSecond = 100
)

func manyConfig(i int) string {
	var b strings.Builder
	for n := 1; n <= instances; n++ {
		fmt.Fprintf(&b, `vrrp_instance VI_%d {
    state BACKUP
    interface eth0
    virtual_router_id %d
    priority %d
    advert_int 1
    virtual_ipaddress {
        192.168.2.%d/32
    }
}
`, n, n, 150-50*i, n)
	}
	return b.String()
}

// load measures processor time and memory of a hundred instances, as master and
// as backup.
func load(o options, emit func(result)) error {
	for _, program := range o.programs {
		if err := loadOf(program, emit); err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
	}
	return nil
}

func loadOf(program string, emit func(result)) (err error) {
	p, err := newDuo(program, manyConfig)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := p.close(); err == nil {
			err = cerr
		}
	}()
	for _, d := range p.d {
		if err := d.Start(); err != nil {
			return err
		}
	}
	if err := hasAll(p.d[0]); err != nil {
		return err
	}
	var before [2]float64
	for i, d := range p.d {
		if before[i], err = cpuSeconds(d.Proc); err != nil {
			return err
		}
	}
	start := time.Now()
	want := instances * int(observed/time.Second)
	if err := lab.Eventually(2*observed, "the advertisements of the time observed", func() (bool, string) {
		n := len(p.capture.Adverts(start, lab.From(addrs[0])))
		return n >= want, fmt.Sprintf("%d of %d", n, want)
	}); err != nil {
		return err
	}
	span := time.Since(start).Seconds()
	if stray := p.capture.Adverts(start, lab.From(addrs[1])); len(stray) > 0 {
		return fmt.Errorf("the backup spoke %d times", len(stray))
	}
	for i, d := range p.d {
		role := [2]string{"master", "backup"}[i]
		busy, rss, err := taken(d.Proc, before[i], span)
		if err != nil {
			return err
		}
		name := filepath.Base(program)
		emit(result{What: fmt.Sprintf("processor, %d instances at 1 s, %s", instances, role), Program: name,
			Value: busy, Unit: "%"})
		emit(result{What: fmt.Sprintf("memory (RSS of all processes), %d instances, %s", instances, role),
			Program: name,
			Value:   rss, Unit: "MB"})
	}
	return nil
}

// hasAll waits until a director has the addresses of all instances.
func hasAll(d *lab.Director) error {
	last := netip.MustParseAddr(fmt.Sprintf("192.168.2.%d", instances))
	err := lab.Eventually(30*time.Second, "all addresses on director 1", func() (bool, string) {
		list, err := d.Addrs("eth0")
		if err != nil {
			return false, err.Error()
		}
		n, err := d.CountAddr("eth0", last)
		return n == 1 && len(list) >= instances, fmt.Sprint(len(list), " addresses ", err)
	})
	if err != nil {
		log := d.Proc.Log()
		return fmt.Errorf("%w\n%s", err, log[max(0, len(log)-2000):])
	}
	return nil
}

// taken is what the processes of the daemon take: the processor time since it was before, in percent of the seconds
// that have passed, and memory as resident tells it.
func taken(p *lab.Process, before, seconds float64) (percent, rss float64, err error) {
	after, err := cpuSeconds(p)
	if err != nil {
		return 0, 0, err
	}
	rss, err = resident(p)
	return 100 * (after - before) / seconds, rss, err
}

// cpuSeconds is the processor time all processes of the daemon have used.
func cpuSeconds(p *lab.Process) (float64, error) {
	var sum float64
	for _, pid := range p.Tree() {
		n, err := cpuOf(pid)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// cpuOf is the processor time a process has used, in seconds.
func cpuOf(pid int) (sum float64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, fmt.Errorf("stat of %d: %q", pid, b)
	}
	for _, s := range f[11:13] { // utime and stime
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0, err
		}
		sum += n / ticksPerSecond
	}
	return sum, nil
}

// resident is the memory all processes of the daemon have, in megabytes.
func resident(p *lab.Process) (float64, error) {
	kB, err := lab.Memory("VmRSS", p.Tree()...)
	return float64(kB) / 1024, err
}
