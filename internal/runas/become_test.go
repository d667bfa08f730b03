package runas

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/internal/rights"
)

func TestBecome(t *testing.T) {
	const uid, gid = 1<<unix.CAP_SETUID | 1<<unix.CAP_NET_ADMIN, 1<<unix.CAP_SETGID | 1<<unix.CAP_NET_ADMIN
	root := func(caps rights.Set, groups ...int) standing {
		return standing{groups: groups, caps: caps, groupsDenied: func() bool { return false }}
	}
	denied := root(uid|gid, 5)
	denied.groupsDenied = func() bool { return true }
	user := root(0)
	user.uids, user.gids = [3]int{1000, 1000, 1000}, [3]int{100, 100, 100}
	setuid := user
	setuid.uids[1] = 0 // a set-user-id binary
	setuid.caps = uid | gid
	nobody := Identity{UID: 65534, GID: 65534}
	for _, c := range []struct {
		name  string
		from  standing
		to    Identity
		want  *syscall.Credential
		error string
	}{
		{"root's own, no rights", root(0), Identity{}, nil, ""},
		{"root's own, all rights", root(uid | gid), Identity{}, nil, ""},
		{"root's own, its own group is no surplus", root(gid, 0), Identity{}, nil, ""},
		{"root's own, groups of the daemon", root(gid, 0, 5), Identity{}, &syscall.Credential{}, ""},
		{"root's own, groups of the daemon, no rights", root(0, 0, 5), Identity{}, nil, ""},
		{"root's own, groups of the daemon, denied", denied, Identity{}, nil, ""},
		{"root's own, groups that are wanted", root(0, 5), Identity{Groups: []uint32{5}}, nil, ""},
		{"root's own, groups that are missing", root(uid), Identity{Groups: []uint32{5}}, nil, "to run as 0:0 needs CAP_SETGID"},
		{"a user's own", user, Identity{UID: 1000, GID: 100}, nil, ""},
		{"a user as another", user, nobody, nil, "to run as 65534:65534 needs CAP_SETUID and CAP_SETGID"},
		{"a user in another group", user, Identity{UID: 1000, GID: 5}, nil, "to run as 1000:5 needs CAP_SETGID"},
		{"a set-user-id daemon as who started it", setuid, Identity{UID: 1000, GID: 100}, &syscall.Credential{Uid: 1000, Gid: 100, NoSetGroups: true}, ""},
		{"root as another", root(uid | gid), nobody, &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}, ""},
		{"root as another, groups of the daemon", root(uid|gid, 0), nobody, &syscall.Credential{Uid: 65534, Gid: 65534}, ""},
		{"root as another, no rights", root(0), nobody, nil, "to run as 65534:65534 needs CAP_SETUID and CAP_SETGID"},
		{"root as another, one right", root(uid), nobody, nil, "to run as 65534:65534 needs CAP_SETGID"},
		{"root as another, other right", root(gid), nobody, nil, "to run as 65534:65534 needs CAP_SETUID"},
		{"root as another with its group, groups of the daemon", root(uid, 5), Identity{UID: 1}, nil, "needs CAP_SETGID"},
		{"denied", denied, nobody, nil, "which this user namespace denies"},
	} {
		got, err := c.from.become(c.to)
		switch {
		case c.error != "":
			if err == nil || !strings.Contains(err.Error(), c.error) {
				t.Errorf("%s: %v, want %q", c.name, err, c.error)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case (got == nil) != (c.want == nil):
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		case got != nil && (got.Uid != c.want.Uid || got.Gid != c.want.Gid || got.NoSetGroups != c.want.NoSetGroups || len(got.Groups) != 0):
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// A real process without the rights to change its identity, as in a container that has
// dropped all capabilities but those of the network.
func TestFewCapabilities(t *testing.T) {
	dir := place(t)
	self, err := os.Executable()
	must(t, err)
	binary, err := os.ReadFile(self)
	must(t, err)
	exe := file(t, dir+"/daemon", string(binary), 0o755) // where other users find it too
	s := file(t, dir+"/s", trueScript, 0o755)
	const few = "-all,+net_admin,+net_raw,+net_broadcast"
	net := []string{"setpriv", "--bounding-set=" + few, "--inh-caps=-all"}
	asUser := []string{"setpriv", "--bounding-set=" + few, "--inh-caps=" + few, "--ambient-caps=" + few, "--reuid=65534", "--regid=65534", "--clear-groups"}
	plain := func(prefix []string) []string { return append(append([]string(nil), prefix...), exe) }
	hurried := func(prefix []string) []string { return append([]string{"nice", "-n", "-3"}, plain(prefix)...) }
	for _, c := range []struct {
		name, user, want string
		argv             []string
	}{
		{"root's own", "root", "", plain(net)},
		{"root's own, with a nice value", "root", "", hurried(net)},
		{"root as nobody", "nobody", "start " + s + ": to run as 65534:65534 needs CAP_SETUID and CAP_SETGID\n", plain(net)},
		{"nobody's own", "nobody", "", plain(asUser)},
		{"nobody's own, with a nice value", "nobody", "", hurried(asUser)},
		{"nobody as daemon", "daemon", "start " + s + ": to run as 1:1 needs CAP_SETUID and CAP_SETGID\n", plain(asUser)},
		{"root as nobody with the rights", "nobody", "", plain([]string{"setpriv", "--bounding-set=-all,+net_admin,+setuid,+setgid", "--inh-caps=-all"})},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(c.argv[0], c.argv[1:]...)
			cmd.Env = append(os.Environ(), "RUNAS_TEST_PROGRAM="+s, "RUNAS_TEST_USER="+c.user)
			cmd.Dir = "/"
			text, err := cmd.CombinedOutput()
			if string(text) != c.want || (err == nil) != (c.want == "") {
				t.Errorf("%v, said %q, want %q", err, text, c.want)
			}
		})
	}
}
