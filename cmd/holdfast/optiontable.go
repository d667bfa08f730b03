package main

import (
	"errors"
	"fmt"
	"slices"
)

// flag makes the set function of an option without argument.
func flag(field func(*options) *bool) func(*options, string) error {
	// The field is looked for when the option is found: the table is made before the options.
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
	// The supervisor says it; roles have the same command line, and would say it again.
	said := fmt.Sprintf("%s is not supported yet: %s", row.spelled(), why)
	row.set = func(o *options, _ string) error {
		o.warnings = append(o.warnings, said)
		return nil
	}
	return row
}

// optionTable is keepalived's command line, one row per option in the order of its -h (cli 1), and our own
// additions at the end. Rows without a set function would change what the
// daemon does if they were ignored; they end it instead.
func optionTable() []option {
	return slices.Concat(runOptions(), logOptions(), stayOptions(), pidOptions(), extraOptions(), askOptions(),
		ourOptions())
}

// runOptions say what is run.
func runOptions() []option {
	return []option{
		{
			short: 'f', long: "use-file", arg: requiredArg, name: "FILE",
			help: "Use the specified configuration file\n" +
				"default '" + defaultConfig + "'",
			set: text(func(o *options) *string { return &o.file }),
		},
		{
			// The last one of -P and -C counts (cli 1): each of them takes the other back.
			short: 'P', long: "vrrp",
			help: "Only run with VRRP subsystem",
			set: func(o *options, _ string) error {
				o.onlyVRRP, o.onlyChecker = true, false
				return nil
			},
		},
		{
			short: 'C', long: "check",
			help: "Only run with Health-checker subsystem",
			set: func(o *options, _ string) error {
				o.onlyVRRP, o.onlyChecker = false, true
				return nil
			},
		},
		{
			// Sessions that are never up are the price of it (cli 1).
			short: 'B', long: "no_bfd",
			help: "Don't run BFD subsystem",
			set:  flag(func(o *options) *bool { return &o.noBFD }),
		},
		{
			long: "all",
			help: "Force all child processes to run, even if have no configuration",
			set: func(o *options, _ string) error {
				o.all, o.onlyVRRP, o.onlyChecker = true, false, false // a -P or -C before it is over (cli 1)
				return nil
			},
		},
	}
}

// logOptions say what is logged, and how.
func logOptions() []option {
	return []option{
		{
			short: 'l', long: "log-console",
			help: "Log messages to local console",
			set:  flag(func(o *options) *bool { return &o.console }),
		},
		{
			short: 'D', long: "log-detail",
			help: "Detailed log messages",
			set: func(o *options, _ string) error {
				o.detail++
				return nil
			},
		},
		{
			short: 'S', long: "log-facility", arg: requiredArg, name: "([0-7]|local[0-7]|user|daemon)",
			help: "Set syslog facility to LOG_LOCAL[0-7], user or daemon (default)",
			set:  setFacility,
		},
		{
			// "-g" alone is keepalived.log in TMPDIR; a name stands in the same word, "-gFILE".
			short: 'g', long: "log-file", arg: optionalArg, name: "FILE",
			help: "Also log to FILE (default /tmp/keepalived.log)",
			set:  setLogFile,
		},
		{
			long: "flush-log-file",
			help: "Flush log file on write",
			set:  flag(func(o *options) *bool { return &o.flushLog }),
		},
		{
			short: 'G', long: "no-syslog",
			help: "Don't log via syslog",
			set:  flag(func(o *options) *bool { return &o.noSyslog }),
		},
		{
			short: 'u', long: "umask", arg: requiredArg, name: "MASK",
			help: "umask for file creation (in numeric form)",
			set:  setUmask,
		},
	}
}

// stayOptions say what stays when a process ends, and where it runs.
func stayOptions() []option {
	return []option{
		{
			// What keepalived does with it happens here at each stop (cli 1).
			short: 'X', long: "release-vips",
			help: "Drop VIP on transition from signal.",
			set:  flag(func(o *options) *bool { return &o.releaseVIPs }),
		},
		{
			short: 'V', long: "dont-release-vrrp",
			help: "Don't remove VRRP VIPs and VROUTEs on daemon stop",
			set:  flag(func(o *options) *bool { return &o.keepVIPs }),
		},
		{
			short: 'I', long: "dont-release-ipvs",
			help: "Don't remove IPVS topology on daemon stop",
			set:  flag(func(o *options) *bool { return &o.keepIPVS }),
		},
		{
			short: 'R', long: "dont-respawn",
			help: "Don't respawn child processes",
			set:  flag(func(o *options) *bool { return &o.noRespawn }),
		},
		{
			short: 'n', long: "dont-fork",
			help: "Don't fork the daemon process",
			set:  flag(func(o *options) *bool { return &o.foreground }),
		},
		{
			// With -t it goes behind the findings, otherwise into the log.
			short: 'd', long: "dump-conf",
			help: "Dump the configuration data",
			set:  flag(func(o *options) *bool { return &o.dump }),
		},
	}
}

// pidOptions name pid files.
func pidOptions() []option {
	return []option{
		{
			// The lock on this file keeps a second daemon away: two that are to run have two files.
			short: 'p', long: "pid", arg: requiredArg, name: "FILE",
			help: "Use specified pidfile for parent process",
			set:  text(func(o *options) *string { return &o.pid }),
		},
		{
			short: 'r', long: "vrrp_pid", arg: requiredArg, name: "FILE",
			help: "Use specified pidfile for VRRP child process",
			set:  text(func(o *options) *string { return &o.vrrpPID }),
		},
		{
			// As the first option it is taken before any is read (genhashArgs).
			short: 'T', long: "genhash",
			help: "Enter into genhash utility mode (this should be the first option used).",
			set: func(*options, string) error {
				return errors.New("-T has to be the first option; holdfast genhash is the same")
			},
		},
		{
			short: 'c', long: "checkers_pid", arg: requiredArg, name: "FILE",
			help: "Use specified pidfile for checkers child process",
			set:  text(func(o *options) *string { return &o.checkersPID }),
		},
		{
			short: 'b', long: "bfd_pid", arg: requiredArg, name: "FILE",
			help: "Use specified pidfile for BFD child process",
			set:  text(func(o *options) *string { return &o.bfdPID }),
		},
	}
}

// extraOptions are about what keepalived can be built with, and about files.
func extraOptions() []option {
	return []option{
		harmless('a', "address-monitoring", noArg, "",
			"Report all address additions/deletions notified via netlink",
			"address changes are not logged"),
		{
			short: 'x', long: "snmp",
			help: "Enable SNMP subsystem",
			set:  flag(func(o *options) *bool { return &o.snmp }),
		},
		{
			short: 'A', long: "snmp-agent-socket", arg: requiredArg, name: "FILE",
			help: "Use the specified socket for master agent",
			set:  text(func(o *options) *string { return &o.snmpSocket }),
		},
		{
			short: 's', long: "namespace", arg: requiredArg, name: "NAME",
			help: "Run in network namespace NAME (overrides config)",
			set:  text(func(o *options) *string { return &o.namespace }),
		},
		harmless('m', "core-dump", noArg, "",
			"Produce core dump if terminate abnormally",
			"crashes are written to the log instead"),
		harmless('M', "core-dump-pattern", optionalArg, "PATN",
			"Also set /proc/sys/kernel/core_pattern to PATN (default 'core')",
			"crashes are written to the log instead"),
		{
			// As if each include were written `includea` (grammar 7.1).
			short: 'e', long: "all-config",
			help: "Error if any configuration file missing (same as includet)",
			set:  flag(func(o *options) *bool { return &o.allConfig }),
		},
		{
			// It is what `@ID` is compared with (grammar 7.2), and the value of `${_INSTANCE}`.
			short: 'i', long: "config-id", arg: requiredArg, name: "id",
			help: "Skip any configuration lines beginning '@' that don't match id\n" +
				"or any lines beginning @^ that do match.\n" +
				"The config-id defaults to the node name if option not used",
			set: text(func(o *options) *string { return &o.configID }),
		},
	}
}

// askOptions have the program answer and end, but for signals.
func askOptions() []option {
	return []option{
		{
			long: "ignore-sigint",
			help: "Ignore SIGINT signal",
			set:  flag(func(o *options) *bool { return &o.ignoreSIGINT }),
		},
		{
			// An unknown name ends the program (cli 2), which readOptions sees to.
			long: "signum", arg: requiredArg, name: "SIGFUNC",
			help: "Return signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON",
			set:  text(func(o *options) *string { return &o.signum }),
		},
		{
			// "-tFILE" and "--config-test=FILE"; the FILE of "-t FILE" is a word that is no option.
			short: 't', long: "config-test", arg: optionalArg, name: "LOG_FILE",
			help: "Check the configuration for obvious errors, output to\n" +
				"stderr by default",
			set: setTest,
		},
		{
			// Nothing but -t looks at it.
			long: "config-fd", arg: requiredArg, name: "N",
			help: "With -t, write the consolidated configuration to file descriptor N",
			set:  setConfigFD,
		},
		{
			short: 'v', long: "version",
			help: "Display the version number",
			set:  flag(func(o *options) *bool { return &o.version }),
		},
		{
			short: 'h', long: "help",
			help: "Display this help message",
			set:  flag(func(o *options) *bool { return &o.help }),
		},
	}
}

// ourOptions are debug builds', and our own.
func ourOptions() []option {
	return []option{
		harmless(0, "perf", optionalArg, "", "", "it belongs to debug builds"),
		harmless(0, "debug", optionalArg, "", "", "it belongs to debug builds"),
		harmless('L', "mem-check-log", noArg, "", "", "it belongs to debug builds"),
		harmless('O', "mem-err-check", noArg, "", "", "it belongs to debug builds"),
		harmless(0, "no-mem-check", noArg, "", "", "it belongs to debug builds"),
		{
			long: "log-json",
			help: "Log lines are JSON objects with fields (holdfast only)",
			set:  flag(func(o *options) *bool { return &o.json }),
		},
		{
			long: "api-socket", arg: requiredArg, name: "(PATH|off)",
			help: "Where the daemon is asked by holdfast status (default\n" +
				"/run/holdfast/api.sock, beside the pid file if -p names one;\n" +
				"holdfast only)",
			set: text(func(o *options) *string { return &o.apiSocket }),
		},
		{
			long: "api-group", arg: requiredArg, name: "GROUP",
			help: "Who may reload through that socket besides root and the\n" +
				"user of the daemon; everybody may read (holdfast only)",
			set: text(func(o *options) *string { return &o.apiGroup }),
		},
		{
			long: "metrics", arg: requiredArg, name: "([HOST]:PORT|unix:PATH)",
			help: "Where Prometheus, and everybody else, may read /metrics,\n" +
				"/healthz, /readyz and /v1/ (holdfast only)",
			set: setMetrics,
		},
		{
			long: "metrics-compat", arg: requiredArg, name: "gen2brain",
			help: "Metrics also under the names of that exporter\n" +
				"(holdfast only)",
			set: setMetricsCompat,
		},
	}
}
