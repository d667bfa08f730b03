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

// serveAPI has the daemon answer on its socket until the function it gives is called. A daemon that cannot be asked
// runs all the same.
func (o options) serveAPI(log *zap.Logger, s *super.Supervisor) (end func()) {
	path := o.apiSocket
	switch path {
	case apiOff:
		return func() {}
	case "":
		path = super.APISocket(o.pid)
	}
	server, err := api.Serve(api.Options{Log: log, Source: s, Path: path, Group: o.apiGroup, Print: printRedacted})
	if err != nil {
		log.Warn("holdfast status will get no answer from this daemon: " + err.Error())
		return func() {}
	}
	return server.Close
}

// printRedacted writes what everybody may see of a configuration.
func printRedacted(w io.Writer, c *config.Config) error {
	return language.Print(w, c, language.Printing{Redact: true})
}
