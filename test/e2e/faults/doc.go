//go:build e2e

// Package faults holds faults that once were, each as a test of the right outcome: what the daemon
// has to do where it once did something else, in network namespaces of this machine's kernel, and,
// where that tells more, beside Debian's keepalived. "make proof" runs it.
//
// A test plays on hosts of [holdfast/test/lab] and runs side by side with the others (t.Parallel):
// a test mostly waits. What it waits for is a condition, never a length of time alone.
package faults
