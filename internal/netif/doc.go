// Package netif is the host's network interfaces as the vrrp role sees and changes
// them: links and addresses, the watcher of both, and gratuitous ARP.
//
// Addresses are changed by desired state: Applier.Apply says what shall be
// there and compares with the kernel, so that start, crash clean-up, reload and
// repair are one mechanism. net.IP stays behind this package; everything else
// speaks net/netip.
package netif
