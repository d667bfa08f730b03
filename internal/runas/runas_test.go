package runas

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/sys/unix"

	"holdfast/config"
)

func TestMain(m *testing.M) {
	ExecIfChild()
	if name := os.Getenv("RUNAS_TEST_PROGRAM"); name != "" && os.Getenv("RUNAS_TEST_HANG") != "" {
		os.Exit(hangFromHere(name))
	} else if name != "" {
		os.Exit(startFromHere(name))
	}
	os.Exit(m.Run())
}

// startFromHere makes this process the daemon with the scheduling that the test gave it.
func startFromHere(script string) int {
	r := New(Options{Global: config.Global{ScriptUser: os.Getenv("RUNAS_TEST_USER")}})
	p, err := r.Resolve(config.Command{Argv: strings.Fields(script)}, "test")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if os.Getenv("RUNAS_TEST_RR") != "" {
		runtime.LockOSThread()
		if err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 10}, 0); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	proc, err := r.Start(p)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	res := proc.Wait(context.Background(), 10*time.Second)
	if !res.OK() {
		fmt.Printf("%+v\n", res)
		return 1
	}
	return 0
}

// place makes a directory that every user can reach and only root can write.
func place(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("these tests change users: run them as root")
	}
	dir, err := os.MkdirTemp("/var", "holdfast-runas")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func file(t *testing.T, path, text string, mode fs.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func recorded(g config.Global) (*Runner, *observer.ObservedLogs) {
	core, logs := observer.New(zap.DebugLevel)
	return New(Options{Global: g, Log: zap.New(core)}), logs
}

func messages(logs *observer.ObservedLogs) string {
	var all []string
	for _, e := range logs.All() {
		all = append(all, e.Message)
	}
	return strings.Join(all, "\n")
}

const trueScript = "#!/bin/sh\nexit 0\n"

func TestResolve_cli8_4(t *testing.T) {
	dir := place(t)
	good := file(t, dir+"/good", trueScript, 0o755)
	file(t, dir+"/notexec", trueScript, 0o644)
	file(t, dir+"/private", trueScript, 0o700)
	if err := os.Symlink(good, dir+"/link"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir+"/nowhere", dir+"/dangling"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir+"/closed", 0o700); err != nil {
		t.Fatal(err)
	}
	file(t, dir+"/closed/x", trueScript, 0o755)
	if err := os.Symlink(dir+"/closed/x", dir+"/aside"); err != nil {
		t.Fatal(err)
	}
	file(t, dir+"/plain", "exit 3\n", 0o755)
	t.Setenv("PATH", "relative:"+dir+"/nodir:"+dir)
	nobody := config.Global{ScriptUser: "nobody"}
	for _, c := range []struct {
		name    string
		global  config.Global
		command config.Command
		path    string // "" = refused
		shell   bool
		log     string
	}{
		{"absolute", nobody, config.Command{Argv: []string{good, "a", "b c"}}, good, false, ""},
		{"symbolic link", nobody, config.Command{Argv: []string{dir + "/link"}}, good, false, ""},
		{"dangling link", nobody, config.Command{Argv: []string{dir + "/dangling"}}, "", false, "dangling cannot be accessed - No such file or directory"},
		{"missing", nobody, config.Command{Argv: []string{dir + "/no", "x"}}, "", false, "Script " + dir + "/no cannot be accessed - No such file or directory"},
		{"searched", nobody, config.Command{Argv: []string{"good"}}, good, false, "WARNING - script `good` resolved by path search to `" + good + "`. Please specify full path."},
		{"search fails", nobody, config.Command{Argv: []string{"bad"}}, "", false, "Cannot find script bad in path - disabling"},
		{"search skips what the user cannot run", nobody, config.Command{Argv: []string{"private"}}, "", false, "Cannot find script private in path - disabling"},
		{"not executable, root", config.Global{ScriptUser: "root"}, config.Command{Argv: []string{dir + "/notexec"}}, "", false, "WARNING - script '" + dir + "/notexec' is not executable for uid:gid 0:0 - disabling. " + dir + "/notexec has mode 0644, owner 0:0"},
		{"directory", nobody, config.Command{Argv: []string{dir}}, "", false, "is not executable for uid:gid 65534:65534 - disabling. " + dir + " is no regular file"},
		{"private, as root", config.Global{ScriptUser: "root"}, config.Command{Argv: []string{dir + "/private"}}, dir + "/private", false, ""},
		{"private, as nobody", nobody, config.Command{Argv: []string{dir + "/private"}}, "", false, "/private has mode 0700, owner 0:0"},
		{"closed directory", nobody, config.Command{Argv: []string{dir + "/closed/x"}}, "", false, "closed/x cannot be accessed - Permission denied: " + dir + "/closed cannot be searched by uid:gid 65534:65534 (mode 0700, owner 0:0)"},
		{"closed directory behind a link", nobody, config.Command{Argv: []string{dir + "/aside"}}, "", false, "aside cannot be accessed - Permission denied: " + dir + "/closed cannot be searched by"},
		{"missing directory", nobody, config.Command{Argv: []string{dir + "/no/x"}}, "", false, "no/x cannot be accessed - No such file or directory: " + dir + "/no"},
		{"no shebang", nobody, config.Command{Argv: []string{dir + "/plain"}}, dir + "/plain", true, "Please add a #! shebang"},
		{"unknown user", nobody, config.Command{Argv: []string{good}, User: "nosuchuser"}, "", false, "Script user 'nosuchuser' does not exist\nInvalid user/group for test " + good + " - ignoring"},
		{"unknown group", nobody, config.Command{Argv: []string{good}, User: "nobody", Group: "nosuchgroup"}, "", false, "Script group 'nosuchgroup' does not exist"},
		{"default user missing, strict", config.Global{EnableScriptSecurity: true}, config.Command{Argv: []string{good}}, "", false, "Unable to set default user for test " + good + " - removing"},
		{"default user missing, lax", config.Global{}, config.Command{Argv: []string{good}}, good, false, ""},
		{"nothing", nobody, config.Command{}, "", false, "names no program"},
		{"empty", nobody, config.Command{Argv: []string{""}}, "", false, "names no program"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, logs := recorded(c.global)
			p, err := r.Resolve(c.command, "test")
			if (err == nil) != (c.path != "") || p.Path != c.path || p.Shell != c.shell {
				t.Errorf("got %+v, %v", p, err)
			}
			if err != nil && !errors.Is(err, ErrDisabled) {
				t.Errorf("%v does not match ErrDisabled", err)
			}
			if got := messages(logs); !strings.Contains(got, c.log) || c.log == "" && got != "" {
				t.Errorf("logged %q, want %q", got, c.log)
			}
			problem := r.Check(c.command)
			if (problem == "") != (err == nil) {
				t.Errorf("Check says %q", problem)
			}
			if err == nil {
				return
			}
			quiet, again := recorded(c.global)
			c.command.Problem = problem // a finding says it
			if _, err := quiet.Resolve(c.command, "test"); !errors.Is(err, ErrDisabled) || messages(again) != "" {
				t.Errorf("said again: %v, logged %q", err, messages(again))
			}
			c.command.Problem = "another one"
			if _, err := quiet.Resolve(c.command, "test"); !errors.Is(err, ErrDisabled) || messages(again) == "" {
				t.Errorf("not said, though it is not what was said: %v", err)
			}
		})
	}
}

func TestRootScriptPaths_cli8_5(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir, script string)
		user    string
		problem string
	}{
		{"safe", nil, "root", ""},
		{"file writable by all", func(t *testing.T, _, s string) { must(t, os.Chmod(s, 0o757)) }, "root", "is writable by everybody (mode 0757)"},
		{"file writable by group root", func(t *testing.T, _, s string) { must(t, os.Chmod(s, 0o775)) }, "root", ""},
		{"file writable by a group", func(t *testing.T, _, s string) { must(t, os.Chown(s, 0, 100)); must(t, os.Chmod(s, 0o775)) }, "root", "is writable by group 100"},
		{"file of a user", func(t *testing.T, _, s string) { must(t, os.Chown(s, 1, 0)) }, "root", "is owned by user 1, not by root"},
		{"directory writable by all", func(t *testing.T, d, _ string) { must(t, os.Chmod(d, 0o777)) }, "root", "/sub is writable by everybody"},
		{"sticky directory", func(t *testing.T, d, _ string) { must(t, os.Chmod(d, 0o777|fs.ModeSticky)) }, "root", ""},
		{"directory of a user", func(t *testing.T, d, _ string) { must(t, os.Chown(d, 1, 1)) }, "root", "/sub is owned by user 1"},
		{"unsafe but not root's", func(t *testing.T, d, _ string) { must(t, os.Chmod(d, 0o777)) }, "nobody", ""},
		{"setuid root", func(t *testing.T, d, s string) {
			must(t, os.Chmod(s, 0o755|fs.ModeSetuid))
			must(t, os.Chmod(d, 0o777))
		}, "nobody", "/sub is writable by everybody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := place(t) + "/sub"
			must(t, os.Mkdir(dir, 0o755))
			script := file(t, dir+"/s", trueScript, 0o755)
			if c.prepare != nil {
				c.prepare(t, dir, script)
			}
			cmd := config.Command{Argv: []string{script}}
			strict, strictLog := recorded(config.Global{ScriptUser: c.user, EnableScriptSecurity: true})
			if _, err := strict.Resolve(cmd, "test"); (err == nil) != (c.problem == "") {
				t.Errorf("with enable_script_security: %v", err)
			}
			lax, laxLog := recorded(config.Global{ScriptUser: c.user})
			if _, err := lax.Resolve(cmd, "test"); err != nil {
				t.Errorf("without enable_script_security: %v", err)
			}
			for _, got := range []string{messages(strictLog), messages(laxLog)} {
				if !strings.Contains(got, c.problem) || c.problem == "" && got != "" {
					t.Errorf("logged %q, want %q", got, c.problem)
				}
			}
		})
	}
}

// use_symlink_paths runs what is written: a script sees that path, and where its links lead is found out at each
// start.
func TestSymlinkPaths_cli8_4(t *testing.T) {
	dir := place(t)
	file(t, dir+"/real", "#!/bin/sh\necho \"$0\" > \"$1\"\n", 0o755)
	file(t, dir+"/other", "#!/bin/sh\necho other > \"$1\"\n", 0o755)
	must(t, os.Symlink("real", dir+"/link"))
	run := func(p Program) string {
		t.Helper()
		r, _ := recorded(config.Global{})
		proc, err := r.Start(p, dir+"/said")
		must(t, err)
		if res := proc.Wait(context.Background(), 20*time.Second); res.Status != 0 {
			t.Fatalf("%+v", res)
		}
		got, err := os.ReadFile(dir + "/said")
		must(t, err)
		return strings.TrimSpace(string(got))
	}
	for keep, want := range map[bool][2]string{false: {dir + "/real", dir + "/real"}, true: {dir + "/link", "other"}} {
		r, logs := recorded(config.Global{ScriptUser: "root", EnableScriptSecurity: true, SymlinkPaths: keep})
		p, err := r.Resolve(config.Command{Argv: []string{dir + "/link"}}, "test")
		must(t, err)
		if got := run(p); got != want[0] || messages(logs) != "" {
			t.Errorf("kept %v: %q, want %q; logged %q", keep, got, want[0], messages(logs))
		}
		must(t, os.Remove(dir+"/link"))
		must(t, os.Symlink("other", dir+"/link"))
		if got := run(p); got != want[1] {
			t.Errorf("kept %v: after the link was changed %q, want %q", keep, got, want[1])
		}
		must(t, os.Remove(dir+"/link"))
		must(t, os.Symlink("real", dir+"/link"))
	}
}

// Whoever can change a link on the way can have root run something else.
func TestSymlinkPathsThatAreUnsafe_cli8_5(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir string) (path string)
		problem string
	}{
		{"safe", func(t *testing.T, d string) string { must(t, os.Symlink("../s", d+"/l")); return d + "/l" }, ""},
		{"of a user", func(t *testing.T, d string) string {
			must(t, os.Symlink("../s", d+"/l"))
			must(t, os.Lchown(d+"/l", 1, 1))
			return d + "/l"
		}, "/sub/l is owned by user 1"},
		{"in a directory that all can write", func(t *testing.T, d string) string {
			must(t, os.Symlink("../s", d+"/l"))
			must(t, os.Chmod(d, 0o777))
			return d + "/l"
		}, "/sub is writable by everybody"},
		{"by way of a directory", func(t *testing.T, d string) string {
			must(t, os.Mkdir(d+"/open", 0o755))
			must(t, os.Chmod(d+"/open", 0o777))
			must(t, os.Symlink("../..", d+"/open/up"))
			return d + "/open/up/s"
		}, "/sub/open is writable by everybody"},
		{"in a circle", func(t *testing.T, d string) string {
			must(t, os.Symlink("l", d+"/l"))
			return d + "/l"
		}, "too many links"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := place(t)
			file(t, dir+"/s", trueScript, 0o755)
			must(t, os.Mkdir(dir+"/sub", 0o755))
			path := c.prepare(t, dir+"/sub")
			r, logs := recorded(config.Global{ScriptUser: "root", EnableScriptSecurity: true, SymlinkPaths: true})
			_, err := r.Resolve(config.Command{Argv: []string{path}}, "test")
			if (err == nil) != (c.problem == "") || !strings.Contains(strings.ToLower(messages(logs)), strings.ToLower(c.problem)) {
				t.Errorf("%v, logged %q, want %q", err, messages(logs), c.problem)
			}
		})
	}
	dir := place(t)
	must(t, os.Symlink("l", dir+"/l"))
	for path, want := range map[string]string{dir + "/missing": "No such file", dir + "/l": "Too many levels of symbolic links"} {
		if got := safeLinks(path); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// status runs a script and returns what it wrote about itself.
func status(t *testing.T, g config.Global, c config.Command, text string) (fields map[string]string, res Result) {
	t.Helper()
	dir := place(t)
	must(t, os.Mkdir(dir+"/out", 0o777))
	must(t, os.Chmod(dir+"/out", 0o777))
	c.Argv = append([]string{file(t, dir+"/s", text, 0o755), dir + "/out/f"}, c.Argv...)
	r, _ := recorded(g)
	p, err := r.Resolve(c, "test")
	must(t, err)
	proc, err := r.Start(p, "extra one")
	must(t, err)
	res = proc.Wait(context.Background(), 20*time.Second)
	got, err := os.ReadFile(dir + "/out/f")
	must(t, err)
	fields = map[string]string{"pid": strconv.Itoa(proc.Pid())}
	for _, line := range strings.Split(string(got), "\n") {
		k, v, _ := strings.Cut(line, ":")
		fields[k] = strings.TrimSpace(v)
	}
	return fields, res
}

const tellAll = `#!/bin/sh
exec 9>"$1"
cat /proc/self/status >&9
echo "args:$2,$3,$#" >&9
printf fds: >&9
ls -m /proc/$$/fd >&9
echo "in:$(readlink /proc/$$/fd/0) $(readlink /proc/$$/fd/1) $(readlink /proc/$$/fd/2)" >&9
echo "pgrp:$(cut -d' ' -f5 /proc/$$/stat)" >&9
echo "session:$(cut -d' ' -f6 /proc/$$/stat)" >&9
echo "env:${IFS_WAS-unset} ${LD_PRELOAD-unset} ${LD_LIBRARY_PATH-unset} ${NOTIFY_SOCKET-unset} ${HOLDFAST_DIR-unset} ${KEPT-unset}" >&9
`

func TestScriptSurroundings_cli8_1(t *testing.T) {
	for k, v := range map[string]string{"NOTIFY_SOCKET": "/x", "LD_LIBRARY_PATH": "/y", "HOLDFAST_DIR": "/z", "KEPT": "kept"} {
		t.Setenv(k, v)
	}
	f, err := os.Open("/") // something to leak
	must(t, err)
	defer f.Close()
	for _, c := range []struct {
		name, uid, gid, groups string
		global                 config.Global
		command                config.Command
	}{
		{"root", "0", "0", "", config.Global{ScriptUser: "root"}, config.Command{}},
		{"script_user", "65534", "65534", "", config.Global{ScriptUser: "nobody"}, config.Command{}},
		{"own user", "1", "1", "", config.Global{ScriptUser: "nobody"}, config.Command{User: "daemon"}},
		{"by number", "1", "2", "", config.Global{}, config.Command{User: "1", Group: "bin"}},
		{"with group", "65534", "100", "", config.Global{ScriptUser: "nobody", ScriptGroup: "users"}, config.Command{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.command.Argv = []string{"a b"}
			got, res := status(t, c.global, c.command, tellAll)
			if !res.OK() {
				t.Errorf("ended %+v", res)
			}
			four := func(id string) string { return strings.Join([]string{id, id, id, id}, "\t") }
			for k, want := range map[string]string{
				"Uid": four(c.uid), "Gid": four(c.gid), "args": "a b,extra one,3",
				"in": "/dev/null /dev/null /dev/null", "pgrp": got["pid"], "session": got["pid"],
				"env": "unset unset unset unset unset kept",
			} {
				if got[k] != want {
					t.Errorf("%s is %q, want %q", k, got[k], want)
				}
			}
			if g := strings.TrimSpace(got["Groups"]); g != c.groups && g != c.gid {
				t.Errorf("supplementary groups %q, want %q", g, c.groups)
			}
			// 9 is the output of the script, 10 its text, 11 where sh keeps its standard output.
			for _, fd := range strings.Split(got["fds"], ", ") {
				if !strings.Contains(" 0 1 2 9 10 11 ", " "+fd+" ") {
					t.Errorf("descriptor %s leaked: %s", fd, got["fds"])
				}
			}
			if m, err := strconv.ParseUint(got["SigBlk"], 16, 64); err != nil || m != 0 {
				t.Errorf("blocked signals %s", got["SigBlk"])
			}
		})
	}
}

func TestSupplementaryGroupsOnRequest_grammar5_6(t *testing.T) {
	u := lookupWithGroups(t)
	got, _ := status(t, config.Global{}, config.Command{User: u, Group: ":users"}, tellAll)
	if !strings.Contains(" "+got["Groups"]+" ", " 4 ") {
		t.Errorf("groups %q, want 4 (adm) among them", got["Groups"])
	}
	got, _ = status(t, config.Global{}, config.Command{User: u, Group: "users"}, tellAll)
	if strings.Contains(" "+got["Groups"]+" ", " 4 ") {
		t.Errorf("groups %q without asking for them", got["Groups"])
	}
}

func TestSupplementaryGroupsForAll(t *testing.T) {
	u := lookupWithGroups(t)
	for _, c := range []struct {
		who string
		g   config.Global
		cmd config.Command
	}{
		{"the user of the script", config.Global{}, config.Command{User: u, Group: "users"}},
		{"script_user", config.Global{ScriptUser: u}, config.Command{}},
	} {
		c.g.SupplementaryGroups = true
		got, _ := status(t, c.g, c.cmd, tellAll)
		if !strings.Contains(" "+got["Groups"]+" ", " 4 ") {
			t.Errorf("%s: groups %q, want 4 (adm) among them", c.who, got["Groups"])
		}
	}
	// The daemon's own user is one, too.
	id, err := identityOf(config.Command{}, config.Global{SupplementaryGroups: true}, "")
	must(t, err)
	if !slices.Contains(id.Groups, 0) {
		t.Errorf("root is in groups %v", id.Groups)
	}
}

// lookupWithGroups names a user who is a member of adm, in a private copy of the group
// file.
func lookupWithGroups(t *testing.T) string {
	t.Helper()
	old, err := os.ReadFile("/etc/group")
	must(t, err)
	if strings.Contains(string(old), "adm:x:4:daemon") {
		return "daemon"
	}
	runtime.LockOSThread() // the thread's mount namespace ends with the test
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Fatal(err)
	}
	must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	copyOf := filepath.Join(t.TempDir(), "group")
	must(t, os.WriteFile(copyOf, []byte(strings.Replace(string(old), "adm:x:4:", "adm:x:4:daemon", 1)), 0o644))
	must(t, unix.Mount(copyOf, "/etc/group", "", unix.MS_BIND, ""))
	return "daemon"
}

func TestShellText_cli8_2(t *testing.T) {
	got, res := status(t, config.Global{ScriptUser: "nobody"}, config.Command{Argv: []string{"$HOME", "x;y"}},
		"echo \"args:$2,$3,$4\" > $1\nexit 3\n")
	if got["args"] != "$HOME,x;y,extra one" {
		t.Errorf("arguments %q", got["args"])
	}
	if !res.Exited || res.Status != 3 {
		t.Errorf("ended %+v, want status 3", res)
	}
}

func TestNormalSchedulingForScripts_cli8_1(t *testing.T) {
	exe, err := os.Executable()
	must(t, err)
	dir := place(t)
	must(t, os.Chmod(dir, 0o777|fs.ModeSticky))
	s := file(t, dir+"/s", "#!/bin/sh\nexec 9>$1\nchrt -p $$ >&9; cut -d' ' -f19 /proc/$$/stat >&9; id -u >&9; id -G >&9; ls /proc/$$/fd >&9\n", 0o755)
	for name, c := range map[string]struct {
		prefix []string
		env    string
	}{
		"SCHED_RR":      {nil, "RUNAS_TEST_RR=1"},
		"negative nice": {[]string{"nice", "-n", "-7"}, "X=1"},
		"plain":         {nil, "X=1"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, strings.ReplaceAll(name, " ", "_"))
			args := append(c.prefix, exe)
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "RUNAS_TEST_PROGRAM="+s+" "+out, "RUNAS_TEST_USER=nobody", c.env)
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			b, err := os.ReadFile(out)
			must(t, err)
			got := string(b)
			if !strings.Contains(got, "SCHED_OTHER") || !strings.Contains(got, "priority: 0\n0\n65534\n65534\n") {
				t.Errorf("script ran with:\n%s", got)
			}
		})
	}
}

func start(t *testing.T, text string) (*Process, string) {
	t.Helper()
	dir := place(t)
	s := file(t, dir+"/s", "#!/bin/sh\n"+text, 0o755)
	r, _ := recorded(config.Global{ScriptUser: "root"})
	p, err := r.Resolve(config.Command{Argv: []string{s, dir}}, "test")
	must(t, err)
	proc, err := r.Start(p)
	must(t, err)
	return proc, dir
}

func TestWaitResults(t *testing.T) {
	for text, want := range map[string]Result{
		"exit 0":     {Exited: true},
		"exit 7":     {Exited: true, Status: 7},
		"kill -9 $$": {Signal: syscall.SIGKILL},
		"kill $$":    {Signal: syscall.SIGTERM},
	} {
		proc, _ := start(t, text)
		if got := proc.Wait(context.Background(), 10*time.Second); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestTimeout_semantics5_8(t *testing.T) {
	t.Run("TERM is enough", func(t *testing.T) {
		proc, _ := start(t, "exec sleep 100")
		began := time.Now()
		got := proc.Wait(context.Background(), 100*time.Millisecond)
		if !got.TimedOut || got.OK() || got.Signal != syscall.SIGTERM {
			t.Errorf("%+v after %v", got, time.Since(began))
		}
	})
	t.Run("exit 0 on TERM is no success", func(t *testing.T) {
		proc, dir := start(t, "trap 'exit 0' TERM; touch $1/up; while :; do sleep 0.05; done")
		waitFor(t, dir+"/up")
		if got := proc.Wait(context.Background(), 50*time.Millisecond); !got.TimedOut || got.OK() {
			t.Errorf("%+v", got)
		}
	})
	t.Run("KILL after two seconds, to the whole group", func(t *testing.T) {
		proc, dir := start(t, "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > $0/child; while :; do sleep 0.1; done' $1 & touch $1/up; while :; do sleep 0.1; done")
		waitFor(t, dir+"/up")
		waitFor(t, dir+"/child")
		began := time.Now()
		got := proc.Wait(context.Background(), 100*time.Millisecond)
		if took := time.Since(began); !got.TimedOut || got.Signal != syscall.SIGKILL || took < 2*time.Second ||
			took > time.Minute {
			t.Errorf("%+v after %v, want KILL after 2.1 s", got, took)
		}
		gone(t, dir+"/child")
	})
	t.Run("what is left of the group is killed", func(t *testing.T) {
		proc, dir := start(t, "sh -c 'trap \"\" TERM; echo $$ > $0/child; while :; do sleep 0.1; done' $1 & exec sleep 100")
		waitFor(t, dir+"/child")
		proc.Wait(context.Background(), 50*time.Millisecond)
		gone(t, dir+"/child")
	})
	t.Run("context", func(t *testing.T) {
		proc, _ := start(t, "exec sleep 100")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if got := proc.Wait(ctx, 0); got.TimedOut || got.Signal != syscall.SIGTERM {
			t.Errorf("%+v", got)
		}
	})
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if st, err := os.Stat(path); err == nil && (st.Size() > 0 || strings.HasSuffix(path, "up")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not appear", path)
		}
	}
}

// gone waits for the end of the process whose id is in a file.
func gone(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	must(t, err)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d lives", pid)
		}
	}
}

func TestStartFailure(t *testing.T) {
	r, _ := recorded(config.Global{ScriptUser: "root"})
	dir := place(t)
	s := file(t, dir+"/s", "#!/no/such/interpreter\n", 0o755)
	p, err := r.Resolve(config.Command{Argv: []string{s}}, "test")
	must(t, err)
	proc, err := r.Start(p)
	switch {
	case needsHelper(): // where these tests have a nice value that scripts do not get: it cannot start it either
		must(t, err)
		if res := proc.Wait(t.Context(), 0); res.Status != 127 {
			t.Errorf("missing interpreter: %+v, want status 127", res)
		}
	case !errors.Is(err, syscall.ENOENT):
		t.Errorf("missing interpreter: %v, want ENOENT", err)
	}
	if _, err := r.Start(Program{}); err == nil {
		t.Error("nothing was started without an error")
	}
}

// A hundred programs at once cost no hundred threads, and no descriptor.
func TestWaitingCostsNoThreads(t *testing.T) {
	const programs = 100
	dir := place(t)
	s := file(t, dir+"/s", "#!/bin/sh\nexec sleep 100\n", 0o755)
	r, _ := recorded(config.Global{ScriptUser: "root"})
	p, err := r.Resolve(config.Command{Argv: []string{s}}, "test")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan Result, programs)
	before := descriptors(t)
	for range programs {
		proc, err := r.Start(p)
		must(t, err)
		go func() { ended <- proc.Wait(ctx, 0) }()
	}
	tasks, err := os.ReadDir("/proc/self/task")
	must(t, err)
	if len(tasks) > 40 {
		t.Errorf("%d threads", len(tasks))
	}
	if after := descriptors(t); after > before+2 {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	cancel()
	for range programs {
		if r := <-ended; r.Signal != syscall.SIGTERM {
			t.Errorf("ended %+v", r)
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(entries)
}

func TestCanRead(t *testing.T) {
	dir := place(t)
	file(t, dir+"/open", "", 0o644)
	file(t, dir+"/shut", "", 0o600)
	root, err := identify("root", "", false)
	must(t, err)
	nobody, err := identify("nobody", "", false)
	must(t, err)
	for _, c := range []struct {
		id   Identity
		path string
		want error
	}{
		{root, dir + "/open", nil}, {root, dir + "/shut", nil}, {nobody, dir + "/open", nil},
		{nobody, dir + "/shut", syscall.EACCES}, {nobody, dir + "/none", syscall.ENOENT}, {nobody, dir, nil},
	} {
		if err := c.id.CanRead(c.path); !errors.Is(err, c.want) {
			t.Errorf("%v %s: %v, want %v", c.id, c.path, err, c.want)
		}
	}
}
