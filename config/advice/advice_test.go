package advice

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/golden"
)

// of gives what is said about a file.
func of(t *testing.T, name, text string, h Host) string {
	t.Helper()
	c, diags := language.Bind(syntax.Load(syntax.MapSource{name: text}, name, syntax.Options{}),
		language.Env{HostName: "director"})
	for _, d := range diags {
		if d.Severity >= syntax.Error {
			t.Fatalf("%s", d)
		}
	}
	var b strings.Builder
	for _, d := range Of(c, h) {
		if d.Class != syntax.ClassNone || d.Severity > syntax.Warning || d.ID == "" {
			t.Errorf("%s: class %d, id %q", d, d.Class, d.ID)
		}
		fmt.Fprintf(&b, "%s [%s]\n", d, d.ID)
		if d.RelatedText != "" {
			fmt.Fprintf(&b, "\t%s: %s\n", d.Related, d.RelatedText)
		}
	}
	return b.String()
}

// One file per piece of advice; the file's name is the id of its first line.
func TestAdvice(t *testing.T) {
	files, err := filepath.Glob("testdata/*.conf")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".conf")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := of(t, name+".conf", string(text), Host{Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.77")}})
			id, _, _ := strings.Cut(name, "__")
			if id != "nothing" && !strings.Contains(got, "["+id+"]") {
				t.Errorf("nothing with the id %s in:\n%s", id, got)
			}
			if id == "nothing" && got != "" {
				t.Errorf("said about a good file:\n%s", got)
			}
			golden.Equal(t, strings.TrimSuffix(file, ".conf")+".want", got)
		})
	}
}

// Without a host nothing is said that only a host can tell.
func TestHostIsOptional(t *testing.T) {
	text, err := os.ReadFile("testdata/peer-is-self__host.conf")
	if err != nil {
		t.Fatal(err)
	}
	if got := of(t, "f", string(text), Host{}); got != "" {
		t.Errorf("said without asking the host: %s", got)
	}
}

// Repairing what is advised against silences the advice.
func TestAdviceCanBeFollowed(t *testing.T) {
	for _, tt := range []struct{ file, from, to string }{
		{"timeout-over-interval", "timeout 5", "timeout 1"},
		{"mh-without-fallback", "lb_algo mh", "lb_algo mh\nmh-fallback"},
		{"mh-without-fallback__inhibit", "lb_algo mh", "lb_algo mh\nmh-fallback"},
		{"mh-weights", "weight 64", "weight 62"},
		{"shared-nat", "lb_kind NAT", "lb_kind TUN"},
		{"shared-without-mh", "lb_algo wlc", "lb_algo mh\nmh-fallback"},
		{"unused-script", "virtual_router_id", "track_script {\n chk\n }\n virtual_router_id"},
		{"peer-is-vip", "192.0.2.10\n    }\n    virt", "192.0.2.2\n    }\n    virt"},
		{"real-server-is-vip", "real_server 192.0.2.10 80", "real_server 192.0.2.20 80"},
	} {
		text, err := os.ReadFile("testdata/" + tt.file + ".conf")
		if err != nil {
			t.Fatal(err)
		}
		mended := strings.Replace(string(text), tt.from, tt.to, 1)
		if mended == string(text) {
			t.Fatalf("%s: no %q", tt.file, tt.from)
		}
		if got := of(t, "f", mended, Host{}); strings.Contains(got, "["+tt.file+"]") {
			t.Errorf("%s: still said: %s", tt.file, got)
		}
	}
}

// The weight of a file is multiplied by a number that is in no configuration: nothing can be said of its sum.
func TestWeightsOfFilesAreNotAddedUp(t *testing.T) {
	tracking := func(block, object string) string {
		return object + "vrrp_instance A {\n interface eth0\n virtual_router_id 51\n priority 100\n" +
			" virtual_ipaddress {\n 192.0.2.10/24\n }\n " +
			block + " {\n x weight -150\n }\n}\n"
	}
	file, process := tracking("track_file", "track_file x {\n file /x\n}\n"),
		tracking("track_process", "vrrp_track_process x {\n process x\n}\n")
	if got := of(t, "f", file, Host{}); strings.Contains(got, "weights make") {
		t.Errorf("of a file: %s", got)
	}
	if got := of(t, "f", process, Host{}); !strings.Contains(got, "all negative weights make -50") {
		t.Errorf("of a process: %q", got)
	}
}
