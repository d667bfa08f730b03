package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"holdfast/test/lab"
)

var (
	vip   = netip.MustParseAddr("192.168.1.150")
	addrs = [2]netip.Addr{netip.MustParseAddr("192.168.1.151"), netip.MustParseAddr("192.168.1.152")}
)

// pairConfig is an instance of director i: priority 150 and 100.
func pairConfig(i, version int, interval float64) string {
	return fmt.Sprintf(`vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version %d
    priority %d
    advert_int %g
    virtual_ipaddress {
        %v/24
    }
}
`, version, 150-50*i, interval, vip)
}

// failovers measures how long a backup takes after the master was killed, and
// after it was stopped.
func failovers(o options, emit func(result)) error {
	type tempo struct {
		version  int
		interval float64
	}
	for _, how := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		for _, t := range []tempo{{2, 1}, {3, 0.1}, {3, 0.01}} {
			for _, program := range o.programs {
				runs, err := failover(program, t.version, t.interval, how, o.runs)
				if err != nil {
					return fmt.Errorf("%s, version %d, %g s, %v: %w", program, t.version, t.interval, how, err)
				}
				emit(result{
					What: fmt.Sprintf("takeover after %s, v%d, advert_int %g", signalName(how), t.version,
						t.interval),
					Program: filepath.Base(program), Value: median(runs), Unit: "ms", Runs: runs,
				})
			}
		}
	}
	return nil
}

func signalName(s syscall.Signal) string {
	if s == syscall.SIGKILL {
		return "SIGKILL"
	}
	return "SIGTERM"
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// A duo is two directors with one program.
type duo struct {
	lan     *lab.LAN
	capture *lab.Capture
	d       [2]*lab.Director
	dir     string
}

func newDuo(program string, config func(i int) string) (*duo, error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	p := &duo{dir: dir}
	if p.lan, err = lab.NewLAN(dir); err != nil {
		return nil, err
	}
	if p.capture, err = p.lan.Capture(); err != nil {
		return nil, err
	}
	for i := range p.d {
		h, err := p.lan.AddHost(fmt.Sprintf("d%d", i+1), netip.PrefixFrom(addrs[i], 24))
		if err != nil {
			return nil, err
		}
		p.d[i] = lab.NewDirector(h, program)
		if err := p.d[i].Configure(config(i)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *duo) close() error {
	p.capture.Close()
	err := p.lan.Close()
	os.RemoveAll(p.dir)
	return err
}

func failover(program string, version int, interval float64, how syscall.Signal, n int) (runs []float64, err error) {
	p, err := newDuo(program, func(i int) string { return pairConfig(i, version, interval) })
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := p.close(); err == nil {
			err = cerr
		}
	}()
	if err := p.d[1].Start(); err != nil {
		return nil, err
	}
	for range n {
		took, err := p.once(how)
		if err != nil {
			return runs, err
		}
		runs = append(runs, float64(took.Microseconds())/1000)
	}
	return runs, nil
}

// once makes director 0 master, ends it, and tells how long the address was away.
func (p *duo) once(how syscall.Signal) (time.Duration, error) {
	started := time.Now()
	if err := p.d[0].Start(); err != nil {
		return 0, err
	}
	// A stale address of the run before goes first; what counts is its coming.
	if _, err := p.capture.Wait(started, 20*time.Second, "director 1 to be master", lab.From(addrs[0])); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, p.d[0].Proc.Log())
	}
	if err := p.settled(); err != nil {
		return 0, err
	}
	// Always at the same place in the interval: when it was just heard.
	if _, err := p.capture.Wait(time.Now(), 5*time.Second, "an advertisement", lab.From(addrs[0])); err != nil {
		return 0, err
	}
	ended := time.Now()
	if how == syscall.SIGKILL {
		if err := p.d[0].Proc.KillTree(); err != nil {
			return 0, err
		}
	} else if err := p.d[0].Proc.Signal(how); err != nil {
		return 0, err
	}
	at, err := p.lan.Events().Wait(p.d[1].Host, vip, true, ended, 20*time.Second)
	if err != nil {
		return 0, err
	}
	_, _, err = p.d[0].Proc.Wait(ended, 10*time.Second)
	return at.Sub(ended), err
}

// settled waits until the address is on director 0 alone.
func (p *duo) settled() error {
	return lab.Eventually(10*time.Second, "the address on director 1 alone", func() (bool, string) {
		a, err1 := p.d[0].CountAddr("eth0", vip)
		b, err2 := p.d[1].CountAddr("eth0", vip)
		return a == 1 && b == 0 && err1 == nil && err2 == nil, fmt.Sprint(a, b, err1, err2)
	})
}
