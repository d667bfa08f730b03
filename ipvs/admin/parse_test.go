package admin_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/ipvs"
	"holdfast/ipvs/admin"
	"holdfast/ipvs/fake"
)

// Command lines as what they ask for, in the spelling of a saved table.
func TestParse(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"-A -t 10.0.0.1:80", "-A -t 10.0.0.1:80 -s wlc"},
		{"-A -t10.0.0.1:80 -srr", "-A -t 10.0.0.1:80 -s rr"},
		{"-A -t=10.0.0.1:80 -s=rr", "-A -t 10.0.0.1:80 -s rr"},
		{"-At 10.0.0.1:80 -ps rr", ""}, // -p takes the rest of the word: "s"
		{"--add-service --tcp-service=10.0.0.1:82 --scheduler rr --persistent=50", "-A -t 10.0.0.1:82 -s rr -p 50"},
		{"-A -t 10.0.0.1:80 -p", "-A -t 10.0.0.1:80 -s wlc -p 360"},
		{"-A -t 10.0.0.1:80 -p -s rr", "-A -t 10.0.0.1:80 -s rr -p 360"},
		{"-A -t 10.0.0.1 -p 50", "-A -t 10.0.0.1:0 -s wlc -p 50"},
		{"-A -t vip.example.org:http -s wlc", "-A -t 10.0.0.1:80 -s wlc"},
		{"-A -t [six.example.org]:http", "-A -t [fd00::1]:80 -s wlc"},
		{"-A -t six.example.org:http", "-A -t [fd00::1]:80 -s wlc"},
		{"-A -t 10.0.0.1:080", "-A -t 10.0.0.1:80 -s wlc"},
		{"-A -t [fd00::1]:80 -p 30 -M 64", "-A -t [fd00::1]:80 -s wlc -p 30 -M 64"},
		{"-A -M 64 -p -t [fd00::1]:80", "-A -t [fd00::1]:80 -s wlc -p 360 -M 64"},
		{"-A -t fd00::1 -p", "-A -t [fd00::1]:0 -s wlc -p 360"},
		{"-A -t 10.0.0.1:80 -p -M 255.255.255.0", "-A -t 10.0.0.1:80 -s wlc -p 360 -M 255.255.255.0"},
		{"-A -t 10.0.0.1:80 -p -M 255.255.255.255", "-A -t 10.0.0.1:80 -s wlc -p 360"},
		{"-A -t 10.0.0.1:80 -p -M 255.0.255.0", "-A -t 10.0.0.1:80 -s wlc -p 360 -M 255.0.255.0"},
		{"-A -t 10.0.0.1:80 -p -M 0.0.0.0", "-A -t 10.0.0.1:80 -s wlc -p 360 -M 0.0.0.0"},
		{"-A -u 10.0.0.1:53 -o --pe sip", "-A -u 10.0.0.1:53 -s wlc --pe sip -o"},
		{"-A -t 10.0.0.1:80 -s sh -b sh-port,sh-fallback", "-A -t 10.0.0.1:80 -s sh -b sh-fallback,sh-port"},
		{"-A -t 10.0.0.1:80 -b flag-2,flag-2", "-A -t 10.0.0.1:80 -s wlc -b flag-2"},
		{"-A --sctp-service 10.0.0.1:9", "-A --sctp-service 10.0.0.1:9 -s wlc"},
		{"-A -f 010", "-A -f 10 -s wlc"},
		{"-A -f 4294967295 -6", "-A -f 4294967295 -6 -s wlc"},
		{"-A -6 -f 5", "-A -f 5 -6 -s wlc"},
		{"-E -t 10.0.0.1:80", "-E -t 10.0.0.1:80 -s wlc"},
		{"-D -t 10.0.0.1:80", "-D -t 10.0.0.1:80"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1", "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1"},
		{"-a -r 10.1.0.1 -m -t 10.0.0.1:80", "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1:8080", "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 1"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -w 5 -x 10 -y 5", "-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -w 5 -x 10 -y 5"},
		{"-a -t 10.0.0.1:80 -r fd00::7 -i", "-a -t 10.0.0.1:80 -r [fd00::7]:80 -i -w 1 --tun-type ipip"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-type gue --tun-port 6080 --tun-remcsum", "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-type=gre --tun-csum", "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -i -w 1 --tun-type gre --tun-csum"},
		{"-a -f 5 -r 10.1.0.1:http", "-a -f 5 -r 10.1.0.1:80 -g -w 1"},
		{"-a -f 5 -r 10.1.0.1", "-a -f 5 -r 10.1.0.1:0 -g -w 1"},
		{"-e -t 10.0.0.1:80 -r 10.1.0.1 -w 0", "-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 0"},
		{"-d -t 10.0.0.1:80 -r 10.1.0.1:8080", "-d -t 10.0.0.1:80 -r 10.1.0.1:8080"},
	} {
		got, err := admin.Parse(strings.Fields(c.line), book{})
		if c.want == "" {
			if err == nil {
				t.Errorf("%s is %v, want an error", c.line, got.Change)
			}
			continue
		}
		if err != nil || got.Change.String() != c.want {
			t.Errorf("%s is %v (%v), want %s", c.line, got.Change, err, c.want)
		}
	}
}

// What is wrong is said with the word that is.
func TestParseMistakes(t *testing.T) {
	for _, c := range []struct {
		line   string
		status int
		want   string
	}{
		{"-n -L", 255, "the first word has to be a command: -L, -A, -E, -D, -a, -e, -d, -C, -Z, -S, -R, --set, --start-daemon or --stop-daemon"},
		{"nonsense", 255, "the first word has to be a command"},
		{"word -L", 255, "the first word has to be a command"},
		{"-A -Q", 255, "there is no option -Q"},
		{"--add", 255, "there is no option --add"},
		{"-L --numeric=1", 255, "--numeric takes no argument"},
		{"-A -t", 255, "-t needs an argument: HOST:PORT"},
		{"-A", 2, "-A needs a service: -t, -u, --sctp-service or -f"},
		{"-A -D -t 10.0.0.1:80", 2, "-A and -D are two commands"},
		{"-A -t 10.0.0.1:80 -w 5", 2, "-A has no option -w"},
		{"-A -t 10.0.0.1:80 -u 10.0.0.1:80", 2, "-t and -u exclude each other"},
		{"-A -t 10.0.0.1:80 -s rr -s wrr", 2, "-s is given twice"},
		{"-A -t 10.0.0.1:80 word", 2, `unexpected word "word"`},
		{"-A -t 10.0.0.1", 2, "a service without a port, which is for all ports, has to be persistent: -p"},
		{"-A -t nobody:80", 2, `-t nobody:80: there is no host "nobody"`},
		{"-A -t :80", 2, "-t :80: want HOST:PORT"},
		{"-A -t 10.0.0.1:nothing", 2, `-t 10.0.0.1:nothing: no port of tcp is called "nothing"`},
		{"-A -t 10.0.0.1:70000", 2, `-t 10.0.0.1:70000: want a port of 0..65535, not "70000"`},
		{"-A -t [fd00::1]", 2, "-t [fd00::1]: behind ] there has to be :PORT"},
		{"-A -t [fd00::1", 2, "-t [fd00::1: ] is missing"},
		{"-A -t [10.0.0.1]:80", 2, "-t [10.0.0.1]:80: brackets are for IPv6"},
		{"-A -t fe80::1%lo -p", 2, "-t fe80::1%lo: IPVS knows no interfaces: leave the zone out"},
		{"-A -t 10.0.0.1:80 -6", 2, "-6 is for a mark, which -f gives"},
		{"-L -6", 2, "-6 is for a mark, which -f gives"},
		{"-A -f 0", 2, "-f 0: want a mark of 1..4294967295"},
		{"-A -t 10.0.0.1:80 -p 0", 2, "-p 0: want 1..2678400"},
		{"-A -t 10.0.0.1:80 -p -M 24", 2, "-M 24: want a mask like 255.255.255.0"},
		{"-A -t [fd00::1]:80 -p -M 129", 2, "-M 129: want the length of a prefix, 1..128"},
		{"-A -t 10.0.0.1:80 -o", 2, "-o is for services of UDP and marks"},
		{"-A -t 10.0.0.1:80 -b x", 2, `-b x: there is no flag "x"; there are flag-1,`},
		{"-A -t 10.0.0.1:80 -b sh-port", 2, "-b sh-port: sh-port is for scheduler sh, and this one is wlc"},
		{"-A -t 10.0.0.1:80 -b ,", 2, `-b ,: there is no flag ""`},
		{"-a -t 10.0.0.1:80", 2, "-a needs a real server: -r"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -g -m", 2, "-g and -m exclude each other"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -w -1", 2, "-w -1: want 0..2147483647"},
		{"-a -t 10.0.0.1:80 -r fd00::1 -m", 2, "-r fd00::1: only a tunnel (-i) leads to the other address family"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 --tun-type gue", 2, "--tun-type is for tunnels (-i)"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-type x", 2, `--tun-type "x": want ipip, gue or gre`},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-type gue", 2, "a tunnel of type gue needs --tun-port"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-type gue --tun-port 0", 2, "--tun-port 0: want 1..65535"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-csum", 2, "a tunnel of type ipip has no --tun-csum"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-type gre --tun-remcsum", 2, "a tunnel of type gre has no --tun-remcsum"},
		{"-a -t 10.0.0.1:80 -r 10.1.0.1 -i --tun-type gre --tun-csum --tun-nocsum", 2, "--tun-csum and --tun-nocsum exclude each other"},
		{"--set 1 2", 2, "--set wants three numbers of seconds: TCP, TCP after FIN, UDP"},
		{"--set 1 2 x", 2, "--set x: want 0..2678400 seconds"},
		{"-L -c --stats", 2, "-c and --stats exclude each other"},
		{"-L --timeout -t 10.0.0.1:80", 2, "--timeout is not of one service"},
		{"-C -n", 2, "-C has no option -n"},
		{"--start-daemon", 255, "--start-daemon needs an argument: master|backup"},
		{"--start-daemon foo", 2, `--start-daemon "foo": want master or backup`},
		{"--start-daemon master --mcast-interface eth0 --syncid 256", 2, "--syncid 256: want 0..255"},
		{"--start-daemon master --mcast-interface eth0 --mcast-ttl 0", 2, "--mcast-ttl 0: want 1..255"},
		{"--start-daemon master --mcast-interface eth0 --mcast-group 10.0.0.1", 2, "--mcast-group 10.0.0.1: want a multicast address"},
		{"--stop-daemon master --mcast-interface eth0", 2, "--stop-daemon has no option --mcast-interface"},
		{"-L --daemon --timeout", 2, "--timeout and --daemon exclude each other"},
	} {
		_, err := admin.Parse(strings.Fields(c.line), book{})
		var told *admin.Error
		if !errors.As(err, &told) || told.Status != c.status || !strings.HasPrefix(told.Text, c.want) {
			t.Errorf("%s: %v (%+v), want status %d: %s", c.line, err, told, c.status, c.want)
		}
	}
}

func TestParseViews(t *testing.T) {
	for _, c := range []struct {
		line string
		want admin.View
	}{
		{"", admin.View{}},
		{"-Ln", admin.View{Numeric: true}},
		{"-l --stats --rate --exact", admin.View{What: admin.Stats, Exact: true}},
		{"-L --thresholds --persistent-conn", admin.View{What: admin.Thresholds, Engines: true}},
		{"-L --nosort --sort --tun-info", admin.View{What: admin.Tunnels, Unsorted: true}},
		{"-Lnc --persistent-conn", admin.View{What: admin.Connections, Numeric: true, Engines: true}},
		{"-L --timeout --json", admin.View{What: admin.Timeouts, JSON: true}},
		{"-S -n --thresholds", admin.View{Numeric: true, Thresholds: true}},
	} {
		got, err := admin.Parse(strings.Fields(c.line), book{})
		if err != nil || got.View != c.want {
			t.Errorf("%s shows %+v (%v), want %+v", c.line, got.View, err, c.want)
		}
	}
	one, err := admin.Parse(strings.Fields("-L -f 5 -6"), book{})
	if want := (ipvs.ServiceID{Family: ipvs.IPv6, FWMark: 5}); err != nil || !one.Selected || one.Change.Service != want {
		t.Errorf("-L -f 5 -6 is %+v (%v)", one, err)
	}
}

// Every command that the kernel can be told is understood as what it was written for.
func TestParseIsTheReverseOfWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, c := range ipvs.Diff(nil, fake.Tables().Draw(t, "table")) {
			got, err := admin.ParseLines(strings.NewReader("\n# saved\n ipvsadm "+c.String()+"\n"), book{})
			if err != nil || len(got) != 1 {
				t.Fatalf("%v: %v", c, err)
			}
			if again := got[0].Change.String(); again != c.String() {
				t.Fatalf("%v is understood as %s", c, again)
			}
		}
	})
}

func FuzzParseLines(f *testing.F) {
	for _, seed := range []string{"-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1 -m -w 3\n", "-A -p", "--set 1 2 3", "-b ,", "-t=", "--=x", "-a -f 5 -6 -r [::]:0 -i --tun-type gue"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cmds, err := admin.ParseLines(strings.NewReader(text), book{})
		if err != nil {
			return
		}
		// What was understood can be written and is understood alike.
		for _, c := range cmds {
			if c.Action < admin.AddService || c.Action > admin.DeleteDest {
				continue
			}
			line := c.Change.String()
			again, err := admin.ParseLines(strings.NewReader(line), book{})
			if err != nil || len(again) != 1 || again[0].Change.String() != line {
				t.Errorf("%q became %q, which became %v (%v)", text, line, again, err)
			}
		}
	})
}
