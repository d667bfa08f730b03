package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"holdfast/test/lab"
)

const (
	services = 100
	servers  = 10
)

// bigConfig is a director with many virtual servers; extra adds real servers to
// the last of them.
func bigConfig(extra int) string { return servicesConfig(services, extra) }

// servicesConfig is bigConfig with any number of virtual servers.
func servicesConfig(services, extra int) string {
	const each = 250 // to a network
	var b strings.Builder
	for s := range services {
		fmt.Fprintf(&b, "virtual_server 192.168.%d.%d 80 {\n    delay_loop 10\n    lb_algo rr\n    lb_kind DR\n    protocol TCP\n", 3+s/each, 1+s%each)
		n := servers
		if s == services-1 {
			n += extra
		}
		for r := 1; r <= n; r++ {
			fmt.Fprintf(&b, "    real_server 192.168.1.%d 80 {\n        weight 1\n        TCP_CHECK {\n            connect_timeout 3\n        }\n    }\n", 200+r)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// tables measures how long a large table takes to be there, and a server to be
// added to it. All runs share one host: the kernel's listing mixes up namespaces
// when another one still has a table.
func tables(o options, emit func(result)) (err error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	lan, err := lab.NewLAN(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lan.Close()) }()
	if err := realServers(lan); err != nil {
		return err
	}
	h, err := lan.AddHost("director", netip.PrefixFrom(addrs[0], 24))
	if err != nil {
		return err
	}
	for _, program := range o.programs {
		var full, added []float64
		for range o.runs {
			f, a, err := tableOnce(lab.NewDirector(h, program))
			if err != nil {
				return fmt.Errorf("%s: %w", program, err)
			}
			full, added = append(full, f), append(added, a)
		}
		name := filepath.Base(program)
		emit(result{What: fmt.Sprintf("start to full table, %d x %d servers (user-mode)", services, servers), Program: name,
			Value: median(full), Unit: "ms", Runs: full})
		emit(result{What: "SIGHUP to an added server in it (user-mode)", Program: name, Value: median(added), Unit: "ms", Runs: added})
	}
	return nil
}

func tableOnce(d *lab.Director) (full, added float64, err error) {
	if err := d.Configure(bigConfig(0)); err != nil {
		return 0, 0, err
	}
	if full, err = waitServers(d, services*servers, d.Start); err != nil {
		return 0, 0, err
	}
	// Not into the start's first round of checks, a second and more after it.
	if err := lab.Throughout(5*time.Second, "a full table", func() (bool, string) {
		n, err := countServers(d)
		return n == services*servers && err == nil, fmt.Sprint(n, " servers ", err)
	}); err != nil {
		return 0, 0, err
	}
	if err := d.Configure(bigConfig(1)); err != nil {
		return 0, 0, err
	}
	if added, err = waitServers(d, services*servers+1, d.Reload); err != nil {
		return 0, 0, err
	}
	if err := d.Proc.KillTree(); err != nil {
		return 0, 0, err
	}
	_, err = d.Run("ipvsadm", "-C")
	return full, added, err
}

// realServers is one host that accepts connections on all servers' addresses.
func realServers(lan *lab.LAN) error {
	h, err := lan.AddHost("servers", netip.MustParsePrefix("192.168.1.200/24"))
	if err != nil {
		return err
	}
	for r := 1; r <= servers+1; r++ {
		if err := h.AddAddr("eth0", netip.MustParsePrefix(fmt.Sprintf("192.168.1.%d/24", 200+r))); err != nil {
			return err
		}
	}
	_, err = h.StartNginx(netip.MustParseAddrPort("0.0.0.0:80"))
	return err
}

// waitServers does something and tells how many milliseconds later n servers were
// in the table.
func waitServers(d *lab.Director, n int, do func() error) (float64, error) {
	start := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	if err := lab.Eventually(30*time.Second, fmt.Sprintf("%d servers in the table", n), func() (bool, string) {
		got, err := countServers(d)
		return got == n && err == nil, fmt.Sprint(got, " ", err)
	}); err != nil {
		log := d.Proc.Log()
		return 0, fmt.Errorf("%w\n%s", err, log[max(0, len(log)-2000):])
	}
	return float64(time.Since(start).Microseconds()) / 1000, nil
}

// countServers counts the real servers in the director's table, from the kernel's
// own listing: cheap enough not to disturb what is measured.
func countServers(d *lab.Director) (int, error) {
	n := 0
	err := d.Do(func() error {
		// Of this thread: /proc/net is that of the process's first one.
		b, err := os.ReadFile("/proc/thread-self/net/ip_vs")
		n = strings.Count(string(b), "\n  -> ") - 1 // the heading has one
		return err
	})
	return n, err
}
