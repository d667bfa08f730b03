// Package anycast is a network in which several directors have one address: a client behind a router, directors that
// announce the address to it by BGP, servers behind them, and streams of the client that go on or do not. All of it is
// network namespaces; it takes a kernel with IPVS. The tests of test/e2e/anycast and "make demo-anycast" play in it.
package anycast
