package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/test/lab"
)

// A plain director is what most have: a virtual router or two, or one small virtual server, and nothing else. What it
// costs is to stay as it is, whatever there is besides: this is measured with the program of before as another program.

const (
	// plainAge is when the memory of a plain director is looked at: a start is long over, and what it took has gone.
	plainAge = 15 * time.Second
	// plainLives is how many lives of a director are looked at.
	plainLives = 5
	// plainStart is how long a start is given until its processor time is read.
	plainStart   = time.Second
	plainServers = 3
)

// plainParts are the parts by name.
func plainParts() map[string]func(options, func(result)) error {
	return map[string]func(options, func(result)) error{"plain-pair": plainPair, "plain-service": plainService}
}

// plainInstances is a director with two virtual routers. Those of the first one are master at once, as owners of the
// addresses.
func plainInstances(i int) string {
	var b strings.Builder
	for n := 1; n <= 2; n++ {
		fmt.Fprintf(&b, `vrrp_instance VI_%d {
    interface eth0
    virtual_router_id %d
    priority %d
    advert_int 1
    virtual_ipaddress {
        192.168.1.%d/24
    }
}
`, n, n, 255-155*i, 160+n)
	}
	return b.String()
}

// A plainRun collects the figures of programs, which take turns, so that what else the machine does meets all of them.
type plainRun struct {
	o     options
	order []string
	got   map[string]map[string][]float64 // by what, and program
	unit  map[string]string
}

func (p *plainRun) add(what, program string, value float64, unit string) {
	if p.got == nil {
		p.got, p.unit = map[string]map[string][]float64{}, map[string]string{}
	}
	if p.got[what] == nil {
		p.got[what] = map[string][]float64{}
		p.order, p.unit[what] = append(p.order, what), unit
	}
	p.got[what][program] = append(p.got[what][program], value)
}

// tell emits medians.
func (p *plainRun) tell(emit func(result)) {
	for _, what := range p.order {
		for _, program := range p.o.programs {
			runs := p.got[what][program]
			emit(result{What: what, Program: filepath.Base(program), Value: median(runs), Unit: p.unit[what], Runs: runs})
		}
	}
}

// each does something with each program as often as asked for.
func (p *plainRun) each(times int, once func(program string) error) error {
	for range times {
		for _, program := range p.o.programs {
			if err := once(program); err != nil {
				return fmt.Errorf("%s: %w", program, err)
			}
		}
	}
	return nil
}

// memory is what all processes of a director have, in all lives so far.
func (p *plainRun) memory(of string, d *lab.Director) error {
	for _, m := range []struct{ line, what string }{
		{"VmRSS", "memory (RSS of all processes)"},
		{"RssAnon", "of that their own, not the program's file"},
		{"VmHWM", "the most they had"},
		{"Threads", "threads"},
	} {
		n, err := lab.Memory(m.line, d.Proc.Tree()...)
		if err != nil {
			return err
		}
		value, unit := float64(n)/1024, "MB"
		if m.line == "Threads" {
			value, unit = float64(n), ""
		}
		p.add(of+": "+m.what, d.Program, value, unit)
	}
	return nil
}

// plainPair measures the size of programs, and a pair of directors with two virtual routers.
func plainPair(o options, emit func(result)) (err error) {
	p := plainRun{o: o}
	for _, program := range o.programs {
		size, err := sizeOf(program)
		if err != nil {
			return err
		}
		p.add("size of the program", program, size, "MB")
	}
	lan, end, err := newLAN()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	capture, err := lan.Capture()
	if err != nil {
		return err
	}
	defer capture.Close()
	var hosts [2]*lab.Host
	for i := range hosts {
		if hosts[i], err = lan.AddHost(fmt.Sprintf("d%d", i+1), netip.PrefixFrom(addrs[i], 24)); err != nil {
			return err
		}
	}
	if err := p.each(o.runs, func(program string) error { return p.master(hosts[0], capture, program) }); err != nil {
		return err
	}
	if err := p.each(min(o.runs, plainLives), func(program string) error {
		return p.pair(hosts, program)
	}); err != nil {
		return err
	}
	p.tell(emit)
	return nil
}

// sizeOf is the size of a program's file, in megabytes.
func sizeOf(program string) (float64, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / (1 << 20), nil
}

// master measures a start until both virtual routers have been announced.
func (p *plainRun) master(h *lab.Host, capture *lab.Capture, program string) error {
	d := lab.NewDirector(h, program)
	if err := d.Configure(plainInstances(0)); err != nil {
		return err
	}
	started := time.Now()
	if err := d.Start(); err != nil {
		return err
	}
	var last time.Time
	for id := uint8(1); id <= 2; id++ {
		a, err := capture.Wait(started, 20*time.Second, fmt.Sprint("an advertisement of virtual router ", id),
			func(a lab.Advert) bool { return a.VRID == id && a.Src == addrs[0] })
		if err != nil {
			return fmt.Errorf("%w\n%s", err, d.Proc.Log())
		}
		if a.At.After(last) {
			last = a.At
		}
	}
	p.add("2 instances: start to the first adverts of both", program, milliseconds(last.Sub(started)), "ms")
	time.Sleep(time.Until(started.Add(plainStart)))
	busy, err := busyTime(d.Proc.Tree())
	if err != nil {
		return err
	}
	p.add(fmt.Sprintf("2 instances: processor time of the first %v", plainStart), program, milliseconds(busy), "ms")
	return stopped(d)
}

// busyTime is how long processes have run, in all their threads, those that have ended too.
func busyTime(pids []int) (sum time.Duration, err error) {
	const ofProcess = 2 // CPUCLOCK_SCHED, of all threads: clock_getcpuclockid(3)
	for _, pid := range pids {
		var t unix.Timespec
		if err := unix.ClockGettime(int32(^pid<<3|ofProcess), &t); err != nil {
			return 0, fmt.Errorf("processor time of process %d: %w", pid, err)
		}
		sum += time.Duration(t.Nano())
	}
	return sum, nil
}

// stopped ends a director as an operator would, so that the next one meets nothing of it.
func stopped(d *lab.Director) error {
	began := time.Now()
	if err := d.Proc.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	_, _, err := d.Proc.Wait(began, 20*time.Second)
	return err
}

// pair looks at the memory of a master and its backup.
func (p *plainRun) pair(hosts [2]*lab.Host, program string) (err error) {
	var both [2]*lab.Director
	for i, h := range hosts {
		d := lab.NewDirector(h, program)
		both[i] = d
		if err := d.Configure(plainInstances(i)); err != nil {
			return err
		}
		if err := d.Start(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stopped(d)) }()
	}
	time.Sleep(plainAge)
	for i, d := range both {
		if err := p.memory("2 instances, "+[2]string{"master", "backup"}[i], d); err != nil {
			return err
		}
	}
	return nil
}

// plainService measures one virtual server of a few real servers that are checked, in a user-mode kernel.
func plainService(o options, emit func(result)) (err error) {
	p := plainRun{o: o}
	h, end, err := directorHost()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	config := servicesConfig(1, plainServers-servers)
	what := fmt.Sprintf("1 x %d servers (user-mode)", plainServers)
	live := func(program string, age time.Duration, then func(*lab.Director, float64) error) error {
		d := lab.NewDirector(h, program)
		if err := d.Configure(config); err != nil {
			return err
		}
		took, err := waitServers(d, plainServers, d.Start)
		if err != nil {
			return err
		}
		time.Sleep(age)
		return errors.Join(then(d, took), stopped(d))
	}
	if err := p.each(o.runs, func(program string) error {
		return live(program, plainStart, func(d *lab.Director, took float64) error {
			p.add(what+": start to full table", program, took, "ms")
			busy, err := busyTime(d.Proc.Tree())
			p.add(fmt.Sprintf("%s: processor time until %v later", what, plainStart), program, milliseconds(busy), "ms")
			return err
		})
	}); err != nil {
		return err
	}
	if err := p.each(min(o.runs, plainLives), func(program string) error {
		return live(program, plainAge, func(d *lab.Director, _ float64) error { return p.memory(what, d) })
	}); err != nil {
		return err
	}
	p.tell(emit)
	return nil
}
