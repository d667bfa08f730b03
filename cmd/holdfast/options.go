package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"holdfast/internal/logging"
	"holdfast/internal/report"
	"holdfast/internal/super"
)

// options are the values of the command line (cli 1).
type options struct {
	file          string
	onlyVRRP      bool
	onlyChecker   bool
	all           bool
	console       bool
	detail        int
	facility      int
	logFile       string
	flushLog      bool
	noSyslog      bool
	json          bool
	umask         int // -1 = not given
	releaseVIPs   bool
	keepVIPs      bool
	keepIPVS      bool
	noRespawn     bool
	foreground    bool
	dump          bool
	pid           string
	vrrpPID       string
	checkersPID   string
	allConfig     bool
	configID      string
	ignoreSIGINT  bool
	test          bool
	testLog       string
	configFD      int      // 0 = not given: nobody writes to standard input
	warnings      []string // to stderr before anything else; start-up goes on
	words         []string // that are no options
	help, version bool
	signum        string
}

// The default files of keepalived 2.2.7.
const (
	defaultConfig = "/etc/keepalived/keepalived.conf"
	defaultPID    = "/run/keepalived.pid"
	defaultUmask  = 0o177
)

// flag makes the set function of an option without argument.
func flag(field func(*options) *bool) func(*options, string) error {
	return func(o *options, _ string) error { *field(o) = true; return nil }
}

func text(field func(*options) *string) func(*options, string) error {
	return func(o *options, v string) error { *field(o) = v; return nil }
}

// harmless is an option that is accepted with a warning, and marked in -h and the manual: running without
// what it asks for changes nothing but what is reported. An option without help stays unlisted.
func harmless(short byte, long string, arg argKind, name, help, why string) option {
	row := option{short: short, long: long, arg: arg, name: name, help: help}
	if help != "" {
		row.help += "\n(not supported yet: " + why + ")"
	}
	said := fmt.Sprintf("%s is not supported yet: %s", row.spelled(), why)
	row.set = func(o *options, _ string) error {
		o.warnings = append(o.warnings, said)
		return nil
	}
	return row
}

// optionTable is keepalived's command line, one row per option (cli 1), and our own
// additions at the end. Rows without a set function would change what the
// daemon does if they were ignored; they end it instead.
func optionTable() []option {
	return []option{
		{'f', "use-file", requiredArg, "FILE", "Use the specified configuration file\ndefault '" + defaultConfig + "'", text(func(o *options) *string { return &o.file })},
		{'P', "vrrp", noArg, "", "Only run with VRRP subsystem", func(o *options, _ string) error { o.onlyVRRP, o.onlyChecker = true, false; return nil }},
		{'C', "check", noArg, "", "Only run with Health-checker subsystem", func(o *options, _ string) error { o.onlyVRRP, o.onlyChecker = false, true; return nil }},
		{'B', "no_bfd", noArg, "", "Don't run BFD subsystem", func(*options, string) error { return nil }},
		{0, "all", noArg, "", "Force all child processes to run, even if have no configuration", flag(func(o *options) *bool { return &o.all })},
		{'l', "log-console", noArg, "", "Log messages to local console", flag(func(o *options) *bool { return &o.console })},
		{'D', "log-detail", noArg, "", "Detailed log messages", func(o *options, _ string) error { o.detail++; return nil }},
		{'S', "log-facility", requiredArg, "([0-7]|local[0-7]|user|daemon)", "Set syslog facility to LOG_LOCAL[0-7], user or daemon (default)", setFacility},
		{'g', "log-file", optionalArg, "FILE", "Also log to FILE (default /tmp/keepalived.log)", setLogFile},
		{0, "flush-log-file", noArg, "", "Flush log file on write", flag(func(o *options) *bool { return &o.flushLog })},
		{'G', "no-syslog", noArg, "", "Don't log via syslog", flag(func(o *options) *bool { return &o.noSyslog })},
		{'u', "umask", requiredArg, "MASK", "umask for file creation (in numeric form)", setUmask},
		{'X', "release-vips", noArg, "", "Drop VIP on transition from signal.", flag(func(o *options) *bool { return &o.releaseVIPs })},
		{'V', "dont-release-vrrp", noArg, "", "Don't remove VRRP VIPs and VROUTEs on daemon stop", flag(func(o *options) *bool { return &o.keepVIPs })},
		{'I', "dont-release-ipvs", noArg, "", "Don't remove IPVS topology on daemon stop", flag(func(o *options) *bool { return &o.keepIPVS })},
		{'R', "dont-respawn", noArg, "", "Don't respawn child processes", flag(func(o *options) *bool { return &o.noRespawn })},
		{'n', "dont-fork", noArg, "", "Don't fork the daemon process", flag(func(o *options) *bool { return &o.foreground })},
		{'d', "dump-conf", noArg, "", "Dump the configuration data", flag(func(o *options) *bool { return &o.dump })},
		{'p', "pid", requiredArg, "FILE", "Use specified pidfile for parent process", text(func(o *options) *string { return &o.pid })},
		{'r', "vrrp_pid", requiredArg, "FILE", "Use specified pidfile for VRRP child process", text(func(o *options) *string { return &o.vrrpPID })},
		{'T', "genhash", noArg, "", "Enter into genhash utility mode (this should be the first option used).", nil},
		{'c', "checkers_pid", requiredArg, "FILE", "Use specified pidfile for checkers child process", text(func(o *options) *string { return &o.checkersPID })},
		{'b', "bfd_pid", requiredArg, "FILE", "Use specified pidfile for BFD child process", func(*options, string) error { return nil }},
		harmless('a', "address-monitoring", noArg, "", "Report all address additions/deletions notified via netlink", "address changes are not logged"),
		harmless('x', "snmp", noArg, "", "Enable SNMP subsystem", "there is no SNMP agent"),
		harmless('A', "snmp-agent-socket", requiredArg, "FILE", "Use the specified socket for master agent", "there is no SNMP agent"),
		{'s', "namespace", requiredArg, "NAME", "Run in network namespace NAME (overrides config)", nil},
		harmless('m', "core-dump", noArg, "", "Produce core dump if terminate abnormally", "crashes are written to the log instead"),
		harmless('M', "core-dump-pattern", optionalArg, "PATN", "Also set /proc/sys/kernel/core_pattern to PATN (default 'core')", "crashes are written to the log instead"),
		{'e', "all-config", noArg, "", "Error if any configuration file missing (same as includet)", flag(func(o *options) *bool { return &o.allConfig })},
		{'i', "config-id", requiredArg, "id", "Skip any configuration lines beginning '@' that don't match id\nor any lines beginning @^ that do match.\nThe config-id defaults to the node name if option not used", text(func(o *options) *string { return &o.configID })},
		{0, "ignore-sigint", noArg, "", "Ignore SIGINT signal", flag(func(o *options) *bool { return &o.ignoreSIGINT })},
		{0, "signum", requiredArg, "SIGFUNC", "Return signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON", text(func(o *options) *string { return &o.signum })},
		{'t', "config-test", optionalArg, "LOG_FILE", "Check the configuration for obvious errors, output to\nstderr by default", setTest},
		{0, "config-fd", requiredArg, "N", "With -t, write the consolidated configuration to file descriptor N", setConfigFD},
		{'v', "version", noArg, "", "Display the version number", flag(func(o *options) *bool { return &o.version })},
		{'h', "help", noArg, "", "Display this help message", flag(func(o *options) *bool { return &o.help })},
		harmless(0, "perf", optionalArg, "", "", "it belongs to debug builds"),
		harmless(0, "debug", optionalArg, "", "", "it belongs to debug builds"),
		harmless('L', "mem-check-log", noArg, "", "", "it belongs to debug builds"),
		harmless('O', "mem-err-check", noArg, "", "", "it belongs to debug builds"),
		harmless(0, "no-mem-check", noArg, "", "", "it belongs to debug builds"),
		{0, "log-json", noArg, "", "Log lines are JSON objects with fields (holdfast only)", flag(func(o *options) *bool { return &o.json })},
	}
}

func setFacility(o *options, v string) error {
	f, err := logging.ParseFacility(v)
	if err != nil {
		o.warnings = append(o.warnings, fmt.Sprintf("Invalid log facility '%s'", v))
		return nil
	}
	o.facility = f
	return nil
}

func setLogFile(o *options, v string) error {
	if v == "" {
		v = filepath.Join(report.Dir(), "keepalived.log")
	}
	o.logFile = v
	return nil
}

func setUmask(o *options, v string) error {
	n, err := strconv.ParseUint(v, 0, 16)
	if err != nil || n > 0o777 {
		o.warnings = append(o.warnings, "Invalid --umask option "+v)
		return nil
	}
	o.umask = int(n)
	return nil
}

func setConfigFD(o *options, v string) error {
	n, err := strconv.ParseUint(v, 10, 31)
	if err != nil {
		o.warnings = append(o.warnings, "Invalid --config-fd option "+v)
		return nil
	}
	o.configFD = int(n)
	return nil
}

// setTest takes -t, -tFILE, -t=FILE and --config-test=FILE: people write all of them.
func setTest(o *options, v string) error {
	o.test = true
	o.testLog = strings.TrimPrefix(v, "=")
	return nil
}

// parseOptions reads the command line. Its error is the line for stderr; the exit status
// is then 1.
func parseOptions(args []string) (options, error) {
	o, err := readOptions(args)
	if err != nil || o.foreground || o.test {
		return o, err
	}
	dir := os.Getenv(super.DirEnv)
	if dir == "" {
		if dir, err = os.Getwd(); err != nil {
			return o, nil // they stay relative to whatever there is
		}
	}
	o.absolute(dir)
	return o, nil
}

// readOptions leaves file names as they are written.
func readOptions(args []string) (options, error) {
	o := options{file: defaultConfig, facility: logging.FacilityDaemon, umask: -1, pid: defaultPID}
	for _, w := range wirings() {
		*w.pidFile(&o) = w.role.PIDFile
	}
	var err error
	o.words, err = parse(optionTable(), args, func(row *option, v string) error {
		if row.set == nil {
			return fmt.Errorf("%s (--%s) is not supported yet", row.spelled(), row.long)
		}
		return row.set(&o, v)
	})
	if err != nil {
		return o, err
	}
	if o.signum != "" {
		if _, ok := super.SignalNumber(o.signum); !ok {
			return o, logging.Worded("Unknown sigfunc %s", o.signum)
		}
	}
	return o, nil
}

// absolute makes file names independent of the directory, which is / in the background.
func (o *options) absolute(dir string) {
	names := []*string{&o.file, &o.pid, &o.logFile}
	for _, w := range wirings() {
		names = append(names, w.pidFile(o))
	}
	for _, name := range names {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(dir, *name)
		}
	}
}
