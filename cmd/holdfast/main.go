// Command holdfast is a keepalived-compatible VRRP and LVS daemon: keepalived's
// configuration file, command line, signals, scripts and wire format. Under the name
// keepalived it behaves the same.
//
// One binary is three programs: the supervisor, and its two role processes, which
// are known by their argv[0].
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"holdfast/config"
	"holdfast/internal/keyfile"
	"holdfast/internal/logging"
	"holdfast/internal/memory"
	"holdfast/internal/role"
	"holdfast/internal/runas"
	"holdfast/internal/snmp"
	"holdfast/internal/sslfile"
	"holdfast/internal/super"
	"holdfast/internal/sysbus"
)

func main() {
	// It has to be the first statement: a child that is to become a script never returns from it.
	runas.ExecIfChild()
	super.StayOnMainThread()
	if called, args, ok := genhashArgs(os.Args); ok {
		os.Exit(runGenhash(called, args, os.Stdout, os.Stderr))
	}
	// Before options are read: a subcommand has options of its own.
	if isCommand(os.Args) {
		memory.ForReader()
		os.Exit(runCommand(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args[1:])
	r, isRole := o.roles().Of(args[0])
	// Before what is wrong with an option: who mistypes a subcommand has mistyped no option.
	// A role has the words of its supervisor, which has spoken about them.
	if said := strayWord(args, o); said != "" && !isRole {
		fmt.Fprintln(stderr, "holdfast: "+said)
		return statusUsage
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	if isRole {
		return runRole(r, o)
	}
	// Here the name is keepalived's, which names such words and starts all the same.
	if len(o.words) > 0 {
		fmt.Fprintln(stdout, "Unexpected argument(s): "+strings.Join(o.words, " "))
	}
	for _, w := range o.warnings {
		fmt.Fprintln(stderr, w)
	}
	switch {
	case o.version:
		printVersion(stderr, args[0])
		return 0
	case o.help:
		printUsage(stderr, args[0])
		return 0
	case o.signum != "":
		n, _ := super.SignalNumber(o.signum)
		fmt.Fprintln(stdout, n)
		return 0
	case o.test:
		return testConfig(o, stderr)
	}
	return runDaemon(o, args)
}

// runDaemon is the supervisor, or the launcher that puts it into the background.
func runDaemon(o options, args []string) int {
	// Before the first file is made: log and pid file have it as well. That of the configuration comes with it.
	unix.Umask(int(o.files(config.Files{}).Mask()))
	// In the background there is nobody at the console, and it may be somebody else's by now.
	o.console = o.console && o.foreground
	nowhere := o.settle()
	lock, started, launched := super.Launched(o.pid)
	former, broken := super.InheritedSuccession()
	if former != nil {
		_ = os.Unsetenv(formerKeepalived) // that was for the first start
		lock, launched = former.PIDFile(o.pid), true
	}
	super.NameProcess(filepath.Base(args[0])) // it may have been started through /proc/self/exe, and is called exe then
	log, closeLog := openLog(o, role.Supervisor())
	defer closeLog()
	if nowhere = cmp.Or(nowhere, broken); nowhere != nil {
		logStart(log, o, args)
		log.Error(nowhere.Error())
		return 1
	}
	// Not the launcher, which is gone in a moment: the process that stays says it, once.
	switch {
	case former != nil:
		log.Info("Going on as " + banner())
	case o.foreground || launched:
		logStart(log, o, args)
	}
	// What Launch made has the lock from its launcher; there is no time at which nobody holds it.
	if lock == nil {
		var status int
		if lock, status = takeLock(o, log); lock == nil {
			return status
		}
		if !o.foreground {
			status, err := super.Launch(lock, o.place)
			if err != nil {
				log.Error(err.Error())
			}
			return status
		}
	}
	defer lock.Remove()
	if former == nil && lock.Stale(o.vrrpPID) {
		_ = os.Setenv(formerKeepalived, o.pid) // for the vrrp role
	}
	if err := lock.Write(os.Getpid()); err != nil {
		log.Warn(err.Error()) // the file system is full: the lock holds, the addresses matter more, and it is tried again
	}
	return o.supervise(args, log, lock, started, former)
}

// supervise runs the supervisor with all that shows it to others, and gives the exit status.
func (o options) supervise(
	args []string, log *zap.Logger, lock *super.PIDFile, started func(), former *super.Succession,
) int {
	var agent *snmp.Agent
	var bus *sysbus.Bus
	s := o.supervisor(args, log, lock, started, former, func(c *config.Config) {
		agent.Follow(c)
		bus.Configure(c)
	})
	agent, bus = o.snmpAgent(log, s), o.bus(log, s, former != nil)
	defer o.serveAPI(log, s)()
	status := s.Run(context.Background())
	agent.Close()
	bus.Close()
	log.Info("Stopped " + banner())
	return status
}

// supervisor is the supervisor that the options ask for.
func (o options) supervisor(
	args []string, log *zap.Logger, lock *super.PIDFile, started func(), former *super.Succession,
	inForce func(*config.Config),
) *super.Supervisor {
	bind, loaded := o.binding(log)
	return super.NewSupervisor(super.Options{
		Log:       log,
		Load:      o.firstLoad(),
		LoadOther: o.loadOther,
		Bind:      bind,
		InForce:   inForce,
		Secrets:   fillSecrets,
		Loaded:    loaded,
		Args:      args[1:],
		Roles:     o.roles(),
		Place:     o.place,
		PIDFile:   lock,
		Overrides: overridesOf(o.pid, log),
		Version:   version,
		Name:      filepath.Base(args[0]),
		All:       o.all,
		NoRespawn: o.noRespawn,
		IgnoreINT: o.ignoreSIGINT,
		Systemd:   super.SystemdFromEnv(),
		Started:   started,

		Succession: former,
	})
}

// fillSecrets puts what is in files of its own into a configuration.
func fillSecrets(c *config.Config) error {
	if err := keyfile.Fill(c.Instances); err != nil {
		return err
	}
	if err := keyfile.FillChecks(c.VirtualServers); err != nil {
		return err
	}
	if err := keyfile.FillBGP(c.BGP); err != nil {
		return err
	}
	return sslfile.Fill(c)
}

// takeLock takes the lock of the pid file; without one, status is what the program ends with.
func takeLock(o options, log *zap.Logger) (lock *super.PIDFile, status int) {
	// While somebody waits for the exit status, and before a pid file says that a daemon runs.
	if err := readable(o.file); err != nil {
		log.Error(err.Error())
		return nil, statusNoConfig
	}
	switch lock, err := super.LockPIDFile(o.pid); {
	// Not a failure: a second start of a daemon that runs ends with 0 (cli 3).
	case errors.Is(err, super.ErrRunning):
		log.Info(err.Error())
		return nil, 0
	case err != nil:
		log.Error(err.Error())
		return nil, 1
	default:
		return lock, 0
	}
}

// runRole is a role process.
func runRole(r role.Role, o options) int {
	// Without it nobody started this process as a role: its name was typed by hand.
	control, err := super.ControlSocket()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	super.NameProcess(r.Process)
	at, _ := super.InheritedPlace()
	o.stay(at)
	r, _ = o.roles().Of(r.Process) // with the pid file of this place
	o.console = o.console && o.foreground
	confined := super.Confine(r, at)
	log, closeLog := openLog(o, r.Log)
	defer closeLog()
	if confined != nil {
		log.Warn(confined.Error()) // it runs as well with all that the daemon has
	}
	child := newChild(r, o, log)
	child.Control = control
	if hand := super.HandSocket(); hand != nil {
		child.Hand = hand // not a nil file, which would be a socket that is not nil
	}
	return super.RunRole(context.Background(), child)
}

// openLog opens the destinations that the options name. A log file that cannot be opened
// is no reason not to run.
func openLog(o options, names role.LogNames) (*zap.Logger, func()) {
	log, closer, err := logging.New(logging.Options{
		Ident: names.Ident + o.place.Suffix(), Role: names.Field,
		Syslog: !o.noSyslog, Facility: o.facility, Console: o.console,
		File: o.logFile, Suffix: names.Suffix + o.place.Suffix(), Flush: o.flushLog, JSON: o.json,
		Detail: o.detail > 0,
	})
	if err != nil {
		log.Error(err.Error())
	}
	return log, func() { _ = closer.Close() }
}

// logStart says what is starting, where and how (cli 11.1).
func logStart(log *zap.Logger, o options, args []string) {
	log.Info("Starting " + banner())
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		log.Info(fmt.Sprintf("Running on %s %s %s", unix.ByteSliceToString(u.Sysname[:]),
			unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:])))
	}
	// In quotes, so that blanks and empty words show as what they are.
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = "'" + a + "'"
	}
	log.Info("Command line: " + strings.Join(quoted, " "))
	log.Info("Configuration file " + o.file)
	if w := o.place.Written; w != "" {
		log.Info(fmt.Sprintf("Overriding config net_namespace '%s' with command line namespace '%s'", w, o.namespace))
	}
}
