package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/test/lab"
)

const (
	servers = 10
	// settled is how long a daemon is left alone between the start and the reload.
	settled = 5 * time.Second
)

// servicesConfig is a director with many virtual servers; extra adds real servers to the
// last of them.
func servicesConfig(services, extra int) string {
	const each = 250 // to a network
	var b strings.Builder
	for s := range services {
		fmt.Fprintf(&b,
			"virtual_server 192.168.%d.%d 80 {\n    delay_loop 10\n    lb_algo rr\n    lb_kind DR\n    protocol TCP\n",
			3+s/each, 1+s%each)
		n := servers
		if s == services-1 {
			n += extra
		}
		for r := 1; r <= n; r++ {
			fmt.Fprintf(&b,
				"    real_server 192.168.1.%d 80 {\n        weight 1\n        TCP_CHECK {\n            "+
					"connect_timeout 3\n        }\n    }\n", 200+r)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// newLAN gives a network in a directory of its own, and what removes both.
func newLAN() (lan *lab.LAN, end func() error, err error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, nil, err
	}
	if lan, err = lab.NewLAN(dir); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return lan, func() error { return errors.Join(lan.Close(), os.RemoveAll(dir)) }, nil
}

// directorHost makes a LAN with the real servers and a host for a director of them.
func directorHost() (h *lab.Host, end func() error, err error) {
	lan, end, err := newLAN()
	if err != nil {
		return nil, nil, err
	}
	if err = realServers(lan); err == nil {
		h, err = lan.AddHost("director", netip.PrefixFrom(addrs[0], 24))
	}
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	return h, end, nil
}

// tables measures how long a large table takes to be there, and a server to be
// added to it. All runs share one host: the kernel's listing mixes up namespaces
// when another one still has a table.
func tables(o options, emit func(result)) (err error) {
	h, end, err := directorHost()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	// The programs take turns, so that what else the machine does meets both.
	full, added := map[string][]float64{}, map[string][]float64{}
	for range o.runs {
		for _, program := range o.programs {
			f, a, err := tableOnce(lab.NewDirector(h, program), o.services)
			if err != nil {
				return fmt.Errorf("%s: %w", program, err)
			}
			full[program], added[program] = append(full[program], f), append(added[program], a)
		}
	}
	for _, program := range o.programs {
		name := filepath.Base(program)
		emit(result{What: fmt.Sprintf("start to full table, %d x %d servers (user-mode)", o.services, servers),
			Program: name,
			Value:   median(full[program]), Unit: "ms", Runs: full[program]})
		emit(result{What: "SIGHUP to an added server in it (user-mode)", Program: name,
			Value: median(added[program]), Unit: "ms", Runs: added[program]})
	}
	return nil
}

// tableOnce starts a daemon with n virtual servers, reloads it with one more real server
// in the last of them, and kills it.
func tableOnce(d *lab.Director, n int) (full, added float64, err error) {
	if err := d.Configure(servicesConfig(n, 0)); err != nil {
		return 0, 0, err
	}
	if full, err = waitServers(d, n*servers, d.Start); err != nil {
		return 0, 0, err
	}
	// Not into the start's first round of checks, a second and more after it.
	time.Sleep(settled)
	if _, err = waitServers(d, n*servers, nothing); err != nil {
		return 0, 0, err
	}
	if err := d.Configure(servicesConfig(n, 1)); err != nil {
		return 0, 0, err
	}
	if added, err = waitServers(d, n*servers+1, d.Reload); err != nil {
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

func nothing() error { return nil }

// waitServers does something and tells how many milliseconds later n servers were
// in the table.
func waitServers(d *lab.Director, n int, do func() error) (float64, error) {
	w := watch{text: make([]byte, 0, 128*n)}
	start := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	if err := d.Do(func() error {
		// Of this thread: /proc/net is that of the process's first one.
		f, err := os.Open("/proc/thread-self/net/ip_vs")
		if err != nil {
			return err
		}
		defer f.Close()
		return lab.Eventually(60*time.Second, fmt.Sprintf("%d servers in the table", n), func() (bool, string) {
			got, err := w.count(f)
			return got == n && err == nil, fmt.Sprint(got, " ", err)
		})
	}); err != nil {
		log := d.Proc.Log()
		return 0, fmt.Errorf("%w\n%s", err, log[max(0, len(log)-2000):])
	}
	return float64(time.Since(start).Microseconds()) / 1000, nil
}

// A watch counts the real servers in the kernel's own listing of the table, on one thread
// and in one buffer: looking must not take the time that is measured.
type watch struct{ text []byte }

func (w *watch) count(f io.ReaderAt) (int, error) {
	w.text = w.text[:0]
	for {
		w.text = slices.Grow(w.text, 4096)
		n, err := f.ReadAt(w.text[len(w.text):cap(w.text)], int64(len(w.text)))
		w.text = w.text[:len(w.text)+n]
		if err == io.EOF {
			return bytes.Count(w.text, []byte("\n  -> ")) - 1, nil // the heading has one
		}
		if err != nil {
			return 0, err
		}
	}
}
