// Package lvs decides what the IPVS table should be: from virtual servers, real
// servers and the outcomes of their checks it works out who is alive, whether there
// is a quorum, which weights count and when the sorry server is in (semantics 8, 9).
//
// It is pure. Time and outcomes come in as values; what is to be done goes out as an
// Output: make services look like this, check that, log lines, tell others.
//
// Where this differs from keepalived, on purpose:
//
//   - A Table names what a service should be, not one command. If the kernel
//     refuses it, whoever carries it out tries again; the decision stays.
//   - A reload leaves the schedule and the retry counters of checkers that did not
//     change alone (keepalived starts all of them anew, semantics 9.10), and the
//     quorum is looked at once, after all differences, so that replacing all servers
//     of a service does not lose its quorum in passing.
//   - Several changes of one service in one call give one Table, which has
//     the end result.
package lvs
