// Package traffic shows with the traffic of clients what a configuration means for them: how requests are spread over
// servers, who stays with a server and for how long, what a tunnel looks like on the wire and that a server can unwrap
// it, SCTP, and streams that go on by another director. It runs in a user-mode kernel, for IPVS. Where keepalived has
// the keywords, it serves the same files first, so that what is expected is not only our own opinion.
package traffic
