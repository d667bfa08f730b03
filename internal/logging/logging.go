// Package logging sends log lines where keepalived sends them: to syslog, to
// stderr, to a file of each process; and, when asked, as JSON objects with
// fields. No destination can block or stop the daemon: what cannot be written is
// counted, dropped and reported when lines flow again.
package logging

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Options say where log lines go.
type Options struct {
	// Ident is what lines to syslog begin with (cli 4.5), and Role the field of that name in
	// JSON lines.
	Ident, Role string
	// Syslog sends to SyslogPath with Facility (syslog numbers: 3 daemon, 1 user,
	// 16-23 local0-7).
	Syslog     bool
	SyslogPath string // "" = /dev/log
	Facility   int
	// Console also writes to Stderr with keepalived's time stamp.
	Console bool
	Stderr  io.Writer // nil = os.Stderr
	// File is the log file's name, "" = none; Suffix is put before its extension.
	// Flush writes every line at once instead of within a second.
	File, Suffix string
	Flush        bool
	// JSON makes every line a JSON object.
	JSON bool
	// Detail lets debug lines through (-D).
	Detail bool
}

// Facility numbers of syslog (RFC 5424 table 1) that -S can name.
const (
	FacilityUser   = 1
	FacilityDaemon = 3
	FacilityLocal0 = 16
)

// New gives a logger for o. The closer waits shortly for lines under way and closes the
// destinations; logging after that is harmless and goes nowhere. The error tells of
// a log file that cannot be opened; the logger is good without it.
func New(o Options) (*zap.Logger, io.Closer, error) {
	var dests []destination
	var err error
	if o.Syslog {
		dests = append(dests, newSyslog(o.SyslogPath, o.Ident, o.Facility))
	}
	if o.Console {
		w := o.Stderr
		if w == nil {
			w = os.Stderr
		}
		// At once: whoever looks at a terminal waits for the line.
		dests = append(dests, newStream(keepOpen{w}, !o.JSON, true))
	}
	if o.File != "" {
		f, ferr := openFile(fileName(o.File, o.Suffix))
		if ferr != nil {
			err = ferr
		} else {
			dests = append(dests, newStream(f, !o.JSON, o.Flush))
		}
	}
	level := zapcore.InfoLevel
	if o.Detail {
		level = zapcore.DebugLevel
	}
	c := &core{level: newThreshold(level), enc: encoder(o), out: &fan{dests}}
	return zap.New(c), c.out, err
}

// fileName puts the suffix before the extension: keepalived.log, keepalived_vrrp.log,
// keepalived_check.log.
func fileName(name, suffix string) string {
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + suffix + ext
}

// Instance is the field that names the vrrp instance, sync group, script or virtual
// server a line is about.
func Instance(name string) zap.Field { return zap.String("instance", name) }

// Line logs a line about an instance, "" for none in particular.
func Line(log *zap.Logger, level zapcore.Level, instance, text string) {
	// Asked first, so that a line which nobody wants costs no field.
	if c := log.Check(level, text); c != nil {
		if instance != "" {
			c.Write(Instance(instance))
		} else {
			c.Write()
		}
	}
}

// ParseFacility reads the argument of -S (cli 1): 0-7 and local0-7 are the local
// facilities, user and daemon those.
func ParseFacility(s string) (int, error) {
	switch s {
	case "user":
		return FacilityUser, nil
	case "daemon":
		return FacilityDaemon, nil
	}
	n := strings.TrimPrefix(s, "local")
	if len(n) == 1 && n[0] >= '0' && n[0] <= '7' {
		return FacilityLocal0 + int(n[0]-'0'), nil
	}
	return FacilityDaemon, fmt.Errorf("invalid log facility '%s'", s)
}

// fan writes a line to every destination.
type fan struct{ dests []destination }

func (f *fan) Close() error {
	var errs []error
	for _, d := range f.dests {
		errs = append(errs, d.Close())
	}
	return errors.Join(errs...)
}
