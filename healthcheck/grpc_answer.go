package healthcheck

import (
	"encoding/binary"
	"net/url"
	"strconv"

	"golang.org/x/net/http2/hpack"

	"holdfast/healthcheck/reason"
)

// healthLimit is the longest message about health: its only known field takes two bytes.
const healthLimit = 1 << 10

// grpcAnswer is what a call came to, as far as it has come.
type grpcAnswer struct {
	head, trailers []hpack.HeaderField
	body           []byte
	early          int // answers before the answer
}

func (a *grpcAnswer) phase() reason.Phase {
	if a.head == nil {
		return reason.Waiting
	}
	return reason.Reading
}

// take adds a part of the answer.
func (a *grpcAnswer) take(e h2Event) reason.Reason {
	switch {
	case e.fields != nil && a.head == nil && interim(e):
		if a.early++; a.early > h2ControlLimit {
			return reason.Reason{Code: reason.HTTP2, Text: "too many answers before the answer"}
		}
	case e.fields != nil && a.head == nil:
		a.head = e.fields
	case e.fields != nil:
		a.trailers = e.fields
		if !e.end {
			return reason.Reason{Code: reason.HTTP2, Text: "fields in the middle of a body"}
		}
	case a.head == nil:
		return reason.Reason{Code: reason.HTTP2, Text: "a body without a head"}
	case len(a.body)+len(e.data) > healthLimit:
		return reason.Reason{Code: reason.LongBody, Number: healthLimit}
	default:
		a.body = append(a.body, e.data...)
	}
	return reason.Reason{}
}

// judge looks at a whole answer: that of HTTP, that of the call, and the health.
func (a *grpcAnswer) judge() reason.Reason {
	// A call that fails at once has only a head.
	status := h2Field(a.trailers, "grpc-status")
	message := h2Field(a.trailers, "grpc-message")
	if a.trailers == nil {
		status, message = h2Field(a.head, "grpc-status"), h2Field(a.head, "grpc-message")
	}
	if got := h2Field(a.head, ":status"); got != "200" {
		n, _ := strconv.ParseUint(got, 10, 10) // what is no number leaves 0, and is quoted
		return reason.Reason{Code: reason.Status, Number: int(n), Text: got[:min(len(got), 40)], Want: "200"}
	}
	code, err := strconv.ParseUint(status, 10, 31)
	switch {
	case err != nil:
		return reason.Reason{Code: reason.HTTP2, Text: "the answer has no gRPC status"}
	case code != 0:
		return reason.Reason{Code: reason.GRPCStatus, Number: int(code), Text: grpcCode(code, message)}
	}
	health, ok := healthOf(a.body)
	switch {
	case !ok:
		return reason.Reason{Code: reason.HTTP2, Text: "the answer is no message about health"}
	case health != 1:
		return reason.Reason{Code: reason.Unhealthy, Number: int(min(health, 1<<20)), Text: healthText(health)}
	}
	return reason.Reason{}
}

// grpcCode is a status in words, with what the server says of it.
func grpcCode(code uint64, message string) string {
	names := [...]string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
		"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
		"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}
	text := ""
	if code < uint64(len(names)) {
		text = names[code]
	}
	if message == "" {
		return text
	}
	if plain, err := url.PathUnescape(message); err == nil {
		message = plain
	}
	const most = 80
	return text + " " + strconv.Quote(message[:min(len(message), most)])
}

// healthText is a ServingStatus in words.
func healthText(health uint64) string {
	names := [...]string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}
	if health < uint64(len(names)) {
		return names[health]
	}
	return strconv.FormatUint(health, 10)
}

// healthOf reads the status of a HealthCheckResponse, 0 where it says none; ok is false for what is none.
func healthOf(body []byte) (health uint64, ok bool) {
	// One message, and not compressed: we did not say that we could read that.
	if len(body) < 5 || body[0] != 0 || int64(binary.BigEndian.Uint32(body[1:])) != int64(len(body)-5) {
		return 0, false
	}
	for b := body[5:]; len(b) > 0; {
		tag, n := binary.Uvarint(b)
		if n <= 0 || tag>>3 == 0 {
			return 0, false
		}
		b = b[n:]
		value, size := wireValue(b, tag&7)
		if size < 0 {
			return 0, false
		}
		// Of a field that is there twice the last one counts.
		if tag == 1<<3 {
			health = value
		}
		b = b[size:]
	}
	return health, true
}

// wireValue is the value of a field of protobuf and how many bytes it takes; -1 if there are none such.
func wireValue(b []byte, kind uint64) (value uint64, size int) {
	take := func(n int) (uint64, int) {
		if n > len(b) {
			return 0, -1
		}
		return 0, n
	}
	switch kind {
	case 0:
		if value, size = binary.Uvarint(b); size > 0 {
			return value, size
		}
	case 1:
		return take(8)
	case 2:
		length, n := binary.Uvarint(b)
		if n > 0 && length <= uint64(len(b)-n) {
			return 0, n + int(length)
		}
	case 5:
		return take(4)
	}
	return 0, -1
}
