package language

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"holdfast/config/syntax"
)

// repeated is what text gives for 0 to n-1.
func repeated(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

// Files with n objects of a kind, as people have them.
func manyServices(n int) string {
	return repeated(n, func(i int) string {
		return fmt.Sprintf("virtual_server 192.168.%d.%d 80 {\n  delay_loop 10\n  lb_algo rr\n  lb_kind DR\n"+
			"  protocol TCP\n", i/250, i%250) +
			repeated(10, func(r int) string {
				return fmt.Sprintf("  real_server 10.%d.%d.%d 80 {\n    weight 1 # as the others\n    TCP_CHECK {\n"+
					"      connect_timeout 3\n    }\n  }\n", i/250, i%250, r)
			}) + "}\n"
	})
}

func manyServicesOfGroups(n int) string {
	return repeated(n, func(i int) string {
		return fmt.Sprintf("virtual_server_group G%d {\n  192.168.%d.%d 80\n  192.168.%d.%d 443\n}\n", i, i/250, i%250,
			i/250, i%250) +
			fmt.Sprintf("virtual_server group G%d {\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n"+
				"  quorum_up \"/usr/bin/logger 'up %d'\"\n  real_server 10.%d.%d.1 80 {\n    HTTP_GET {\n      url {\n"+
				"        path /\n        status_code 200\n      }\n    }\n  }\n}\n", i, i, i/250, i%250)
	})
}

func manyInstances(n int) string {
	return "global_defs {\n  dynamic_interfaces\n}\n" + repeated(n, func(i int) string {
		return fmt.Sprintf("vrrp_instance VI_%d {\n  state BACKUP\n  interface eth%d\n  virtual_router_id %d\n"+
			"  priority 100\n  authentication {\n    auth_type PASS\n    auth_pass secret\n  }\n", i, i/250, 1+i%250) +
			fmt.Sprintf("  virtual_ipaddress {\n    10.%d.%d.1/24 label eth%d:1\n  }\n  track_interface {\n    eth9\n  }\n"+
				"  notify \"/usr/bin/logger VI_%d\"\n}\n", i/250, i%250, i/250, i)
	})
}

func manyGroups(n int) string {
	return manyInstances(2*n) + repeated(n, func(i int) string {
		return fmt.Sprintf("vrrp_script S_%d {\n  script \"/usr/bin/true %d\"\n  interval 2\n  weight 10\n}\n"+
			"vrrp_sync_group G_%d {\n  group {\n    VI_%d\n    VI_%d\n  }\n  track_script {\n    S_%d\n  }\n"+
			"}\n", i, i, i, 2*i, 2*i+1, i)
	})
}

func manyByLoop(n int) string {
	return fmt.Sprintf("global_defs {\n  dynamic_interfaces\n}\n$VI= \\\nvrrp_instance VI_$N { \\\n"+
		"  interface eth$N \\\n  virtual_router_id 1 \\\n  priority 100 \\\n  virtual_ipaddress { \\\n"+
		"    10.0.0.1/24 dev eth$N \\\n  } \\\n}\n\n~SEQ(N,1,%d) $VI\n", n)
}

// A measure is what it takes to read and bind a file.
type measure struct{ allocations, bytes, statements float64 }

func (m measure) String() string {
	return fmt.Sprintf("%.0f statements: %.2f allocations and %.0f bytes each", m.statements, m.allocations/m.statements,
		m.bytes/m.statements)
}

// measured reads and binds a file.
func measured(text string) (m measure, found []syntax.Diagnostic) {
	src := syntax.MapSource{"k.conf": text}
	read := func() {
		s := syntax.Load(src, "k.conf", syntax.Options{})
		m.statements = 0
		for _, l := range s.Lines {
			if l.Text != "}" {
				m.statements++
			}
		}
		_, found = Bind(s, Env{Test: true})
	}
	read() // makes the table of keywords
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	m.allocations, m.bytes = float64(after.Mallocs-before.Mallocs), float64(after.TotalAlloc-before.TotalAlloc)
	return m, found
}

// What large files take grows as they do, and a statement of them takes next to
// nothing: a configuration test is not to be slower than keepalived's, nor to take a
// hundred megabytes. Time would tell more and be different at every run.
func TestLimitsOfLargeFiles(t *testing.T) {
	for _, kind := range []struct {
		name               string
		text               func(n int) string
		allocations, bytes float64 // of a statement, at most
	}{
		{"services", manyServices, 0.6, 900},
		{"services of groups", manyServicesOfGroups, 2.2, 1000},
		{"instances", manyInstances, 2.4, 1300},
		{"groups of instances", manyGroups, 2.4, 1300},
		{"instances by a loop", manyByLoop, 4, 2200},
	} {
		t.Run(kind.name, func(t *testing.T) {
			one, _ := measured(kind.text(300))
			two, found := measured(kind.text(600))
			if len(found) > 2 { // about the security of scripts of each kind
				t.Fatal(found[2])
			}
			if two.allocations > 2.1*one.allocations || two.bytes > 2.2*one.bytes {
				t.Errorf("twice as much takes more than twice as much:\n%v\n%v", one, two)
			}
			if two.allocations > kind.allocations*two.statements || two.bytes > kind.bytes*two.statements {
				t.Errorf("more than %.2f allocations or %.0f bytes:\n%v", kind.allocations, kind.bytes, two)
			}
			t.Log(two)
		})
	}
}

// A large file with one thing wrong takes a few times what it takes as it was: what is
// wrong with it is searched within bounds, also if a loop has it at every turn.
func TestLimitsOfDamagedFiles(t *testing.T) {
	for _, damage := range []struct{ name, old, new string }{
		{"closing brace lost", "}\n", "\n"},
		{"closing brace added", "}\n", "} }\n"},
		{"opening brace lost", "{\n", "\n"},
		{"quote left open", " {\n", "\" {\n"},
		{"keyword of a block misspelt", "_", "_x"},
		{"keyword misspelt", "\n  ", "\n  x"},
	} {
		for _, kind := range []struct {
			name, text string
		}{
			{"services", manyServices(100)},
			{"instances", manyInstances(500)},
			{"instances by a loop", manyByLoop(500)},
		} {
			t.Run(damage.name+" in "+kind.name, func(t *testing.T) {
				old, with, at := damage.old, damage.new, len(kind.text)/2
				if strings.Contains(kind.text, "~SEQ") { // whose lines end with a backslash
					old, with, at = strings.ReplaceAll(old, "\n", " \\\n"), strings.ReplaceAll(with, "\n", " \\\n"),
						strings.Index(kind.text, "$VI")
				}
				good, _ := measured(kind.text)
				bad, found := measured(kind.text[:at] + strings.Replace(kind.text[at:], old, with, 1))
				if len(found) == 0 {
					t.Fatal("nothing is found")
				}
				if allocations, bytes := bad.allocations/good.allocations, bad.bytes/good.bytes; allocations > 15 || bytes > 5.5 {
					t.Errorf("%.1f times the allocations, %.1f times the bytes: %v", allocations, bytes, found[0])
				}
			})
		}
	}
}
