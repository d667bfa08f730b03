//go:build ipvs

package engine

import (
	"context"
	"io"
	"net"
	"regexp"
	"strconv"
	"testing"
	"time"

	"holdfast/config"
)

// named is a real server that answers each connection with its name.
func named(t *testing.T, at, name string) (stop func()) {
	t.Helper()
	lc := net.ListenConfig{}
	l, err := lc.Listen(context.Background(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, name)
			_ = c.Close()
		}
	}()
	stop = func() { _ = l.Close() }
	t.Cleanup(stop)
	return stop
}

// answered waits until a client of the service gets an answer of a server.
func answered(t *testing.T, name string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", "127.1.0.1:8080", time.Second)
		if err != nil {
			got = err.Error()
			continue
		}
		_ = c.SetDeadline(time.Now().Add(time.Second))
		b, _ := io.ReadAll(c)
		_ = c.Close()
		if got = string(b); got == name {
			return
		}
	}
	t.Fatalf("clients get %q, not %q\n%s", got, name, sh(t, "ipvsadm -Sn"))
}

// Clients go to the backup servers when the quorum is lost, to the sorry server when none of those is up either, and
// back the same way.
func TestKernelBackupServers(t *testing.T) {
	scene(t)
	c := local(3)
	v := &c.VirtualServers[0]
	v.RealServers[1].Backup = true
	sorry := v.RealServers[2]
	v.Sorry, v.RealServers = &sorry, v.RealServers[:2]
	real := named(t, "127.0.0.2:8080", "real")
	backup := named(t, "127.0.0.3:8080", "backup")
	named(t, "127.0.0.4:8080", "sorry")
	launch(t, c, Options{})
	table := func(server string) string {
		return "-A -t 127.1.0.1:8080 -s rr\n-a -t 127.1.0.1:8080 -r 127.0.0." + server + ":8080 -m -w 1\n"
	}
	for _, step := range []struct {
		change       func()
		who, address string
	}{
		{func() {}, "real", "2"},
		{func() { real() }, "backup", "3"},
		{func() { backup() }, "sorry", "4"},
		{func() { backup = named(t, "127.0.0.3:8080", "backup") }, "backup", "3"},
		{func() { real = named(t, "127.0.0.2:8080", "real") }, "real", "2"},
	} {
		step.change()
		answered(t, step.who)
		eventually(t, 3*time.Second, table(step.address))
	}
}

// The weight of a server that comes back grows in the kernel, whatever a reload does meanwhile.
func TestKernelSlowStart(t *testing.T) {
	scene(t)
	slow := func() *config.Config {
		c := local(2)
		c.VirtualServers[0].Scheduler = "wrr"
		for i := range c.VirtualServers[0].RealServers {
			c.VirtualServers[0].RealServers[i].Weight = 20
			c.VirtualServers[0].RealServers[i].SlowStart = 10 * time.Second
		}
		return c
	}
	serve(t, "127.0.0.2:8080")
	b := serve(t, "127.0.0.3:8080")
	d := launch(t, slow(), Options{})
	whole := "-A -t 127.1.0.1:8080 -s wrr\n-a -t 127.1.0.1:8080 -r 127.0.0.2:8080 -m -w 20\n"
	back := "-a -t 127.1.0.1:8080 -r 127.0.0.3:8080 -m -w 20\n"
	eventually(t, 0, whole+back)
	b.close()
	eventually(t, 5*time.Second, whole)
	b.open()
	pattern := regexp.MustCompile(`-r 127\.0\.0\.3:8080 -m -w (\d+)`)
	var seen []int
	begin := time.Now()
	for time.Since(begin) < time.Minute {
		m := pattern.FindStringSubmatch(sh(t, "ipvsadm -Sn"))
		if m == nil {
			continue
		}
		w, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) == 0 || seen[len(seen)-1] != w {
			seen = append(seen, w)
		}
		if len(seen) == 3 {
			d.load(slow())
		}
		if w == 20 {
			break
		}
	}
	if len(seen) < 3 || seen[0] > 10 || seen[len(seen)-1] != 20 {
		t.Errorf("weights %v", seen)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i] < seen[i-1] {
			t.Errorf("weights %v", seen)
		}
	}
	t.Logf("weights %v in %s", seen, time.Since(begin).Round(time.Second))
	d.end()
}
