package language

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast/config"
	"holdfast/config/syntax"
)

// check binds text and holds what is true of every configuration.
func check(t interface{ Fatalf(string, ...any) }, text string) {
	s := load(text)
	cfg, diags := Bind(s, host())
	if cfg == nil {
		t.Fatalf("no Config for %q", text)
	}
	names := map[string]bool{}
	for _, in := range cfg.Instances {
		if in.VRID == 0 || in.Interface == "" || in.Priority == 0 || in.AdvertInt <= 0 || in.Version < 2 ||
			in.Version > 3 || names[in.Name] {
			t.Fatalf("instance %+v of %q", in, text)
		}
		names[in.Name] = true
		for _, a := range in.VIPs {
			if a.Dev == "" || a.Prefix.Addr().Is6() != in.IPv6 {
				t.Fatalf("address %+v of %q", a, text)
			}
		}
		for _, p := range in.UnicastPeers {
			if p.Addr.Is6() != in.IPv6 {
				t.Fatalf("peer %v of %q", p, text)
			}
		}
	}
	for _, g := range cfg.Groups {
		for _, m := range g.Members {
			if !names[m] {
				t.Fatalf("group %s has no %s in %q", g.Name, m, text)
			}
		}
	}
	for _, v := range cfg.VirtualServers {
		if v.Scheduler == "" || len(v.RealServers) == 0 || (v.FWMark == 0 && v.Group == "") != v.Addr.IsValid() {
			t.Fatalf("service %+v of %q", v, text)
		}
		for _, r := range v.RealServers {
			for _, c := range r.Checkers {
				if c.Kind.Polls() && c.DelayLoop <= 0 || c.Retry < 0 {
					t.Fatalf("checker %+v of %q", c, text)
				}
			}
		}
	}
	for _, d := range diags {
		if d.Text == "" {
			t.Fatalf("finding %s of %q", d, text)
		}
	}
	if once := syntax.Once(slices.Clone(diags)); len(once) != len(diags) {
		t.Fatalf("findings said twice: %v of %q", diags, text)
	}
	if again, _ := Bind(s, host()); !config.Equal(*cfg, *again) {
		t.Fatalf("a second run differs: %q", text)
	}
	Dump(&bytes.Buffer{}, cfg)
}

func FuzzBind(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.conf")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds (%v)", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, text) })
}

// words are what arguments are drawn from: values of every form, good and bad.
func words() []string {
	return []string{
		"0", "1", "2", "3", "51", "255", "256", "-1", "-253", "254", "70000", "4294967296", "1.5", ".001", "x", "on", "no",
		"maybe",
		"eth0", "eth1", "eth9", "lo", "10.0.0.1", "10.0.0.1/24", "10.0.0.2", "fe80::1/64", "2001:db8::1", "224.0.0.18",
		"ff02::12", "10.0.0.1/99",
		"MASTER", "BACKUP", "PASS", "AH", "TCP", "UDP", "NAT", "DR", "TUN", "rr", "sh", "mh", "weight", "reverse", "dev",
		"scope", "brd", "+", "peer",
		"A", "B", "chk", "\"/bin/true a\"", "/nope", "</x", "root", "nosuch", "fwmark", "group", "inet6", "VS", "200-299",
		"255.255.255.0", "",
	}
}

// Bind never panics on a tree of known keywords with any arguments, at any depth.
func TestBindTakesAnyTree(t *testing.T) {
	lang := Table()
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		var write func(block string, depth int)
		write = func(block string, depth int) {
			names := lang.names(block)
			for range rapid.IntRange(0, 5).Draw(t, "statements") {
				k := lang.find(block, rapid.SampledFrom(names).Draw(t, "keyword"))
				b.WriteString(k.Name)
				for range rapid.IntRange(0, 3).Draw(t, "arguments") {
					b.WriteString(" " + rapid.SampledFrom(words()).Draw(t, "argument"))
				}
				if k.Opens && depth < 5 {
					b.WriteString(" {\n")
					if k.List {
						for range rapid.IntRange(0, 3).Draw(t, "entries") {
							b.WriteString(strings.Join(rapid.SliceOfN(rapid.SampledFrom(words()), 1, 4).Draw(t, "entry"), " ") + "\n")
						}
					} else {
						write(k.Path(), depth+1)
					}
					b.WriteString("}")
				}
				b.WriteString("\n")
			}
		}
		write("", 0)
		check(t, b.String())
	})
}

// A statement put anywhere into a good configuration does not bring it down.
func TestBindTakesAnyStatement(t *testing.T) {
	lang := Table()
	text, err := os.ReadFile("testdata/dump/full.conf")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	rows := lang.Keywords()
	rapid.Check(t, func(t *rapid.T) {
		k := rows[rapid.IntRange(0, len(rows)-1).Draw(t, "row")]
		statement := k.Name + " " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(words()), 0, 3).Draw(t, "arguments"), " ")
		if rapid.Bool().Draw(t, "block") {
			statement += " {\n}"
		}
		at := rapid.IntRange(0, len(lines)).Draw(t, "line")
		check(t, strings.Join(lines[:at], "\n")+"\n"+statement+"\n"+strings.Join(lines[at:], "\n"))
	})
}
