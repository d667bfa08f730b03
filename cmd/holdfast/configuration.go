package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/config/check"
	"holdfast/config/finding"
	"holdfast/config/language"
	"holdfast/config/source"
	"holdfast/config/syntax"
	"holdfast/internal/logging"
	"holdfast/internal/memory"
	"holdfast/internal/thishost"
)

// statusNoConfig is the exit status without a usable configuration file (cli 3).
const statusNoConfig = 6

// readable says what keeps the main file from being read at all, in keepalived's words.
// A pattern is looked at when it is loaded.
func readable(file string) error {
	// What a pattern stands for is only known when it is expanded.
	if strings.ContainsAny(file, "*?[{") {
		return nil
	}
	st, err := os.Stat(file)
	switch {
	case os.IsNotExist(err):
		return logging.Worded("Config files missing '%s'.", file)
	case err != nil:
		return logging.Worded("Configuration file '%s' cannot be read: %v", file, err)
	case st.IsDir():
		return logging.Worded("Configuration file '%s' is a directory - skipping", file)
	// A file with any execute bit is none (grammar 7.1).
	case !st.Mode().IsRegular() || st.Mode().Perm()&0o111 != 0:
		return logging.Worded("Configuration file '%s' is not a regular non-executable file - skipping", file)
	}
	// Whether it may be read shows only here: Stat needs no right to the file itself.
	f, err := os.Open(file)
	if err != nil {
		return logging.Worded("Configuration file '%s' cannot be read: %v", file, err)
	}
	return f.Close()
}

// snapshot reads all configuration files.
func (o options) snapshot() syntax.Snapshot {
	files := &source.Dated{}
	// Another seed each time, so that `${_RANDOM}` is another number after a reload.
	s := syntax.Load(files, o.file, syntax.Options{
		ConfigID: nodeID(o.configID), AllIncludes: o.allConfig, Dir: workingDirectory(), Getenv: os.Getenv,
		Seed: uint64(time.Now().UnixNano()),
	})
	s.Written = files.Written
	return s
}

// nodeID is the config-id: the one given, else the name of this host up to the first dot.
func nodeID(given string) string {
	if given != "" {
		return given
	}
	id, _, _ := strings.Cut(thishost.Name(), ".")
	return id
}

func workingDirectory() string {
	dir, err := os.Getwd()
	if err != nil {
		return "/"
	}
	return dir
}

// load reads all configuration files; it fails when the main file cannot be read.
func (o options) load() (syntax.Snapshot, error) {
	if err := readable(o.file); err != nil {
		return syntax.Snapshot{}, err
	}
	s := o.snapshot()
	// A pattern that matches nothing is no error of any file, so nothing else says it.
	if len(s.Files) == 0 {
		return s, logging.Worded("Config files missing '%s'.", o.file)
	}
	return s, nil
}

// loadOther is load with another main file.
func (o options) loadOther(file string) (syntax.Snapshot, error) {
	o.file = file
	return o.load()
}

// bind asks this host about the names in the configuration.
func (o options) bind(s syntax.Snapshot) (*config.Config, []syntax.Diagnostic) {
	return o.bindBeside(nil, s)
}

// binding are Bind and Loaded of a supervisor.
func (o options) binding(log *zap.Logger) (
	bind func(syntax.Snapshot) (*config.Config, []syntax.Diagnostic), loaded func(*config.Config)) {
	var running *config.Config
	dump := o.loaded(log)
	bind = func(s syntax.Snapshot) (*config.Config, []syntax.Diagnostic) { return o.bindBeside(running, s) }
	return bind, func(c *config.Config) {
		running = c
		dump(c)
	}
}

// bindBeside is bind beside what is running, nil if nothing is. An interface on which something runs counts as known
// when it has gone, as with keepalived: its instances wait for it, and nobody may be kept from changing the others.
func (o options) bindBeside(running *config.Config, s syntax.Snapshot) (*config.Config, []syntax.Diagnostic) {
	env := thishost.Env()
	if there := env.Interface; running != nil && there != nil {
		env.Interface = func(name string) bool { return there(name) || running.UsesInterface(name) }
	}
	env.Test, env.Without = o.test, o.leftOut()
	if !o.test {
		// The daemon is there, and need not find the name any more.
		env.Namespace = nil
	}
	c, diags := language.Bind(s, env)
	if o.namespace != "" {
		c.Global.Place.NetNamespace = o.namespace
	}
	c.Global.Files = o.files(c.Global.Files)
	return c, diags
}

// leftOut is the part of the program that the command line leaves out.
func (o options) leftOut() syntax.Part {
	switch {
	case o.onlyChecker:
		return syntax.VRRPPart
	case o.onlyVRRP:
		return syntax.CheckerPart
	}
	return syntax.WholeProgram
}

// files are the settings of files with what the command line says, which goes before them.
func (o options) files(f config.Files) config.Files {
	if o.umask >= 0 {
		f.Umask, f.UmaskSet = uint16(o.umask), true
	}
	return f
}

// loaded logs the configuration that runs, when asked with -d.
func (o options) loaded(log *zap.Logger) func(*config.Config) {
	if !o.dump {
		return func(*config.Config) {}
	}
	return func(c *config.Config) {
		var b bytes.Buffer
		language.Dump(&b, c)
		// A message of the log is one line.
		for line := range strings.Lines(b.String()) {
			log.Info(strings.TrimRight(line, "\n"))
		}
	}
}

// writeConsolidated is --config-fd: includes read and definitions expanded.
func writeConsolidated(fd int, s syntax.Snapshot) error {
	_, err := s.WriteTo(os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d", fd)))
	if err != nil {
		return fmt.Errorf("write the consolidated configuration: %w", err)
	}
	return nil
}

// printFindings writes a line for each finding; on a terminal also where it is.
func printFindings(w io.Writer, diags []syntax.Diagnostic) {
	out := bufio.NewWriter(w)
	defer out.Flush() // nobody to tell
	if term := terminalOf(w); term.is {
		_ = finding.Text(out, diags, term.findings(check.Lines(source.OS{})))
		return
	}
	for _, d := range diags {
		fmt.Fprintln(out, finding.Line(d))
	}
}

// testConfig is -t: findings to stderr or appended to the log file, and the exit status
// of grammar 9.4.
func testConfig(o options, stderr io.Writer) int {
	memory.ForReader()
	if o.testLog != "" {
		f, err := os.OpenFile(o.testLog, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		defer f.Close()
		stderr = f
	}
	if err := readable(o.file); err != nil {
		fmt.Fprintln(stderr, err)
		if o.allConfig {
			return 4
		}
		return 0 // printed but not counted
	}
	s := o.snapshot()
	// Before it is bound: what was read is written, whatever is wrong with it.
	if o.configFD > 0 {
		if err := writeConsolidated(o.configFD, s); err != nil {
			fmt.Fprintln(stderr, err)
		}
	}
	c, diags := o.bind(s)
	printFindings(stderr, diags)
	if o.dump {
		out := bufio.NewWriter(stderr)
		language.Dump(out, c)
		_ = out.Flush() // nobody to tell
	}
	return language.ExitStatus(diags)
}
