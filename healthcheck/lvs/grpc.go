package lvs

// grpcKind is GRPC_CHECK, which keepalived does not have: it speaks as those do that ask one question.
func grpcKind() *kind { return question("GRPC_CHECK", "gRPC") }
