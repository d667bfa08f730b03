// Package lab builds small networks of hosts out of network namespaces and
// watches what happens on them: programs started and killed by process id, VRRP
// advertisements, gratuitous ARP and neighbour advertisements on the wire with the
// kernel's time stamps, addresses that come and go, the IPVS table, HTTP answers.
//
// A program enters the lab through [Isolate], which runs it again in network,
// mount and process namespaces of its own. So names cannot clash with another
// lab's, everything that was started ends with the program however that ends,
// and nothing remains on the machine. It works on the host's kernel and inside
// the user-mode kernel of test/uml alike.
//
// All times are wall-clock times of the machine the lab runs on.
package lab
