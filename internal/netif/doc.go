// Package netif is the host's network interfaces as the vrrp role sees and changes
// them: links, addresses and virtual MAC interfaces, the watcher of them, gratuitous
// ARP and neighbour advertisements; and its routes and policy rules.
//
// Addresses, routes, rules and virtual MAC interfaces are changed by desired state: Applier.Apply and
// VMACs.Apply say what shall be there and compare with the kernel, so that start, crash
// clean-up, reload and repair are one mechanism. net.IP stays behind this package; everything else
// speaks net/netip.
package netif
