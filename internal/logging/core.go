package logging

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// A destination takes one line. Write does not block.
type destination interface {
	Write(at time.Time, level zapcore.Level, line string)
	Close() error
}

// core is a zapcore.Core whose text form is what keepalived prints: the message and
// nothing else, because its wording is what people search for.
type core struct {
	level  *threshold
	enc    lineEncoder
	fields []zapcore.Field
	out    *fan
}

// lineEncoder makes a line of an entry.
type lineEncoder func(zapcore.Entry, []zapcore.Field) string

func (c *core) Enabled(l zapcore.Level) bool { return l >= c.level.level() }

func (c *core) With(fields []zapcore.Field) zapcore.Core {
	// A copy of both: loggers share what they were made of.
	d := *c
	d.fields = append(append([]zapcore.Field(nil), c.fields...), fields...)
	return &d
}

func (c *core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c *core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	// Nearly always there are none of the logger's own, and no list has to be made.
	all := fields
	if len(c.fields) > 0 {
		all = append(append([]zapcore.Field(nil), c.fields...), fields...)
	}
	line := c.enc(e, all)
	for _, d := range c.out.dests {
		d.Write(e.Time, e.Level, line)
	}
	return nil
}

func (c *core) Sync() error { return nil }

func encoder(o Options) lineEncoder {
	if o.JSON {
		return jsonLine(o.Role)
	}
	return textLine
}

// textLine is the message, then the fields that it does not already carry. The
// instance stands in the message by convention.
func textLine(e zapcore.Entry, fields []zapcore.Field) string {
	if len(fields) == 0 {
		return oneLine(e.Message)
	}
	m := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(m)
	}
	// The message begins with "(VI_1)", and the line to syslog with the process.
	delete(m.Fields, "instance")
	delete(m.Fields, "role")
	keys := make([]string, 0, len(m.Fields))
	for k := range m.Fields {
		// zap adds an error a second time, with its stack, under such a name.
		if !strings.HasSuffix(k, "Verbose") {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	var b strings.Builder
	b.WriteString(e.Message)
	for _, k := range keys {
		fmt.Fprintf(&b, " %s=%v", k, m.Fields[k])
	}
	return oneLine(b.String())
}

// oneLine keeps an entry on one line: control characters from foreign input must not
// forge lines. Statements that stand on lines of their own, such as joined errors, have "; " between.
func oneLine(s string) string {
	// Nearly every line is such a one, and needs no copy.
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range strings.Trim(s, "\n") {
		switch {
		case r == '\n':
			b.WriteString("; ")
		case isControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// jsonLine makes {"time":...,"level":...,"role":...,"pid":...,"msg":...,fields}.
func jsonLine(role string) lineEncoder {
	enc := zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey:        "time",
		LevelKey:       "level",
		MessageKey:     "msg",
		EncodeTime:     zapcore.RFC3339NanoTimeEncoder,
		EncodeLevel:    zapcore.LowercaseLevelEncoder,
		EncodeDuration: zapcore.StringDurationEncoder,
		SkipLineEnding: true,
	})
	enc.AddString("role", role)
	enc.AddInt("pid", os.Getpid())
	return func(e zapcore.Entry, fields []zapcore.Field) string {
		var b *buffer.Buffer
		// A clone: encoding adds to the encoder, and lines come from several goroutines.
		b, err := enc.Clone().EncodeEntry(e, fields)
		if err != nil {
			return textLine(e, nil)
		}
		defer b.Free()
		return b.String()
	}
}
