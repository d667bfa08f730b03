package runas

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"holdfast/config"
	"holdfast/internal/logging"
)

// ErrDisabled is what Resolve's errors match: the program is not to be used.
var ErrDisabled = errors.New("script is disabled")

// Resolve finds the program of c, decides who it runs as and checks its path
// (cli 8.3-8.5; that scripts run without enable_script_security at all, 8.6, is a
// finding about the configuration). what names its use in log lines: "track script chk", "notify
// script". An error means that the script is not to be used; the reason was
// logged, once, as keepalived words it, unless it is the Problem that a finding about
// the configuration names already.
func (r *Runner) Resolve(c config.Command, what string) (Program, error) {
	p, lines, err := r.check(c, what)
	if err != nil && c.Problem != "" && c.Problem == r.Check(c) {
		return Program{}, fmt.Errorf("%v: %w", err, ErrDisabled)
	}
	for _, l := range lines {
		r.log.Warn(l)
	}
	if err != nil {
		r.log.Warn(err.Error())
		return Program{}, fmt.Errorf("%v: %w", err, ErrDisabled)
	}
	return p, nil
}

// Check says what keeps c from being run, without logging anything; "" means that it can
// be.
func (r *Runner) Check(c config.Command) string {
	_, _, err := r.check(c, "script")
	if err == nil {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(err.Error(), "."), " - disabling")
}

// check does the work of Resolve. The lines are warnings about a program that is fit to run
// otherwise.
func (r *Runner) check(c config.Command, what string) (p Program, lines []string, err error) {
	if !c.IsSet() || c.Argv[0] == "" {
		return p, nil, fmt.Errorf("%s names no program - disabling", what)
	}
	r.mu.Lock()
	g := r.global
	r.mu.Unlock()
	if p.Identity, err = identityOf(c, g, what); err != nil {
		if c.User != "" {
			lines = append(lines, err.Error())
			err = logging.Worded("Invalid user/group for %s %s - ignoring", what, c.Argv[0])
		}
		return p, lines, err
	}
	path := c.Argv[0]
	if !strings.Contains(path, "/") {
		found := search(p.Identity, path)
		if found == "" {
			return p, lines, logging.Worded("Cannot find script %s in path - disabling", path)
		}
		lines = append(lines, fmt.Sprintf("WARNING - script `%s` resolved by path search to `%s`. "+
			"Please specify full path.", path, found))
		path = found
	}
	if p.Path, err = realPath(p.Identity, path); err != nil {
		return p, lines, err
	}
	p.Argv = append([]string{path}, c.Argv[1:]...)
	real := p.Path
	if g.SymlinkPaths {
		// The path as written is what is run: where its links lead is found out at each start.
		if p.Path, err = filepath.Abs(path); err != nil {
			return p, lines, logging.Worded("Script %s cannot be accessed - %s", path, reason(err, path))
		}
	}
	line, err := trusted(p, real, g.EnableScriptSecurity)
	if line != "" {
		lines = append(lines, line)
	}
	if err != nil {
		return p, lines, err
	}
	if p.Shell = isShellText(p.Path); p.Shell {
		lines = append(lines, fmt.Sprintf("Script %s has no interpreter line: it is run by sh. "+
			"Please add a #! shebang", p.Path))
	}
	return p, lines, nil
}

// identityOf decides who c runs as: its own user, script_user, keepalived_script if
// there is one, else the daemon's own (cli 8.3).
func identityOf(c config.Command, g config.Global, what string) (Identity, error) {
	switch {
	case c.User != "":
		return identify(c.User, c.Group, g.SupplementaryGroups)
	case g.ScriptUser != "":
		return identify(g.ScriptUser, g.ScriptGroup, g.SupplementaryGroups)
	}
	if _, err := user.Lookup(defaultUser); err == nil {
		return identify(defaultUser, "", g.SupplementaryGroups)
	}
	if g.EnableScriptSecurity && os.Geteuid() == 0 {
		return Identity{}, logging.Worded("Unable to set default user for %s %s - removing", what, c.Argv[0])
	}
	id := self()
	if g.SupplementaryGroups {
		// A user without a name is in no groups.
		if u, err := user.LookupId(strconv.Itoa(int(id.UID))); err == nil {
			return id, id.join(u)
		}
	}
	return id, nil
}

// search looks for a bare name in PATH as id would.
func search(id Identity, name string) string {
	path := os.Getenv("PATH")
	if path == "" {
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // the daemon's directory is nobody's business
		}
		full := filepath.Join(dir, name)
		if st, err := reach(id, full); err == nil && st.Mode().IsRegular() && may(id, st, 1) {
			return full
		}
	}
	return ""
}

// realPath resolves symbolic links and checks that id can execute what is there.
func realPath(id Identity, path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", logging.Worded("Script %s cannot be accessed - %s", path, reason(err, path))
	}
	full, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", logging.Worded("Script %s cannot be accessed - %s", path, reason(err, path))
	}
	st, err := reach(id, full)
	if err != nil {
		return "", logging.Worded("Script %s cannot be accessed - %s", path, reason(err, path))
	}
	problem := ""
	switch {
	case !st.Mode().IsRegular():
		problem = "is no regular file"
	case !may(id, st, 1):
		problem = "has " + bits(st)
	default:
		return full, nil
	}
	return "", logging.Worded("WARNING - script '%s' is not executable for uid:gid %v - disabling. %s %s",
		path, id, full, problem)
}

// trusted checks the path of a program that runs with root's rights (cli 8.5), and its real path. Unsafe
// means refused with enable_script_security, else a warning.
func trusted(p Program, real string, strict bool) (warning string, err error) {
	st, err := os.Stat(real)
	if err != nil {
		return "", logging.Worded("Script %s cannot be accessed - %s", real, reason(err, real))
	}
	asRoot := p.Identity.UID == 0 || p.Identity.GID == 0 || setsRoot(st)
	if !asRoot {
		return "", nil
	}
	problem := safePath(real)
	if problem == "" && p.Path != real {
		problem = safeLinks(p.Path)
	}
	switch {
	case problem == "":
		return "", nil
	case strict:
		return "", logging.Worded("Unsafe permissions found for script '%s' - disabling. %s", p.Path, problem)
	default:
		return fmt.Sprintf("Unsafe permissions found for script '%s'. %s", p.Path, problem), nil
	}
}

// setsRoot reports whether the file changes to user or group root by itself.
func setsRoot(st fs.FileInfo) bool {
	uid, gid := owner(st)
	return uid == 0 && st.Mode()&fs.ModeSetuid != 0 || gid == 0 && st.Mode()&fs.ModeSetgid != 0
}

// isShellText reports whether the kernel would refuse the file as a program although it is
// text (cli 8.2).
func isShellText(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 256)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	head = head[:n]
	return !bytes.HasPrefix(head, []byte("#!")) && bytes.IndexByte(head, 0) < 0
}

// Identify decides who c runs as without looking at its program. The error is logged.
func (r *Runner) Identify(c config.Command, what string) (Identity, error) {
	r.mu.Lock()
	g := r.global
	r.mu.Unlock()
	if len(c.Argv) == 0 {
		c.Argv = []string{""}
	}
	id, err := identityOf(c, g, what)
	if err != nil {
		r.log.Warn(err.Error())
	}
	return id, err
}
