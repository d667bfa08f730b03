package super

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/netspace"
)

// placeEnv tells the processes of a daemon where they are. They need it before they have a configuration: for
// the names of their pid files and in the log. Scripts do not get it.
const placeEnv = "HOLDFAST_PLACE"

// A Place is where the processes of a daemon are and what it calls itself, from its start to its end: nothing of
// it can be reloaded (semantics 7.6).
type Place struct {
	config.Place
	// Written is the network namespace of the configuration when the command line names another one.
	Written string
	// IPVS is the network namespace of the IPVS table; nil = that of the processes.
	IPVS *os.File
}

// handed is a Place in the environment; IPVS is a descriptor, 0 = none.
type handed struct {
	config.Place
	Written string
	IPVS    uintptr
}

// InheritedPlace is the place that the process which started this one has found, ok when it has. Nobody inherits
// the variable from here on but processes of the daemon.
func InheritedPlace() (p Place, ok bool) {
	text := os.Getenv(placeEnv)
	_ = os.Unsetenv(placeEnv)
	var h handed
	if text == "" || json.Unmarshal([]byte(text), &h) != nil {
		return Place{}, false
	}
	p = Place{Place: h.Place, Written: h.Written}
	if h.IPVS > 0 {
		syscall.CloseOnExec(int(h.IPVS))
		p.IPVS = os.NewFile(h.IPVS, "IPVS namespace")
	}
	return p, true
}

// environ is the environment of a process of the daemon, in which the namespace of the IPVS table is a
// descriptor with that number.
func (p Place) environ(ipvs int) []string {
	h := handed{Place: p.Place, Written: p.Written}
	if p.IPVS != nil {
		h.IPVS = uintptr(ipvs)
	}
	text, _ := json.Marshal(h) // strings and numbers: it cannot fail
	return append(os.Environ(), placeEnv+"="+string(text))
}

// OpenIPVS opens the namespace of the IPVS table that the configuration names, in a process that is still where
// the daemon was started: that is the one of net_namespace_ipvs without a name. Held open it stays the same one
// for every process of the checker role, whatever becomes of its name.
func (p *Place) OpenIPVS() (err error) {
	switch {
	case !p.IPVSNamespaceSet:
	case p.IPVSNamespace == "":
		p.IPVS, err = netspace.Own()
	default:
		p.IPVS, err = netspace.Open(p.IPVSNamespace)
	}
	return err
}

// Enter executes this program again in the network namespace of the place. Only so all of its threads are there,
// and with them every process, socket and question about this host. The process stays the same one, with its
// number and its descriptors. Enter returns if that fails, and the calling thread is of no more use.
func Enter(p Place) error {
	space, err := netspace.Open(p.NetNamespace)
	if err != nil {
		return err
	}
	ipvs := 0
	if p.IPVS != nil {
		// A duplicate, because it is to outlive the exec.
		if ipvs, err = unix.FcntlInt(p.IPVS.Fd(), unix.F_DUPFD, 3); err != nil {
			return fmt.Errorf("keep the IPVS namespace open: %w", err)
		}
	}
	runtime.LockOSThread()
	if err := netspace.Set(space); err != nil {
		return err
	}
	return fmt.Errorf("execute /proc/self/exe: %w", unix.Exec("/proc/self/exe", os.Args, p.environ(ipvs)))
}

// PIDFile is the pid file of a process of this place, whose name elsewhere is NAME.pid.
func (p Place) PIDFile(name string) string {
	return p.RunFile(strings.TrimSuffix(filepath.Base(name), ".pid"), ".pid")
}

// apiSocket is where the daemon with the usual pid file is asked.
const apiSocket = "/run/holdfast/api.sock"

// APISocket is where a daemon is asked unless its command line says otherwise. Daemons that are told apart by their pid
// files have different ones, beside those files as everything else that is theirs alone.
func APISocket(pidFile string) string {
	if pidFile == (Place{}).PIDFile("keepalived") {
		return apiSocket
	}
	dir, name := filepath.Split(pidFile)
	return filepath.Join(dir, "holdfast_"+strings.TrimSuffix(name, ".pid")+".sock")
}

// APISockets are where the daemons on this host are asked, wherever a place may have put them; the usual one first.
func APISockets() []string {
	all := []string{apiSocket}
	for _, file := range pidFiles() {
		if s := APISocket(file); s != apiSocket {
			all = append(all, s)
		}
	}
	return all
}

// makePIDDirectory makes the directory of a pid file if it is one of ours. Whoever opens the file
// reports what is wrong.
func makePIDDirectory(file string) {
	dir := filepath.Dir(file)
	if dir != config.PIDDirectory && filepath.Dir(dir) != config.PIDDirectory {
		return
	}
	for _, d := range []string{config.PIDDirectory, dir} {
		if err := os.Mkdir(d, 0o755); err == nil {
			_ = os.Chmod(d, 0o755) // whatever the umask says
		}
	}
}

// removePIDDirectory removes it when nothing is left in it.
func removePIDDirectory(file string) {
	within := func(dir string) bool { return dir == config.PIDDirectory || filepath.Dir(dir) == config.PIDDirectory }
	for dir := filepath.Dir(file); within(dir); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil {
			return
		}
	}
}

// moved says what of a configuration only a restart can change, "" for nothing.
func (p Place) moved(next config.Place) string {
	what := ""
	switch {
	case p.NetNamespace != next.NetNamespace:
		what = "network namespace"
	case p.IPVSNamespace != next.IPVSNamespace || p.IPVSNamespaceSet != next.IPVSNamespaceSet:
		what = "IPVS network namespace"
	case p.Instance != next.Instance:
		what = "instance name"
	default:
		return ""
	}
	return "Cannot change " + what + " at a reload - please restart keepalived"
}

// RunDirectories are where daemons on this host have their pid files, unless their command lines say otherwise.
func RunDirectories() []string {
	found, _ := filepath.Glob(config.PIDDirectory + "/*/") // the pattern is well formed
	return append([]string{config.RunDirectory, config.PIDDirectory}, found...)
}

// pidFiles are the pid files of the daemons on this host, wherever a place may have put them.
func pidFiles() []string {
	var all []string
	for _, pattern := range []string{
		config.RunDirectory + "/keepalived.pid", config.PIDDirectory + "/keepalived*.pid",
		config.PIDDirectory + "/*/keepalived*.pid",
	} {
		found, _ := filepath.Glob(pattern) // the patterns are well formed
		all = append(all, found...)
	}
	return all
}

// OnlyDaemon gives the pid file of the daemon that runs on this host: the usual one if a process has it, else the
// only one that there is. find is asked whether a daemon has a file.
func OnlyDaemon(find func(file string) error) (string, error) {
	usual := Place{}.PIDFile("keepalived")
	first := find(usual)
	if first == nil {
		return usual, nil
	}
	var found []string
	for _, file := range pidFiles() {
		if file != usual && find(file) == nil {
			found = append(found, file)
		}
	}
	switch len(found) {
	case 0:
		return "", first
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("several daemons run, say which one is meant by its process id: %s", strings.Join(found, ", "))
}
