// Package marks shows groups of services by mark (nftables_ipvs) with traffic: nftables, IPVS and the daemon, in a
// user-mode kernel whose nf_tables test/uml/nftables makes. Its tests have the build tag nftables.
package marks
