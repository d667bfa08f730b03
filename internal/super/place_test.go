package super

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/config"
)

func TestPIDFilesOfAPlace_cli6(t *testing.T) {
	for _, c := range []struct {
		at   config.Place
		want string
	}{
		{config.Place{}, "/run/vrrp.pid"},
		{config.Place{UsePIDDir: true}, "/run/keepalived/vrrp.pid"},
		{config.Place{Instance: "one"}, "/run/keepalived/vrrp_one.pid"},
		{config.Place{NetNamespace: "red"}, "/run/keepalived/red/vrrp.pid"},
		{config.Place{NetNamespace: "red", Instance: "one", UsePIDDir: true}, "/run/keepalived/red/vrrp_one.pid"},
		{config.Place{IPVSNamespace: "red", IPVSNamespaceSet: true, NamespaceIPsets: true}, "/run/vrrp.pid"},
	} {
		for _, name := range []string{"/run/vrrp.pid", "vrrp"} {
			if got := (Place{Place: c.at}).PIDFile(name); got != c.want {
				t.Errorf("%+v: %s, want %s", c.at, got, c.want)
			}
		}
	}
}

func TestOnlyARestartMoves_semantics7_6(t *testing.T) {
	red, blue := config.Place{NetNamespace: "red"}, config.Place{NetNamespace: "blue"}
	ipvs, bare := config.Place{IPVSNamespace: "red", IPVSNamespaceSet: true}, config.Place{IPVSNamespaceSet: true}
	one := config.Place{Instance: "one"}
	for _, c := range []struct {
		from, to config.Place
		what     string // "" = it may be reloaded
	}{
		{red, red, ""}, {one, one, ""}, {ipvs, ipvs, ""},
		{red, blue, "network namespace"}, {red, config.Place{}, "network namespace"}, {config.Place{}, red, "network namespace"},
		{ipvs, bare, "IPVS network namespace"}, {config.Place{}, bare, "IPVS network namespace"},
		{one, config.Place{}, "instance name"}, {config.Place{}, one, "instance name"},
		{config.Place{}, config.Place{UsePIDDir: true, NamespaceIPsets: true}, ""},
	} {
		want := ""
		if c.what != "" {
			want = "Cannot change " + c.what + " at a reload - please restart keepalived"
		}
		if got := (Place{Place: c.from}).moved(c.to); got != want {
			t.Errorf("%+v -> %+v: %q, want %q", c.from, c.to, got, want)
		}
	}
}

// What one process of the daemon puts into the environment another one takes out, with the open namespace.
func TestAPlaceIsInherited(t *testing.T) {
	space, err := os.Open("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	p := Place{Place: config.Place{NetNamespace: "red\"'", Instance: "one", IPVSNamespaceSet: true}, Written: "blue", IPVS: space}
	handOver := func(fd int) (Place, bool) {
		env := p.environ(fd)
		name, value, _ := strings.Cut(env[len(env)-1], "=")
		if name != placeEnv {
			t.Fatalf("%s is the last variable", name)
		}
		t.Setenv(name, value)
		return InheritedPlace()
	}
	got, ok := handOver(int(space.Fd()))
	if !ok || !cmp.Equal(got.Place, p.Place) || got.Written != p.Written || got.IPVS.Fd() != space.Fd() {
		t.Errorf("%+v, %v", got, ok)
	}
	if v, there := os.LookupEnv(placeEnv); there {
		t.Errorf("%s=%s is left for others", placeEnv, v)
	}
	if _, ok := InheritedPlace(); ok {
		t.Error("a place was inherited from nobody")
	}
	p.IPVS = nil
	if got, ok := handOver(9); !ok || got.IPVS != nil {
		t.Errorf("without an IPVS namespace: %+v, %v", got, ok)
	}
}

func TestDirectoriesOfPIDFiles(t *testing.T) {
	// Only those below /run/keepalived are made: a directory that an option names is the administrator's.
	dir := t.TempDir()
	makePIDDirectory(filepath.Join(dir, "new/x.pid"))
	if _, err := os.Stat(filepath.Join(dir, "new")); !os.IsNotExist(err) {
		t.Errorf("made: %v", err)
	}
	removePIDDirectory(filepath.Join(dir, "x.pid"))
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("removed: %v", err)
	}
}

func TestWhichDaemonRuns(t *testing.T) {
	none := os.ErrNotExist
	if _, err := OnlyDaemon(func(string) error { return none }); err != none {
		t.Errorf("none: %v", err)
	}
	file, err := OnlyDaemon(func(string) error { return nil })
	if err != nil || file != "/run/keepalived.pid" {
		t.Errorf("the usual one: %s, %v", file, err)
	}
}
