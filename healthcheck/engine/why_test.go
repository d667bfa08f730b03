package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
	"holdfast/healthcheck/attempt"
	"holdfast/internal/runas"
	"holdfast/internal/super"
	"holdfast/ipvs/fake"
)

// serving answers every connection with text after the request, and then hangs if asked to.
func serving(t *testing.T, text string, hang bool) netip.AddrPort {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := c.Read(make([]byte, 4096)); err != nil {
					return
				}
				_, _ = io.WriteString(c, text)
				if hang {
					_, _ = io.Copy(io.Discard, c)
				}
			}()
		}
	}()
	return netip.MustParseAddrPort(l.Addr().String())
}

// refusing is a port that nobody listens on.
func refusing(t *testing.T) netip.AddrPort {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String())
}

// Servers with eight faults, all of them down from the start of an alpha service: each has
// one line in the log, and lines in the dump, that tell its own reason.
func TestEachFaultHasItsLine(t *testing.T) {
	http := func(at netip.AddrPort, u config.URL) config.Checker {
		u.Path = "/"
		return config.Checker{
			Kind:    config.CheckHTTP,
			Connect: at,
			HTTP:    &config.HTTPCheck{Protocol: "1.0", URLs: []config.URL{u}},
		}
	}
	script := func(name string) config.Checker {
		return config.Checker{
			Kind: config.CheckMisc,
			Misc: &config.MiscCheck{Command: config.Command{Argv: []string{name}}, Timeout: time.Second},
		}
	}
	ok := serving(t, "HTTP/1.0 200 OK\r\n\r\nabc", false)
	faults := []struct {
		check     config.Checker
		line, why string
	}{
		{config.Checker{Connect: refusing(t)}, "TCP_CHECK on service %s failed (connection refused).", "connection refused"},
		{http(refusing(t), config.URL{}), "HTTP_CHECK on service %s failed (connection refused).", "connection refused"},
		{http(serving(t, "HTTP/1.0 404 No\r\n\r\nx", false), config.URL{Status: config.StatusSet{{200, 200}}}),
			"HTTP_CHECK on service %s failed (status 404 where 200 is wanted).", "status 404 where 200 is wanted"},
		{http(ok, config.URL{HasDigest: true}),
			"HTTP_CHECK on service %s failed (digest 900150983cd24fb0d6963f7d28e17f72 where 00000000000000000000000000000000 is wanted).",
			"digest 900150983cd24fb0d6963f7d28e17f72 where 00000000000000000000000000000000 is wanted"},
		{http(ok, config.URL{Regex: "xyz"}), "HTTP_CHECK on service %s failed (pattern not found).", "pattern not found"},
		{
			http(serving(t, "", true), config.URL{}),
			"HTTP_CHECK on service %s failed (no answer to the request within 1 s).",
			"no answer to the request within 1 s",
		},
		{
			script("exits"),
			"Misc check for [%s VS [10.0.0.1]:tcp:80] by [exits] failed with retry disabled (exited with status 3).",
			"exited with status 3",
		},
		{
			script("hangs"),
			"Misc check for [%s VS [10.0.0.1]:tcp:80] by [hangs] timed out with retry disabled.",
			"not ended within 1 s",
		},
	}
	c := web(len(faults))
	for i := range faults {
		r := &c.VirtualServers[0].RealServers[i]
		k := faults[i].check
		k.ConnectTimeout, k.DelayLoop, k.DelayBeforeRetry, k.Alpha = time.Minute, time.Hour, time.Second, true
		if strings.HasPrefix(faults[i].why, "no answer") {
			k.ConnectTimeout = time.Second
		}
		r.Checkers, r.Alpha = []config.Checker{k}, true
	}
	ended := make(chan struct{}, len(faults))
	prober := healthcheck.Prober{Scripts: func(_ context.Context, p runas.Program, _ time.Duration) runas.Result {
		if p.Path == "hangs" {
			return runas.Result{TimedOut: true, Signal: syscall.SIGTERM}
		}
		return runas.Result{Exited: true, Status: 3}
	}}
	t.Setenv("TMPDIR", t.TempDir())
	w := begin(t, fake.New(), func(o *Options) {
		o.Programs = programs{"exits": "exits", "hangs": "hangs"}
		o.Probe = func(ctx context.Context, t healthcheck.Target) attempt.Outcome {
			defer func() { ended <- struct{}{} }()
			return prober.Probe(ctx, t)
		}
	})
	w.load(c)
	for range faults {
		<-ended
	}
	lines := func(name string) (own []string) {
		for line := range strings.Lines(w.lines()) {
			if strings.Contains(line, name) && !strings.HasPrefix(line, "Activating") {
				own = append(own, strings.TrimSpace(line))
			}
		}
		return own
	}
	name := func(i int) string { return fmt.Sprintf("[10.1.0.%d]:tcp:80", i+1) }
	for i, f := range faults {
		for len(lines(name(i))) == 0 {
			w.snapshot() // the loop takes the outcome before or after it answers this
		}
		if got, want := lines(name(i)), fmt.Sprintf(f.line, name(i)); len(got) != 1 || got[0] != want {
			t.Errorf("%q, want one line %q", got, want)
		}
	}
	if err := w.engine.Dump(super.DumpData); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(os.Getenv("TMPDIR"), "keepalived_check.data"))
	if err != nil {
		t.Fatal(err)
	}
	_, checkers, _ := strings.Cut(string(text), "Health checkers")
	for i, f := range faults {
		_, own, _ := strings.Cut(checkers, "-> "+name(i)+"\n")
		own, _, _ = strings.Cut(own, "\n [")
		for _, want := range []string{"   Last failure = " + f.why, "   Failures in a row = 1", "   Failing since = "} {
			if !strings.Contains(own, "\n"+want) {
				t.Errorf("%s: no %q in\n%s", name(i), want, own)
			}
		}
	}
	w.end()
}
