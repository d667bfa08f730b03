package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"holdfast/ipvs"
	"holdfast/ipvs/kernel"
	"holdfast/test/lab"
)

// A farm is a director with many checked real servers, in a user-mode kernel: what it takes until the table is full,
// what the checks cost when all of them run, how long a reload takes then, and a stop.
type farm struct {
	part     string // as -only names it
	services int
	servers  int // of each
	delay    int // seconds between two checks of one
	web      bool
	shared   bool // all services have the same real servers
}

var farms = []farm{
	{part: "scale-10", services: 100, servers: 100, delay: 10},
	{part: "scale-20", services: 100, servers: 100, delay: 20},
	{part: "scale-double", services: 100, servers: 200, delay: 20},
	{part: "scale-http", services: 100, servers: 10, delay: 10, web: true},
	{part: "scale-shared", services: 100, servers: 100, delay: 10, shared: true},
}

// String is the farm in the table.
func (f farm) String() string {
	check, whose := "TCP_CHECK", ""
	if f.web {
		check = "HTTP_GET"
	}
	if f.shared {
		whose = " shared"
	}
	return fmt.Sprintf("%d x %d%s, %s each %d s", f.services, f.servers, whose, check, f.delay)
}

// The addresses: one network for all real servers, behind their host, and one for all virtual servers.
const farmNet = "10.50.0.0/16"

func (f farm) service(s int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 40, byte(s / 250), byte(1 + s%250)})
}

func (f farm) server(s, r int) netip.Addr {
	if f.shared {
		s = 0
	}
	return netip.AddrFrom4([4]byte{10, 50, byte(s), byte(1 + r)})
}

// config has more real servers in the last virtual server than the others have.
func (f farm) config(more int) string {
	check := "TCP_CHECK {\n            connect_timeout 3\n        }"
	if f.web {
		check = "HTTP_GET {\n            url {\n                path /health\n                status_code 200\n" +
			"            }\n            connect_timeout 3\n        }"
	}
	var b strings.Builder
	for s := range f.services {
		fmt.Fprintf(&b, "virtual_server %v 80 {\n    delay_loop %d\n    lb_algo rr\n    lb_kind DR\n    protocol TCP\n",
			f.service(s), f.delay)
		n := f.servers
		if s == f.services-1 {
			n += more
		}
		for r := range n {
			fmt.Fprintf(&b, "    real_server %v 80 {\n        weight 1\n        %s\n    }\n", f.server(s, r), check)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// measure gives the figures of all programs.
func (f farm) measure(o options, emit func(result)) (err error) {
	lan, end, err := newLAN()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	h, servers, err := f.hosts(lan)
	if err != nil {
		return err
	}
	for _, program := range o.programs {
		tell := func(what string, value float64, unit string) {
			emit(result{What: fmt.Sprintf("%v: %s", f, what), Program: filepath.Base(program), Value: value, Unit: unit})
		}
		if err := f.measureOne(lab.NewDirector(h, program), servers, o.window, tell); err != nil {
			return fmt.Errorf("%s, %v: %w", program, f, err)
		}
	}
	return nil
}

// hosts are the director and the one that has all real servers.
func (f farm) hosts(lan *lab.LAN) (director, servers *lab.Host, err error) {
	servers, err = lan.AddHost("servers", netip.MustParsePrefix("192.168.1.200/24"))
	if err != nil {
		return nil, nil, err
	}
	if _, err := servers.Run("ip", "route", "add", "local", farmNet, "dev", "lo"); err != nil {
		return nil, nil, err
	}
	if _, err := servers.StartNginx(netip.MustParseAddrPort("0.0.0.0:80")); err != nil {
		return nil, nil, err
	}
	director, err = lan.AddHost("director", netip.PrefixFrom(addrs[0], 24))
	if err != nil {
		return nil, nil, err
	}
	_, err = director.Run("ip", "route", "add", farmNet, "via", "192.168.1.200")
	return director, servers, err
}

func (f farm) measureOne(d *lab.Director, servers *lab.Host, window time.Duration,
	tell func(string, float64, string),
) error {
	if err := d.Configure(f.config(0)); err != nil {
		return err
	}
	table, err := f.open(d)
	if err != nil {
		return err
	}
	defer table.close()
	took, err := table.until(d.Start, table.full(0))
	if err != nil {
		return err
	}
	tell("start to full table", took, "ms")
	// The first checks are spread over delay_loop, and those that follow over one more.
	time.Sleep(time.Duration(2*f.delay)*time.Second + settled)
	if err := f.steady(d, servers, window, tell); err != nil {
		return err
	}
	if err := d.Configure(f.config(1)); err != nil {
		return err
	}
	if took, err = table.until(d.Reload, table.full(1)); err != nil {
		return err
	}
	tell("SIGHUP to an added server", took, "ms")
	time.Sleep(settled)
	return f.stop(d, table, tell)
}

// steady measures what the checks cost, and how many there are: a program that has no processor to itself makes fewer.
func (f farm) steady(d *lab.Director, servers *lab.Host, window time.Duration,
	tell func(string, float64, string),
) error {
	cpu, err := cpuSeconds(d.Proc)
	if err != nil {
		return err
	}
	before, err := opened(servers)
	if err != nil {
		return err
	}
	start := time.Now()
	time.Sleep(window)
	seconds := time.Since(start).Seconds()
	busy, rss, err := taken(d.Proc, cpu, seconds)
	if err != nil {
		return err
	}
	after, err := opened(servers)
	if err != nil {
		return err
	}
	checks := (after - before) / seconds
	tell("processor", busy, "%")
	tell("checks", checks, "/s")
	tell("processor for a check", busy/100/checks*1e6, "us")
	tell("memory (RSS of all processes)", rss, "MB")
	return nil
}

// opened is how many connections a host has taken since it began.
func opened(h *lab.Host) (n float64, err error) {
	err = h.Do(func() error {
		text, err := os.ReadFile("/proc/thread-self/net/snmp")
		if err != nil {
			return err
		}
		const field = 6 // PassiveOpens
		_, text, _ = bytes.Cut(text, []byte("\nTcp: "))
		_, text, _ = bytes.Cut(text, []byte("\nTcp: "))
		f := strings.Fields(string(text))
		if len(f) < field {
			return fmt.Errorf("/proc/net/snmp: %q", text)
		}
		n, err = strconv.ParseFloat(f[field-1], 64)
		return err
	})
	return n, err
}

func (f farm) stop(d *lab.Director, table *farmTable, tell func(string, float64, string)) error {
	begin := time.Now()
	if err := d.Proc.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	_, ended, err := d.Proc.Wait(begin, time.Minute)
	if err != nil {
		return err
	}
	tell("stop", milliseconds(ended), "ms")
	left, err := table.entries()
	if err != nil {
		return err
	}
	tell("entries left", float64(left), "")
	_, err = d.Run("ipvsadm", "-C")
	return err
}

// A farmTable asks the kernel for services of a farm: the listing of the whole table would take the time that is
// measured.
type farmTable struct {
	farm
	d *lab.Director
	h *kernel.Handle
}

func (f farm) open(d *lab.Director) (*farmTable, error) {
	t := &farmTable{farm: f, d: d}
	err := d.Do(func() (err error) {
		t.h, err = kernel.Open()
		return err
	})
	return t, err
}

func (t *farmTable) close() { _ = t.h.Close() } // its errors say nothing about what was measured

// full reports whether the last service has all real servers and more of them; services are set in the order of the
// configuration.
func (t *farmTable) full(more int) func() (bool, string) {
	return func() (bool, string) {
		last := t.services - 1
		s, err := t.h.ReadService(ipvs.ServiceID{Family: ipvs.IPv4, Protocol: ipvs.TCP, Addr: t.service(last), Port: 80})
		return err == nil && len(s.Dests) == t.servers+more, fmt.Sprint(len(s.Dests), " in the last service ", err)
	}
}

// until does something and tells how many milliseconds later cond was so.
func (t *farmTable) until(do func() error, cond func() (bool, string)) (float64, error) {
	start := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	if err := lab.Eventually(time.Minute, "the table", cond); err != nil {
		log := t.d.Proc.Log()
		return 0, fmt.Errorf("%w\n%s", err, log[max(0, len(log)-2000):])
	}
	return milliseconds(time.Since(start)), nil
}

// entries is how many services and real servers there are.
func (t *farmTable) entries() (n int, err error) {
	table, err := t.h.Read()
	for _, s := range table {
		n += 1 + len(s.Dests)
	}
	return n, err
}
