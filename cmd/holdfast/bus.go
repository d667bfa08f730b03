package main

import (
	"go.uber.org/zap"

	"holdfast/internal/chronicle"
	"holdfast/internal/super"
	"holdfast/internal/sysbus"
)

// bus shows virtual routers on D-Bus when the configuration wants that; nil without any.
func (o options) bus(log *zap.Logger, s *super.Supervisor, resumes bool) *sysbus.Bus {
	if o.onlyChecker {
		return nil
	}
	return sysbus.New(sysbus.Options{
		Log: log, Source: s, Do: onBus(s), Address: sysbus.Address(), MachineFile: "/etc/machine-id",
		After: chronicle.FromNow, Resumes: resumes,
	})
}

// onBus does what somebody on the bus wants.
func onBus(s *super.Supervisor) func(sysbus.Request) {
	return func(r sysbus.Request) {
		switch r.Kind {
		case sysbus.PrintData:
			s.Print(super.DumpData)
		case sysbus.PrintStats:
			s.Print(super.DumpStats)
		case sysbus.PrintStatsClear:
			s.Print(super.DumpStatsClear)
		case sysbus.Reload:
			s.Hangup()
		case sysbus.Announce:
			s.Announce(r.Instance)
		}
	}
}
