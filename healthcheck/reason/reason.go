// Package reason says why an attempt of a check failed, or why it could not be made: a code
// with what belongs to it, found where the attempt is made and worded here alone. Log lines,
// the dump and whatever else tells why a server is down have their words from here.
package reason

import "time"

// A Code is what went wrong.
type Code uint8

// Codes. NotTried and NoRoom are about this host: such an attempt counts as nothing.
const (
	None         Code = iota
	Refused           // the port refuses connections
	Unreachable       // no way there; Errno and Text tell which kind
	Prohibited        // a route or a firewall forbids it; Errno and Text
	Blackhole         // the route throws everything away; Errno and Text
	NotConnected      // connecting failed otherwise; Text
	NoAnswer          // silence for Limit, in Phase
	NotClosed         // a whole answer, but the connection stays open for Limit
	TooSlow           // no end of the answer within Limit
	Reset             // the other side ended the connection with a reset, in Phase
	Closed            // the other side closed the connection too early, in Phase
	Lost              // reading or writing failed otherwise, in Phase; Text
	Handshake         // TLS could not agree; Text
	Untrusted         // the certificate is not one that is to be trusted; Text
	LongHeaders       // more than Number bytes of them
	LongBody          // more than Number bytes of it
	Status            // Number is not in Want; without a status Number is 0 and Text how the answer begins
	SeveralLines      // a reply of several lines, which is not Want
	LongLine          // a line of more than Number bytes
	ResponseCode      // a name server answered with Number
	Digest            // Text is not Want
	Length            // the answer has Number bytes, which are not Want
	OtherReply        // the answer differs at byte Number from what it has to be
	NotFound          // the pattern does not match
	Found             // the pattern matches and must not
	SearchTime        // the search of the pattern took longer than Limit
	BadPattern        // the pattern cannot be used
	Exited            // the script ended with Number
	Killed            // the script was ended by signal Number
	ScriptTime        // the script did not end within Limit
	HTTP2             // no HTTP/2 as it is to be; Text
	GRPCStatus        // the call of a gRPC server ended with Number; Text
	Unhealthy         // a gRPC server says of itself Number; Text
	FileNumber        // a track_file has Number
	NotRun            // the script could not be run; Text
	NotTried          // this host could not try; Text, and Errno where there is one
	NoRoom            // no room to search the page within Limit
	codes             // how many there are
)

// String is the name of the code for machines, such as "no_answer". It does not change.
func (c Code) String() string {
	if c >= codes {
		return "unknown"
	}
	return [codes]string{
		"none", "refused", "unreachable", "prohibited", "blackhole", "not_connected", "no_answer",
		"not_closed", "too_slow", "reset",
		"closed", "lost", "tls_handshake", "untrusted", "long_headers", "long_body", "status", "several_lines", "long_line",
		"response_code",
		"digest",
		"length", "other_reply", "pattern_not_found", "pattern_found",
		"pattern_time", "bad_pattern", "exit_status", "signal", "script_time", "http2", "grpc_status",
		"unhealthy", "file_number", "not_run", "not_tried",
		"no_room",
	}[c]
}

// A Phase is how far an attempt had come.
type Phase uint8

// Phases, in order.
const (
	Connecting Phase = iota
	Negotiating
	Asking  // the request is being sent
	Waiting // nothing of the answer has come
	Reading // a part of the answer has come
)

// A Reason is a code with what belongs to it; the zero Reason is none. Reasons are
// compared with Same.
type Reason struct {
	Code  Code
	Phase Phase
	Errno int // as the kernel numbers it, 0 when there is none
	// Number is the status of an answer, the exit status or the signal of a script, or a limit in bytes.
	Number int
	// Limit is the time that was over.
	Limit time.Duration
	// Text is what was found, Want what was to be found.
	Text, Want string
}

// Same reports whether the two name the same trouble, although texts, which servers choose,
// may differ.
func (r Reason) Same(o Reason) bool {
	return r.Code == o.Code && r.Phase == o.Phase && r.Errno == o.Errno && r.Number == o.Number
}
