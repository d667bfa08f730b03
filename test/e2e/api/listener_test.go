//go:build e2e

package api

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/state"
	"holdfast/test/lab"
)

const (
	// metricsPort is where everybody may ask the master.
	metricsPort = ":9165"
	// crowdNet has the addresses that strangers come from.
	crowdNet = "10.77.0.0/16"
	// dialers is how many threads make connections.
	dialers = 4
)

// Ten thousand connections from as many addresses to the address for everybody, that say nothing, half a thing, too
// much, do not read, follow events without reading them or want what they must not, while events come: adverts come in
// time, nobody takes over, the memory of the supervisor is bounded, the socket answers, and so does the address when it
// is over.
func TestAStormOfStrangersDelaysNoAdvert(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t, "--metrics", metricsPort)
		master, backup := p.d[0], p.d[1]
		p.says(master, 0, "MASTER", "status")
		p.says(backup, 0, "192.168.1.151 is master", "status")
		before := p.state(backup).Instances[0].Since
		strangers := p.strangers(master)
		at := netip.AddrPortFrom(netip.MustParseAddr("192.168.1.151"), 9165)
		p.answers(strangers, at)

		capture, err := p.lan.Capture()
		p.must(err)
		defer capture.Close()
		began := time.Now()
		s := p.storm(strangers, at, 10_000)
		// For which adverts are watched; a machine that is busy takes longer to make them.
		for n := 0; n < 5 || s.made.Load() < 10_000 && n < 30; n++ {
			p.must(master.Reload()) // whoever follows has something to read
			time.Sleep(time.Second)
		}
		p.says(master, 0, "MASTER", "status")
		kib := p.memory(master)
		s.end()
		p.onTime(capture, began)
		if i := p.state(backup).Instances[0]; i.State != "BACKUP" || !i.Since.Equal(before) {
			p.Errorf("the backup changed: %+v", i)
		}
		t.Logf("%d connections, %d answers; the supervisor has %d KiB", s.made.Load(), s.answered.Load(), kib)
		if kib > 64<<10 {
			p.Errorf("the supervisor has %d KiB", kib)
		}
		if n := s.made.Load(); n < 10_000 || s.failed.Load() != nil {
			p.Errorf("only %d connections: %v", n, s.failed.Load())
		}
		if s.done.Load() > 0 {
			p.Errorf("%d strangers have changed something", s.done.Load())
		}
		p.answers(strangers, at)
	})
}

// Those who follow events on the socket and do not read them cost nobody anything: not the adverts, not the memory, and
// not those who read.
func TestAStormOfDeafFollowersDelaysNoAdvert(t *testing.T) {
	t.Parallel()
	lab.Judge(t, func(t *lab.Trial) {
		p := newPair(t)
		master := p.d[0]
		p.says(master, 0, "MASTER", "status")
		p.says(p.d[1], 0, "192.168.1.151 is master", "status")
		before := p.memory(master)
		capture, err := p.lan.Capture()
		p.must(err)
		defer capture.Close()
		began := time.Now()
		var all []net.Conn
		for range 100 { // more than may follow
			c, err := net.Dial("unix", socketOf(master))
			p.must(err)
			all = append(all, c)
			_, err = io.WriteString(c, "GET /v1/events?follow&after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
			p.must(err)
		}
		for range 5 {
			p.must(master.Reload())
			time.Sleep(time.Second)
		}
		p.says(master, 0, "reload", "events")
		kib := p.memory(master)
		p.onTime(capture, began)
		t.Logf("the supervisor has %d KiB, %d before", kib, before)
		if kib > before+16<<10 {
			p.Errorf("the supervisor has %d KiB, %d before", kib, before)
		}
		for _, c := range all {
			_ = c.Close()
		}
		// There is room again for one who reads.
		events := p.follower(master)
		p.must(master.Reload())
		p.awaited(events, "a reload", func(e state.Event) bool { return strings.Contains(e.Text, "reload complete") })
	})
}

// onTime checks the adverts of the master since a time.
func (p *pair) onTime(capture *lab.Capture, since time.Time) {
	adverts := capture.Adverts(since, func(a lab.Advert) bool { return a.VRID == 51 })
	if len(adverts) < 20 {
		p.Fatalf("%d adverts in %v", len(adverts), time.Since(since))
	}
	for i, a := range adverts {
		if a.Src != netip.MustParseAddr("192.168.1.151") {
			p.Errorf("an advert of %v", a.Src)
		}
		if i > 0 && a.At.Sub(adverts[i-1].At) > interval+100*time.Millisecond {
			p.Errorf("%v between two adverts", a.At.Sub(adverts[i-1].At))
		}
	}
	p.Logf("%d adverts in %v", len(adverts), time.Since(since))
}

// strangers is a host with many addresses that a director can reach.
func (p *pair) strangers(d *lab.Director) *lab.Host {
	h, err := p.lan.AddHost("strangers", netip.MustParsePrefix("192.168.1.77/24"))
	p.must(err)
	_, err = h.Run("ip", "route", "add", "local", crowdNet, "dev", "lo")
	p.must(err)
	_, err = d.Run("ip", "route", "add", crowdNet, "via", "192.168.1.77")
	p.must(err)
	return h
}

// answers waits until whoever asks properly is answered.
func (p *pair) answers(from *lab.Host, at netip.AddrPort) {
	p.must(lab.Eventually(soon, "metrics at "+at.String(), func() (bool, string) {
		body, said := "", error(nil)
		err := from.Do(func() error {
			c, err := net.DialTimeout("tcp", at.String(), time.Second)
			if err != nil {
				return err
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(2 * time.Second))
			_, _ = io.WriteString(c, "GET /metrics HTTP/1.0\r\nHost: x\r\n\r\n")
			var b []byte
			b, said = io.ReadAll(c)
			body = string(b)
			return nil
		})
		return err == nil && strings.Contains(body, "keepalived_up 1\n"), fmt.Sprint(err, said, body[:min(len(body), 200)])
	}))
}

// A storm is connections of strangers.
type storm struct {
	at             netip.AddrPort
	cancel         context.CancelFunc
	over           sync.WaitGroup
	room           chan struct{} // has one for each connection
	made           atomic.Int64
	failed         atomic.Value // why one could not be begun
	answered, done atomic.Int64 // answers, and those that say that something was done
}

// storm opens so many connections at a time, of each kind as many, again and again until end.
func (p *pair) storm(from *lab.Host, at netip.AddrPort, most int) *storm {
	limit := unix.Rlimit{Cur: uint64(most) + 4096, Max: uint64(most) + 4096}
	p.must(unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	ctx, cancel := context.WithCancel(context.Background())
	s := &storm{at: at, cancel: cancel, room: make(chan struct{}, most)}
	for i := range dialers {
		s.over.Go(func() { _ = from.Do(func() error { s.dial(ctx, i); return nil }) })
	}
	return s
}

func (s *storm) end() {
	s.cancel()
	s.over.Wait()
}

// dial makes connections on the thread that it is called on, which is in the namespace of the strangers.
func (s *storm) dial(ctx context.Context, first int) {
	for n := first; ctx.Err() == nil; n += dialers {
		select {
		case s.room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		c, err := s.connect(1 + n%65_000)
		if err != nil {
			<-s.room
			s.failed.Store(err)
			return
		}
		s.made.Add(1)
		s.over.Go(func() {
			defer func() { <-s.room }()
			defer c.Close()
			stop := context.AfterFunc(ctx, func() { _ = c.Close() })
			defer stop()
			s.misbehave(ctx, c, n)
		})
	}
}

// connect begins to connect from one of the addresses of the crowd: whether there is room for it is seen later.
func (s *storm) connect(host int) (net.Conn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "stranger")
	defer f.Close()
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{10, 77, byte(host >> 8), byte(host)}}); err != nil {
		return nil, err
	}
	err = unix.Connect(fd, &unix.SockaddrInet4{Addr: s.at.Addr().As4(), Port: int(s.at.Port())})
	if err != nil && err != unix.EINPROGRESS {
		return nil, err
	}
	return net.FileConn(f)
}

// misbehave returns when the other side has sent us away, or the storm is over.
func (s *storm) misbehave(ctx context.Context, c net.Conn, n int) {
	const head = " HTTP/1.1\r\nHost: 192.168.1.151\r\n"
	say := func(text string) { _, _ = io.WriteString(c, text) }
	deaf := func() { // it does not read, and goes when nobody waits for that any more
		select {
		case <-ctx.Done():
		case <-time.After(15 * time.Second):
		}
	}
	switch n % 9 {
	case 0: // says nothing
	case 1:
		say("GET /metrics HT")
	case 2:
		say("GET /metrics" + head + "X: " + strings.Repeat("x", 1<<20))
	case 3:
		say("POST /v1/reload" + head + "Content-Length: 1073741824\r\n\r\n")
		for body := strings.Repeat("x", 64<<10); ctx.Err() == nil; {
			if _, err := io.WriteString(c, body); err != nil {
				return
			}
		}
	case 4:
		say(strings.Repeat("GET /metrics"+head+"\r\n", 50) + strings.Repeat("GET /v1/state"+head+"\r\n", 50))
		deaf()
		return
	case 5:
		say("GET /v1/events?follow&after=0" + head + "\r\n")
		deaf()
		return
	case 6:
		for _, b := range "GET /metrics" + head + "\r\n" { // a letter at a time
			if _, err := c.Write([]byte{byte(b)}); err != nil || ctx.Err() != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	case 7:
		say("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 500))
	case 8:
		say([]string{"POST /v1/overrides", "DELETE /v1/overrides", "POST /v1/reload", "POST /v1/check-now"}[n/9%4] + head +
			"Content-Length: 2\r\n\r\n{}")
	}
	said, _ := io.ReadAll(io.LimitReader(c, 1<<10))
	if strings.HasPrefix(string(said), "HTTP/") {
		s.answered.Add(1)
		if n%9 == 8 && strings.HasPrefix(string(said), fmt.Sprintf("HTTP/1.1 %d", http.StatusOK)) {
			s.done.Add(1)
		}
	}
	_, _ = io.Copy(io.Discard, c)
}
