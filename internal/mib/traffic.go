package mib

import (
	"holdfast/internal/agentx"
	"holdfast/internal/state"
)

// This file is what the kernel counts, which virtual and real servers show alike. A number that outgrows 32 bits is
// shown by a column of 64 or two of 32 as well.

// trafficColumns are connections, and packets and bytes from the column packets on.
func trafficColumns[R any](of func(*R) *state.Traffic, connections, packets uint32) []column[R] {
	return []column[R]{
		{connections, func(r *R) agentx.Value { return agentx.Gauge(uint32(of(r).Connections)) }},
		{packets, func(r *R) agentx.Value { return agentx.Count(of(r).PacketsIn) }},
		{packets + 1, func(r *R) agentx.Value { return agentx.Count(of(r).PacketsOut) }},
		{packets + 2, func(r *R) agentx.Value { return agentx.Count64(of(r).BytesIn) }},
		{packets + 3, func(r *R) agentx.Value { return agentx.Count64(of(r).BytesOut) }},
	}
}

// longColumns are connections and packets of 64 bits.
func longColumns[R any](of func(*R) *state.Traffic, first uint32) []column[R] {
	return []column[R]{
		{first, func(r *R) agentx.Value { return agentx.Count64(of(r).Connections) }},
		{first + 1, func(r *R) agentx.Value { return agentx.Count64(of(r).PacketsIn) }},
		{first + 2, func(r *R) agentx.Value { return agentx.Count64(of(r).PacketsOut) }},
	}
}

// rates are what happens in a second.
func rates() []func(*state.Traffic) uint64 {
	return []func(*state.Traffic) uint64{
		func(t *state.Traffic) uint64 { return t.ConnectionRate },
		func(t *state.Traffic) uint64 { return t.PacketRateIn },
		func(t *state.Traffic) uint64 { return t.PacketRateOut },
		func(t *state.Traffic) uint64 { return t.ByteRateIn },
		func(t *state.Traffic) uint64 { return t.ByteRateOut },
	}
}

func rateColumns[R any](of func(*R) *state.Traffic, first uint32) (all []column[R]) {
	for n, rate := range rates() {
		all = append(all, column[R]{first + uint32(n), func(r *R) agentx.Value { return agentx.Gauge(uint32(rate(of(r)))) }})
	}
	return all
}

// splitColumns are the rates in two halves, the low one first.
func splitColumns[R any](of func(*R) *state.Traffic, first uint32) (all []column[R]) {
	for n, rate := range rates() {
		at := first + 2*uint32(n)
		all = append(all,
			column[R]{at, func(r *R) agentx.Value { return agentx.Gauge(uint32(rate(of(r)))) }},
			column[R]{at + 1, func(r *R) agentx.Value { return agentx.Gauge(uint32(rate(of(r)) >> 32)) }})
	}
	return all
}
