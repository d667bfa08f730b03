package language

import (
	"time"

	"holdfast/config"
)

// grpcCheck is GRPC_CHECK, which keepalived does not have.
func grpcCheck() checkKind {
	return checkKind{
		rows:  grpcCheckRows,
		retry: 1, pause: time.Second,
		begin: func(c *config.Checker) { c.GRPC = &config.GRPCCheck{} },
	}
}

// grpcCheckRows are the keywords of GRPC_CHECK.
func grpcCheckRows() []Keyword {
	return append(connectRows(),
		row("service",
			text("NAME", func(d *checkerDraft) *string { return &d.GRPC.Service }),
			"none", "the service whose health is asked; without one that of the server as a whole", soft),
		row("authority",
			text("NAME", func(d *checkerDraft) *string { return &d.GRPC.Authority }),
			"address:port", "the name of the server, in the request and in the TLS handshake", soft),
		row("tls",
			switchOn(func(d *checkerDraft) *bool { return &d.GRPC.TLS }),
			"off", "over TLS, with what the SSL block says"),
	)
}
