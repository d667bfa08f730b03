// Package systemd tests the service as it is installed, on a machine that systemd has
// booted: what an administrator does with it and what its restrictions let through.
// "make systemd" runs it, in a user-mode kernel.
package systemd
