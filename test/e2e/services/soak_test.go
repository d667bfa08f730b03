//go:build e2e && uml

package services

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A soak is a director in which something happens all the time.
type soak struct {
	*crowd
	client *http.Client
	pids   map[string]int
}

// A body is what a process has taken: the most memory, and the fewest descriptors, since attempts that are under way have
// some, too.
type body struct{ kB, files int }

// TestASoak reloads a director each second and scrapes it, while its real servers come and go, its track script changes its
// mind and each quorum runs scripts. Adverts are on time, processes stay the same, and what they take does not grow.
// SOAK_SECONDS is how long.
func TestASoak(t *testing.T) {
	span := time.Duration(lab.Number(t, "SOAK_SECONDS", 45)) * time.Second
	lab.Judge(t, func(t *lab.Trial) { newSoak(t).play(span) })
}

func newSoak(t *lab.Trial) *soak {
	s := &soak{crowd: newCrowd(t)}
	socket := filepath.Join(s.d.Dir, "api.sock")
	s.d.Options = []string{"--api-socket", socket}
	s.client = &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	s.must(s.d.Configure(soakConfig(0)))
	s.must(s.d.Start())
	t.Witness(s.d.Proc.Log)
	s.must(lab.Eventually(patience, "the first advert", func() (bool, string) {
		return len(s.adverts(time.Time{})) > 0, s.d.Proc.Log()
	}))
	s.pids = s.roles()
	return s
}

// soakConfig is the n-th configuration: a service less now and then, other weights, another interval of checks.
func soakConfig(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global_defs {\n script_user root\n}\n"+
		"vrrp_script moods {\n script \"/usr/bin/test -e /run/soak-mood\"\n interval 1\n weight %d\n}\n", 5+n%2)
	fmt.Fprintf(&b, "vrrp_instance V {\n version 3\n state MASTER\n interface eth0\n virtual_router_id 51\n priority 200\n"+
		" advert_int %g\n track_script {\n  moods\n }\n virtual_ipaddress {\n  10.70.0.9\n }\n}\n", advertEvery.Seconds())
	for v := range 20 {
		if v == 1+n%19 {
			continue
		}
		fmt.Fprintf(&b, "virtual_server 10.40.0.%d 80 {\n delay_loop %d\n lb_algo wrr\n lb_kind DR\n protocol TCP\n"+
			" quorum_up /bin/true\n quorum_down /bin/true\n", v+1, 1+n%2)
		for r := range 10 {
			fmt.Fprintf(&b, " real_server 10.50.%d.%d 80 {\n  weight %d\n  TCP_CHECK {\n   connect_timeout 1\n   retry 0\n  }\n }\n",
				v, r+1, 1+(n+r)%3)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// play has something happen each second, and compares what the processes take in the last third with what they took in
// the one before.
func (s *soak) play(span time.Duration) {
	s.Helper()
	begun := time.Now()
	var thirds [3]map[string]body
	for i := range thirds {
		thirds[i] = map[string]body{}
	}
	rounds := 0
	for ; time.Since(begun) < span; rounds++ {
		next := time.After(time.Second)
		mark := s.d.Proc.LogSize()
		s.must(s.d.Configure(soakConfig(rounds)))
		s.must(s.d.Reload())
		s.stir(rounds)
		s.scrape()
		if _, err := s.d.WaitLog(mark, "Reload complete", patience); err != nil {
			s.Fatal(err)
		}
		s.measure(thirds[min(int(3*time.Since(begun)/span), 2)])
		<-next
	}
	last, late := begun, time.Duration(0)
	for _, a := range s.adverts(begun) { // a reload that changes the priority has one more, at once
		late, last = max(late, a.At.Sub(last)-advertEvery), a.At
	}
	if late = max(late, time.Since(last)-advertEvery); late > advertEvery/2 {
		s.Errorf("an advert came %v late", late)
	}
	for role, before := range thirds[1] {
		after := thirds[2][role]
		// A collection comes when it likes; a leak shows when this takes an hour.
		if after.kB > before.kB+before.kB/4+2048 || after.files > before.files+4 {
			s.Errorf("%s grows: %+v, then %+v", role, before, after)
		}
		s.Logf("%s: %d kB at most and %d descriptors at least, then %d and %d", role, before.kB, before.files, after.kB, after.files)
	}
	if now := s.roles(); fmt.Sprint(now) != fmt.Sprint(s.pids) {
		s.Errorf("processes %v have become %v", s.pids, now)
	}
	s.Logf("%d reloads, adverts late by %v at most", rounds, late.Round(time.Millisecond))
	s.must(s.d.Proc.Signal(syscall.SIGTERM))
	if status, _, err := s.d.Proc.Wait(time.Now(), patience); err != nil || status != 0 || s.count() != 0 {
		s.Errorf("status %d, %v, %d real servers are left", status, err, s.count())
	}
}

// stir has the real servers refuse connections for some seconds of each ten, and the track script fail for others.
func (s *soak) stir(round int) {
	const mood = "/run/soak-mood"
	switch round % 10 {
	case 2:
		s.must(s.port.Close())
	case 5:
		s.listen()
	case 1, 6:
		s.must(os.WriteFile(mood, nil, 0o600))
	case 4, 8:
		s.must(os.Remove(mood))
	}
}

// scrape asks for everything there is.
func (s *soak) scrape() {
	s.Helper()
	for _, path := range []string{"/metrics", "/v1/state", "/v1/events"} {
		answer, err := s.client.Get("http://holdfast" + path)
		s.must(err)
		n, err := io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || n == 0 {
			s.Fatalf("%s: %s, %d bytes, %v", path, answer.Status, n, err)
		}
	}
}

// roles are the processes of the daemon.
func (s *soak) roles() map[string]int {
	s.Helper()
	all := map[string]int{"supervisor": s.d.Proc.Pid}
	for _, role := range []string{"vrrp", "checkers"} {
		pid, err := s.d.RolePid(role)
		s.must(err)
		all[role] = pid
	}
	return all
}

// measure notes what each process has.
func (s *soak) measure(of map[string]body) {
	s.Helper()
	for role, pid := range s.pids {
		kB, err := lab.Memory("RssAnon", pid)
		s.must(err)
		files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		s.must(err)
		m, before := of[role]
		if m.kB = max(m.kB, kB); !before || len(files) < m.files {
			m.files = len(files)
		}
		of[role] = m
	}
}
