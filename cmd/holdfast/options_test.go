package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"holdfast/internal/super"
)

// defaults are the options of an empty command line with changes.
func defaults(change func(*options)) options {
	o := options{
		file: defaultConfig, facility: 3, umask: -1,
	}
	if change != nil {
		change(&o)
	}
	return o
}

func TestEveryOption_cli1(t *testing.T) {
	t.Setenv("TMPDIR", "/usr")
	for _, c := range []struct {
		forms  string // command lines that mean the same, separated by ;
		change func(*options)
		err    string
	}{
		{"", nil, ""},
		{"-f /a;-f/a;--use-file=/a;--use-file /a;--use /a", func(o *options) { o.file = "/a" }, ""},
		{"-P;--vrrp;-CP", func(o *options) { o.onlyVRRP = true }, ""},
		{"-C;--check;-PC", func(o *options) { o.onlyChecker = true }, ""},
		{"-B;--no_bfd", func(o *options) { o.noBFD = true }, ""},
		{"--all;-P --all;-C --all", func(o *options) { o.all = true }, ""},
		{"--all -P", func(o *options) { o.all, o.onlyVRRP = true, true }, ""},
		{"--all -C", func(o *options) { o.all, o.onlyChecker = true, true }, ""},
		{"-l;--log-console", func(o *options) { o.console = true }, ""},
		{"-D;--log-detail", func(o *options) { o.detail = 1 }, ""},
		{"-DD;-D -D;-D --log-detail", func(o *options) { o.detail = 2 }, ""},
		{"-S 3;-S3;-S local3;--log-facility=3;--log-facility local3", func(o *options) { o.facility = 19 }, ""},
		{"-S user", func(o *options) { o.facility = 1 }, ""},
		{"-S daemon", nil, ""},
		{"-S 9", func(o *options) { o.warnings = []string{"Invalid log facility '9'"} }, ""},
		{"-g;--log-file", func(o *options) { o.logFile = "/usr/keepalived.log" }, ""},
		{"-g/x;--log-file=/x", func(o *options) { o.logFile = "/x" }, ""},
		{"-g /x", func(o *options) {
			o.logFile = "/usr/keepalived.log"
			o.words = []string{"/x"}
		}, ""},
		{"--flush-log-file", func(o *options) { o.flushLog = true }, ""},
		{"-G;--no-syslog", func(o *options) { o.noSyslog = true }, ""},
		{"-u 0177;-u0177;--umask=0177;-u 127;-u 0x7f", func(o *options) { o.umask = 0o177 }, ""},
		{"-u 0x1g", func(o *options) { o.warnings = []string{"Invalid --umask option 0x1g"} }, ""},
		{"-u 01000", func(o *options) { o.warnings = []string{"Invalid --umask option 01000"} }, ""},
		{"-X;--release-vips", func(o *options) { o.releaseVIPs = true }, ""},
		{"-V;--dont-release-vrrp", func(o *options) { o.keepVIPs = true }, ""},
		{"-I;--dont-release-ipvs", func(o *options) { o.keepIPVS = true }, ""},
		{"-R;--dont-respawn", func(o *options) { o.noRespawn = true }, ""},
		{"-n;--dont-fork", func(o *options) { o.foreground = true }, ""},
		{"-d;--dump-conf;--dump", func(o *options) { o.dump = true }, ""},
		{"-p /p;-p/p;--pid=/p;--pid /p", func(o *options) { o.pid = "/p" }, ""},
		{"-r /p;--vrrp_pid=/p", func(o *options) { o.vrrpPID = "/p" }, ""},
		{"-c /p;--checkers_pid=/p", func(o *options) { o.checkersPID = "/p" }, ""},
		{"-b /p;--bfd_pid=/p", func(o *options) { o.bfdPID = "/p" }, ""},
		{"-a;--address-monitoring", func(o *options) { o.warnings = []string{"-a is not supported yet: address changes are not logged"} }, ""},
		{"-x;--snmp", func(o *options) { o.snmp = true }, ""},
		{"-A /s;--snmp-agent-socket=/s", func(o *options) { o.snmpSocket = "/s" }, ""},
		{"-m;--core-dump", func(o *options) {
			o.warnings = []string{"-m is not supported yet: crashes are written to the log instead"}
		}, ""},
		{"-M;-Mcore;--core-dump-pattern=x;--core-dump-pattern", func(o *options) {
			o.warnings = []string{"-M is not supported yet: crashes are written to the log instead"}
		}, ""},
		{"-s ns;-sns;--namespace=ns", func(o *options) { o.namespace = "ns" }, ""},
		{"-n -T;-l --genhash", nil, "has to be the first option"},
		{"--config-fd=3;--config-fd 3", func(o *options) { o.configFD = 3 }, ""},
		{"--config-fd=x", func(o *options) { o.warnings = []string{"Invalid --config-fd option x"} }, ""},
		{"--config-fd=-1", func(o *options) { o.warnings = []string{"Invalid --config-fd option -1"} }, ""},
		{"--metrics :9165;--metrics=:9165", func(o *options) { o.metrics = ":9165" }, ""},
		{"--metrics [::1]:9165", func(o *options) { o.metrics = "[::1]:9165" }, ""},
		{"--metrics unix:/run/m", func(o *options) { o.metrics = "unix:/run/m" }, ""},
		{"--metrics-compat gen2brain", func(o *options) { o.metricsCompat = "gen2brain" }, ""},
		{"--metrics-compat other", nil, "there is only gen2brain"},
		{"--metrics unix:m", nil, "begins with /"},
		{"--metrics 9165", nil, "not an address"},
		{"--metrics 127.0.0.1:", nil, "not an address"},
		{"-e;--all-config", func(o *options) { o.allConfig = true }, ""},
		{"-i a;-ia;--config-id=a;--config-id a", func(o *options) { o.configID = "a" }, ""},
		{"--ignore-sigint", func(o *options) { o.ignoreSIGINT = true }, ""},
		{"--signum=STOP;--signum STOP;--sig STOP", func(o *options) { o.signum = "STOP" }, ""},
		{"--signum=FOO", nil, "Unknown sigfunc FOO"},
		{"-t;--config-test", func(o *options) { o.test = true }, ""},
		{"-t/l;-t=/l;--config-test=/l", func(o *options) { o.test, o.testLog = true, "/l" }, ""},
		{"-v;--version", func(o *options) { o.version = true }, ""},
		{"-h;--help", func(o *options) { o.help = true }, ""},
		{"--log-json", func(o *options) { o.json = true }, ""},
		{"--perf", func(o *options) { o.warnings = []string{"--perf is not supported yet: it belongs to debug builds"} }, ""},
		{"-nlD;-n -l -D;-Dln;--dont-fork -lD", func(o *options) { o.foreground, o.console, o.detail = true, true, 1 }, ""},
		{"-lnDf /a;-lnDf/a;-lnD --use-file /a", func(o *options) { o.foreground, o.console, o.detail, o.file = true, true, 1, "/a" }, ""},
		{"-n -- -l x", func(o *options) { o.foreground = true; o.words = []string{"-l", "x"} }, ""},
		{"words -n more", func(o *options) { o.foreground = true; o.words = []string{"words", "more"} }, ""},
		{"- -n", func(o *options) { o.foreground = true; o.words = []string{"-"} }, ""},
		{"-z;-nz", nil, "Unknown option -z"},
		{"--foo", nil, "Unknown option --foo"},
		{"--log", nil, "Unknown option --log"}, // ambiguous
		{"--=x", nil, "Unknown option --=x"},
		{"--vrrp=1", nil, "Unknown option --vrrp=1"},
		{"-f;-nf", nil, "Missing parameter for option -f"},
		{"--use-file;--use", nil, "Missing parameter for option --use-file"},
		{"-u", nil, "Missing parameter for option -u"},
	} {
		for _, form := range strings.Split(c.forms, ";") {
			got, err := parseOptions(strings.Fields(form))
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%s: %v, want %q", form, err, c.err)
				}
				continue
			}
			if want := defaults(c.change); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v\ngot  %+v\nwant %+v", form, err, got, want)
			}
		}
	}
}

func TestOptionTableIsWellFormed(t *testing.T) {
	short, long := map[byte]bool{}, map[string]bool{}
	for _, o := range optionTable() {
		if o.short != 0 && short[o.short] || long[o.long] || o.long == "" {
			t.Errorf("%+v stands twice or has no name", o)
		}
		short[o.short], long[o.long] = true, true
		if (o.arg == noArg) != (o.name == "") && o.help != "" {
			t.Errorf("--%s: argument without name or the other way round", o.long)
		}
	}
	// The options of keepalived 2.2.7 and later, by letter.
	for _, c := range "fPCBlDSgGuXVIRndprcbaxAsmMeithvTLO" {
		if !short[byte(c)] {
			t.Errorf("-%c is missing", c)
		}
	}
}

func TestRelativeNamesAreMadeAbsolute(t *testing.T) {
	t.Setenv(super.DirEnv, "/start")
	o, err := parseOptions([]string{"-f", "a.conf", "-p", "x.pid", "-gk.log", "-r", "/abs"})
	if err != nil {
		t.Fatal(err)
	}
	if o.file != "/start/a.conf" || o.pid != "/start/x.pid" || o.logFile != "/start/k.log" || o.vrrpPID != "/abs" {
		t.Errorf("%+v", o)
	}
	o, err = parseOptions([]string{"-n", "-f", "a.conf"})
	if err != nil || o.file != "a.conf" {
		t.Errorf("in the foreground: %q (%v), want it as written", o.file, err)
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add("-nlD\x00-f\x00x")
	f.Add("--signum=STOP\x00--\x00-z")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\x00")
		before := slices.Clone(args)
		_, _ = parseOptions(args)
		if !slices.Equal(args, before) {
			t.Error("the arguments were changed")
		}
	})
}

// What is accepted with a warning is not shown as if it worked.
func TestAcceptedOptionsAreMarked(t *testing.T) {
	var usage strings.Builder
	printUsage(&usage, "holdfast")
	page := strings.Join(strings.Fields(manual(commands(terminal{}))), " ")
	marked := 0
	for _, row := range optionTable() {
		if row.set == nil || row.help == "" {
			continue
		}
		var o options
		if err := row.set(&o, ""); err != nil || len(o.warnings) == 0 ||
			!strings.Contains(o.warnings[0], "not supported yet") {
			continue
		}
		marked++
		_, why, _ := strings.Cut(o.warnings[0], "not supported yet: ")
		_, help, _ := strings.Cut(strings.Join(strings.Fields(usage.String()), " "), "--"+row.long)
		if help, _, _ = strings.Cut(help, " --"); !strings.Contains(help, "(not supported yet: "+why+")") {
			t.Errorf("-h says of --%s: %s", row.long, help)
		}
		if !strings.Contains(page, "(not supported yet: "+why+")") {
			t.Errorf("the manual does not mark --%s", row.long)
		}
	}
	if marked < 3 {
		t.Errorf("%d options are marked", marked)
	}
}
