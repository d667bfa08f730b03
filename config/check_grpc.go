package config

// GRPCCheck is what a GRPC_CHECK asks: grpc.health.v1.Health/Check.
type GRPCCheck struct {
	Service   string // whose health; "" = of the server as a whole
	Authority string // the server's name, also in the TLS handshake; "" = address:port
	TLS       bool
}
