package reason

import (
	"strconv"
	"time"
)

// String is the reason in words, without a full stop: "status 404 where 200 is wanted".
func (r Reason) String() string {
	switch r.Code {
	case None, codes:
		return ""
	case Refused:
		return "connection refused"
	case Unreachable:
		return r.Text
	case Prohibited:
		return r.Text + ": prohibit route or firewall"
	case Blackhole:
		return r.Text + ": blackhole route"
	case NotConnected, NotTried, NotRun:
		return r.Text
	case NoAnswer, NotClosed, TooSlow, Reset, Closed, Lost:
		return r.broken()
	case Handshake:
		return "TLS handshake failed: " + r.Text
	case Untrusted:
		return "certificate not trusted: " + r.Text
	case LongHeaders:
		return "headers longer than " + size(r.Number)
	case LongBody:
		return "body longer than " + size(r.Number)
	case NoRoom:
		return "no room to search the page" + within(r.Limit)
	}
	return r.verdict()
}

// broken words a connection that did not come to its end.
func (r Reason) broken() string {
	switch r.Code {
	case NoAnswer:
		return [...]string{"no answer", "no answer to the TLS handshake", "request not taken", "no answer to the request",
			"answer not complete and nothing more of it"}[r.Phase] + within(r.Limit)
	case NotClosed:
		return "answer complete, but connection not closed" + within(r.Limit)
	case TooSlow:
		return "answer not complete" + within(r.Limit)
	case Reset:
		return "connection reset" + r.Phase.words()
	case Closed:
		return "connection closed" + r.Phase.words()
	}
	return "connection lost" + r.Phase.words() + ": " + r.Text
}

// verdict words what an answer or a script had to say.
func (r Reason) verdict() string {
	switch r.Code {
	case Status:
		if r.Number == 0 {
			return "no status in " + strconv.Quote(r.Text) + " where " + r.Want + " is wanted"
		}
		return "status " + strconv.Itoa(r.Number) + " where " + r.Want + " is wanted"
	case SeveralLines:
		return "reply of several lines where one with " + r.Want + " is wanted"
	case LongLine:
		return "line longer than " + size(r.Number)
	case ResponseCode:
		return "answered with response code " + strconv.Itoa(r.Number)
	case Digest:
		return "digest " + r.Text + " where " + r.Want + " is wanted"
	case Length:
		return "answer of " + strconv.Itoa(r.Number) + " bytes where " + r.Want + " are wanted"
	case OtherReply:
		return "another answer than is wanted, from byte " + strconv.Itoa(r.Number) + " on"
	case NotFound:
		return "pattern not found"
	case Found:
		return "pattern found that must not be there"
	case SearchTime:
		return "pattern search took longer than " + span(r.Limit)
	case BadPattern:
		return "the pattern cannot be used"
	case Exited:
		return "exited with status " + strconv.Itoa(r.Number)
	case Killed:
		return "due to signal " + strconv.Itoa(r.Number)
	case HTTP2:
		return "HTTP/2: " + r.Text
	case GRPCStatus:
		return "gRPC status " + strconv.Itoa(r.Number) + " " + r.Text
	case Unhealthy:
		return "its health is " + r.Text
	case FileNumber:
		return "the number in the file is " + strconv.Itoa(r.Number)
	case ScriptTime:
		return "not ended" + within(r.Limit)
	}
	return r.Code.String()
}

func (p Phase) words() string {
	return [...]string{"", " in the TLS handshake", " before the request was sent", " before an answer",
		" before the answer was complete"}[p]
}

func within(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return " within " + span(d)
}

// span is a time in seconds: "1 s", "0.25 s".
func span(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

// size is a number of bytes that is a round one.
func size(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.Itoa(n>>20) + " MiB"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.Itoa(n>>10) + " KiB"
	}
	return strconv.Itoa(n) + " bytes"
}
