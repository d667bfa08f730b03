package main

import (
	"io"

	"go.uber.org/zap"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/internal/api"
	"holdfast/internal/super"
)

// apiOff is the value of --api-socket with which the daemon cannot be asked.
const apiOff = "off"

// serveAPI has the daemon answer where the options say until the function it gives is called. A daemon that cannot be
// asked runs all the same.
func (o options) serveAPI(log *zap.Logger, s *super.Supervisor) (end func()) {
	as := api.Options{Log: log, Source: s, Chronicle: s, Path: o.apiSocket, Group: o.apiGroup, Print: printRedacted}
	if as.Path == "" {
		as.Path = super.APISocket(o.pid)
	}
	socket := serveSocket(as)
	if o.metrics == "" {
		return socket
	}
	public := api.Publish(as, o.metrics)
	return func() {
		public.Close()
		socket()
	}
}

func serveSocket(as api.Options) (end func()) {
	if as.Path == apiOff {
		return func() {}
	}
	server, err := api.Serve(as)
	if err != nil {
		as.Log.Warn("holdfast status will get no answer from this daemon: " + err.Error())
		return func() {}
	}
	return server.Close
}

// printRedacted writes what everybody may see of a configuration.
func printRedacted(w io.Writer, c *config.Config) error {
	return language.Print(w, c, language.Printing{Redact: true})
}
