package rehearsal

import (
	"strings"
	"testing"
	"time"

	"holdfast/internal/golden"
)

// The pair of the example, whose servers fail, one and both, while directors come and go.
func TestServersOfAPair(t *testing.T) {
	r, got := played(t, examplePair(t), `
20  fail real_server 192.168.1.171        # the host
40  mend real_server 192.168.1.171
50  fail real_server 192.168.1.171 80     # what listens on it
50  fail real_server 192.168.1.172 80
70  kill d1                               # the sorry server serves on the other one, too
90  start d1
100 mend real_server 192.168.1.172 80
100 mend real_server 192.168.1.171 80
110 cut d1                                # it finds no server any more
120 heal d1                               # and sends clients to its sorry server at first
`, 140*time.Second, false)
	golden.Equal(t, "testdata/servers.txt", got)
	golden.Equal(t, "testdata/servers.svg", drawn(t, r))
	if !r.Served() || len(r.Services) != 1 || !r.Services[0].Well {
		t.Errorf("%+v", r.Services)
	}
}

// farm is a director with a virtual server; more stands in the file before it, inside in it, and checks in its real
// servers.
func farm(more, head, inside, check string) string {
	return more + `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.10/24
    }
}
` + head + ` {
    delay_loop 2
    protocol TCP
    ` + inside + `
    real_server 192.0.2.21 80 {
        ` + check + `
    }
    real_server 192.0.2.22 80 {
        ` + check + `
    }
}
`
}

// Whom clients find, whatever a virtual server is by, and however its servers are checked.
func TestWhomClientsFind(t *testing.T) {
	const (
		tcp      = "TCP_CHECK {\n connect_timeout 1\n retry 0\n }"
		own      = "virtual_server 192.0.2.10 80"
		both     = "192.0.2.21:80 and 192.0.2.22:80 answer"
		fails    = "20 fail real_server 192.0.2.21"
		oneLeft  = "clients: 192.0.2.22:80 answers, after "
		halfLeft = "clients: 1 of 2 servers answer\n"
	)
	for name, c := range map[string]struct {
		file, script string
		want         []string // in this order
		not          string
		unwell       bool
	}{
		"all is well": {file: farm("", own, "", tcp), not: "clients"},
		"a host":      {file: farm("", own, "", tcp), script: fails, want: []string{halfLeft, oneLeft}},
		"a port": {file: farm("", own, "", tcp), script: fails + " 80\n40 mend real_server 192.0.2.21 80",
			want: []string{halfLeft, oneLeft, "clients: " + both}},
		"nobody": {file: farm("", own, "", tcp), script: fails + "\n30 fail real_server 192.0.2.22",
			want: []string{halfLeft, oneLeft, "clients: none of the servers in the table answers\n", "clients: nobody serves\n",
				"at the end nobody answers\n"}, unwell: true},
		"what is not checked": {file: farm("", own, "", ""), script: fails, want: []string{halfLeft,
			"and some were not for another 40.000 s"}, not: oneLeft, unwell: true},
		"a check of another host": {file: farm("", own, "", "TCP_CHECK {\n connect_ip 192.0.2.99\n }"), script: fails,
			want: []string{halfLeft}, not: oneLeft, unwell: true},
		"inhibit_on_failure": {file: farm("", own, "", "inhibit_on_failure\n"+tcp), script: fails,
			want: []string{halfLeft, oneLeft}},
		"alpha": {file: farm("", own, "alpha", tcp), want: []string{"192.0.2.22]:tcp:80 is up: all its checkers say yes"}, not: "clients"},
		"a script": {file: farm("", own, "", "MISC_CHECK {\n misc_path /bin/true\n }"), script: fails,
			want: []string{halfLeft, "MISC_CHECK: exited with status 1\n", oneLeft}},
		"a page": {file: farm("", own, "", "HTTP_GET {\n url {\n path /a\n }\n url {\n path /b\n }\n connect_timeout 1\n retry 0\n }"),
			script: fails, want: []string{halfLeft, oneLeft}},
		"a file": {file: farm("track_file F {\n file /nowhere\n weight 0\n}", own, "", "FILE_CHECK {\n track_file F\n }"),
			script: "20 fail d1 F\n30 mend d1 F", want: []string{"FILE_CHECK F fails", "clients: nobody serves\n",
				"FILE_CHECK F is well again", "clients: " + both + ", after 10.000 s\n"}},
		"a session": {file: farm("bfd_instance B {\n neighbor_ip 192.0.2.21\n}", own, "", "BFD_CHECK {\n name B\n }"),
			script: "20 fail d1 B\n30 mend d1 B", want: []string{"BFD_CHECK B fails", "clients: nobody serves\n",
				"clients: " + both + ", after 10.000 s\n"}},
		"a sorry server that is off": {file: farm("", own, "sorry_server 192.0.2.99 80\n", tcp), script: fails +
			"\n20 fail real_server 192.0.2.22\n20 fail real_server 192.0.2.99",
			want: []string{"clients: none of the servers in the table answers\n"}, unwell: true},
		"a group": {file: farm("virtual_server_group G {\n 192.0.2.10 80\n 192.0.2.10 443\n}", "virtual_server group G", "", tcp),
			script: fails, want: []string{halfLeft, oneLeft}},
		"a mark": {file: farm("", "virtual_server fwmark 7", "", tcp), script: fails,
			want: []string{"FWM 7  " + halfLeft, oneLeft}},
		"ha_suspend": {file: farm("", own, "ha_suspend", tcp), script: "20 unplug d1 eth0\n21 fail real_server 192.0.2.21\n40 plug d1 eth0",
			want: []string{"VI_1                nobody has the addresses", "eth0 has a carrier again", halfLeft, oneLeft}},
		"weights of 0": {file: farm("", own, "", "weight 0\n"+tcp), want: []string{"at the end nobody answers\n"}, unwell: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := strings.ReplaceAll(c.file, "priority 100", "priority 50")
			r, got := played(t, bound(t, c.file, other), c.script+"\n55 kill d2", time.Minute, false)
			rest := got
			for _, w := range c.want {
				_, after, found := strings.Cut(rest, w)
				if !found {
					t.Fatalf("no %q in the rest of\n%s", w, got)
				}
				rest = after
			}
			if c.not != "" && strings.Contains(got, c.not) || r.Services[0].Well == c.unwell {
				t.Error(got)
			}
		})
	}
}

// A reload has a director check what its new file says, and nothing else.
func TestReloadOfServers(t *testing.T) {
	const own, tcp = "virtual_server 192.0.2.10 80", "TCP_CHECK {\n connect_timeout 1\n retry 0\n }"
	old := bound(t, farm("", own, "", tcp))
	less := director(t, "less.conf", strings.Replace(farm("", own, "", tcp), "real_server 192.0.2.22", "real_server 192.0.2.23", 1))
	r, err := Play(old, []Event{{At: 10 * time.Second, What: Reload, Director: "d1", Object: "less.conf", Config: less.Config}},
		20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.Services[0].Servers, " "); got != "192.0.2.21:80 192.0.2.23:80" || !r.Served() {
		t.Errorf("%s: %+v", got, r.Services)
	}
}

// What clients find is there for every moment once, and adds up to what is told at the end.
func TestClientsAddUp(t *testing.T) {
	const tcp = "TCP_CHECK {\n connect_timeout 1\n retry 1\n delay_before_retry 1\n }"
	file := farm("", "virtual_server 192.0.2.10 80", "sorry_server 192.0.2.30 80", tcp)
	r, text := played(t, bound(t, file, strings.ReplaceAll(file, "priority 100", "priority 50")),
		"11 fail real_server 192.0.2.21\n13 kill d1\n18 fail real_server 192.0.2.22\n30 start d1\n33 mend real_server 192.0.2.21\n"+
			"40 cut d1\n44 fail real_server 192.0.2.30\n50 heal d1", time.Minute, false)
	v := r.Services[0]
	sums, at := map[Bad]time.Duration{}, time.Duration(0)
	for _, s := range r.Spans {
		if s.Router != v.Name {
			continue
		}
		sums[Nobody] += s.From - at // in between the address was nobody's
		sums[s.Bad] += s.To - s.From
		at = s.To
	}
	sums[Nobody] += r.For - at
	if sums[Nobody] != v.Unanswered || sums[Partly] != v.Partly || v.Partly == 0 {
		t.Errorf("%v, and %+v\n%s", sums, v, text)
	}
}

// Each advert is told where it is wanted, and counts as nothing that happened to anybody.
func TestAdverts(t *testing.T) {
	r, text := played(t, bound(t, pairOf("100"), pairOf("90")), "", 10*time.Second, false)
	var b strings.Builder
	if err := Text(&b, r, With{Adverts: true}); err != nil {
		t.Fatal(err)
	}
	// At 3.609 s and each second from then on, of both routers.
	if n := strings.Count(b.String(), "advert to 224.0.0.18, priority 100\n"); n != 14 || strings.Contains(text, "advert") {
		t.Errorf("%d adverts\n%s", n, b.String())
	}
	if picture := drawn(t, r); strings.Contains(picture, "advert") {
		t.Error(picture)
	}
}
