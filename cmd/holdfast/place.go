package main

import (
	"holdfast/config/language"
	"holdfast/config/syntax"
	"holdfast/internal/logging"
	"holdfast/internal/super"
)

// settle finds out where this daemon is to be. If that is another network namespace the program goes there, and
// begins anew; otherwise it goes on with what it has read. An error says why it cannot be there.
func (o *options) settle() error {
	if at, ok := super.InheritedPlace(); ok {
		o.stay(at)
		return nil
	}
	at := super.Place{}
	// What keeps a file from being read is said when the configuration is loaded.
	if readable(o.file) == nil {
		s := o.snapshot()
		o.first = &s
		at.Place = language.PlaceOf(s)
	}
	// The command line comes before the file, also where that says nothing.
	if o.namespace != "" && o.namespace != at.NetNamespace {
		at.NetNamespace, at.Written = o.namespace, at.NetNamespace
	}
	if err := at.OpenIPVS(); err != nil {
		return logging.Worded("Unable to set IPVS network namespace - exiting: %v", err)
	}
	if at.NetNamespace != "" {
		return logging.Worded("Unable to set network namespace %s - exiting: %v", at.NetNamespace, super.Enter(at))
	}
	o.stay(at)
	return nil
}

// stay takes a place, and calls the pid files after it that no option names.
func (o *options) stay(at super.Place) {
	o.place = at
	if o.pid == "" {
		o.pid = at.PIDFile("keepalived")
	}
	for _, w := range wirings() {
		if f := w.pidFile(o); *f == "" {
			*f = at.PIDFile(w.role.PIDFile)
		}
	}
}

// firstLoad is load for a supervisor: what was read to find the place counts as its first configuration.
func (o options) firstLoad() func() (syntax.Snapshot, error) {
	first := o.first
	return func() (syntax.Snapshot, error) {
		if first == nil {
			return o.load()
		}
		s := *first
		first = nil
		// A pattern that matches nothing is no error of any file.
		if len(s.Files) == 0 {
			return o.load()
		}
		return s, nil
	}
}
