package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"holdfast/config/syntax"
	"holdfast/internal/logging"
	"holdfast/internal/metric"
	"holdfast/internal/report"
	"holdfast/internal/super"
)

// options are the values of the command line (cli 1).
type options struct {
	file          string
	onlyVRRP      bool
	onlyChecker   bool
	noBFD         bool
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
	bfdPID        string
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
	namespace     string // -s
	apiSocket     string // "" = by the pid file
	apiGroup      string
	metrics       string // "" = nowhere but on the API's socket
	snmp          bool   // -x
	snmpSocket    string // -A, "" = by the configuration
	metricsCompat string // whose names metrics have besides ours; "" = nobody's

	place super.Place      // where the daemon is, see settle
	first *syntax.Snapshot // what settle has read; nil = nothing
}

// What keepalived 2.2.7 does without an option.
const (
	defaultConfig = "/etc/keepalived/keepalived.conf"
)

func setFacility(o *options, v string) error {
	f, err := logging.ParseFacility(v)
	if err != nil {
		// Named, and the facility of before stays: the daemon starts.
		o.warnings = append(o.warnings, fmt.Sprintf("Invalid log facility '%s'", v))
		return nil
	}
	o.facility = f
	return nil
}

func setLogFile(o *options, v string) error {
	// "-g" without a name (cli 1).
	if v == "" {
		v = filepath.Join(report.Dir(), "keepalived.log")
	}
	o.logFile = v
	return nil
}

func setMetrics(o *options, v string) error {
	if path, is := strings.CutPrefix(v, "unix:"); is {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("--metrics %s: the path of a socket begins with /", v)
		}
	} else if _, port, err := net.SplitHostPort(v); err != nil || port == "" {
		return fmt.Errorf("--metrics %s: not an address: :9165, 127.0.0.1:9165, [::1]:9165 or unix:/PATH", v)
	}
	o.metrics = v
	return nil
}

func setMetricsCompat(o *options, v string) error {
	if v != metric.Gen2brain {
		return fmt.Errorf("--metrics-compat %s: there is only %s", v, metric.Gen2brain)
	}
	o.metricsCompat = v
	return nil
}

func setUmask(o *options, v string) error {
	// In the notation of Go's literals: 022 and 0o22 are octal, 0x12 hexadecimal, 18 decimal.
	n, err := strconv.ParseUint(v, 0, 16)
	if err != nil || n > 0o777 {
		o.warnings = append(o.warnings, "Invalid --umask option "+v)
		return nil
	}
	o.umask = int(n)
	return nil
}

func setConfigFD(o *options, v string) error {
	// 31 bits, for a descriptor is an int of C.
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
	// The argument of a letter is the rest of its word, with the sign if there is one: "-t=FILE".
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
	// In the background and in the roles the working directory is no longer the one of the start.
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
	o := options{file: defaultConfig, facility: logging.FacilityDaemon, umask: -1}
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
	// Before anything else is done: such a call is to print a number, and nothing more.
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
	if o.apiSocket != apiOff {
		names = append(names, &o.apiSocket)
	}
	for _, w := range wirings() {
		names = append(names, w.pidFile(o))
	}
	for _, name := range names {
		// No log file is "", and must not become the directory.
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(dir, *name)
		}
	}
}
