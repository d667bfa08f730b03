// Package servers checks mail and name servers as they are installed, Postfix and BIND, with keepalived and with the
// daemon under test side by side, in a kernel of its own: both have the same table, as servers answer rightly, wrongly
// and not at all, go and come back, and both say the same of those that fail. make proof runs it.
package servers
