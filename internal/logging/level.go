package logging

import (
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A threshold is what a logger lets through, and all that were made of it.
type threshold struct {
	own zapcore.Level // of the options
	now atomic.Int32
}

func newThreshold(own zapcore.Level) *threshold {
	t := &threshold{own: own}
	t.now.Store(int32(own))
	return t
}

func (t *threshold) level() zapcore.Level { return zapcore.Level(t.now.Load()) }

// Override has a logger of this package, and all that were made of it, let lines through from a level on: debug, info,
// warning or error. "" is the level of its Options. Other loggers, and other levels, stay as they are.
func Override(log *zap.Logger, level string) {
	c, is := log.Core().(*core)
	if !is {
		return
	}
	to, known := map[string]zapcore.Level{
		"": c.level.own, "debug": zapcore.DebugLevel, "info": zapcore.InfoLevel, "warning": zapcore.WarnLevel,
		"error": zapcore.ErrorLevel,
	}[level]
	if known {
		c.level.now.Store(int32(to))
	}
}
