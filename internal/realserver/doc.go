// Package realserver makes a Linux host a real server for direct routing or a tunnel, undoes it, and says what is
// wrong with one: what there should be (Wish) and what there is (Host) are values, and pure functions tell what is to
// be done (Plan) and what is amiss (Check). linux.go looks at the host and carries steps out; unit.go keeps a wish
// over reboots.
//
// A real server has the virtual address without telling anybody: for direct routing on lo, where no neighbour asks for
// it while arp_ignore keeps other interfaces from answering, and for a tunnel on the interface that unwraps packets.
package realserver
