package healthcheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/net/http2/hpack"

	"holdfast/healthcheck/reason"
)

// This file is as much of HTTP/2 (RFC 9113) as one request takes: a check opens a connection, asks one thing and goes.
// The package golang.org/x/net/http2 is a client for many requests, and what it takes from a server has other bounds.

// Bounds of what is taken from a server.
const (
	h2FrameLimit   = 16 << 10 // payload of a frame: nobody may send more unless we allow it (RFC 9113, 4.2)
	h2BlockLimit   = 32 << 10 // a block of fields as it is sent
	h2ControlLimit = 1000     // frames that bring nothing of the answer
)

// Types of frames, and their flags.
const (
	h2Data         = 0x0
	h2Headers      = 0x1
	h2Reset        = 0x3
	h2Settings     = 0x4
	h2Push         = 0x5
	h2Ping         = 0x6
	h2GoAway       = 0x7
	h2Window       = 0x8
	h2Continuation = 0x9

	h2Ack        = 0x1
	h2EndStream  = 0x1
	h2EndHeaders = 0x4
	h2Padded     = 0x8
	h2Priority   = 0x20
)

// h2Stream is the stream of the only request.
const h2Stream = 1

const h2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// h2Error says what a server did that ends an attempt.
type h2Error struct{ why reason.Reason }

func (e *h2Error) Error() string { return e.why.String() }

func h2Fault(format string, args ...any) error {
	return &h2Error{reason.Reason{Code: reason.HTTP2, Text: fmt.Sprintf(format, args...)}}
}

// h2Request is what is asked. Fields are those beside the four of every request, with names in small letters.
type h2Request struct {
	method, scheme, authority, path string
	fields                          []hpack.HeaderField
	body                            []byte // at most 16 KiB, nil for none
}

// h2Event is a part of the answer: fields, or bytes of the body.
type h2Event struct {
	fields []hpack.HeaderField // of the head, of an interim answer, or trailers
	data   []byte              // until the next call
	end    bool                // nothing follows
}

// h2Conn is a connection with one request.
type h2Conn struct {
	conn     net.Conn
	patience time.Duration // for each write
	decoder  *hpack.Decoder
	fields   []hpack.HeaderField
	left     int // bytes of fields that are still taken
	control  int
	payload  [h2FrameLimit]byte
}

// askH2 begins HTTP/2 on a connection and sends the request, all in one write.
func askH2(conn net.Conn, patience time.Duration, r h2Request) (*h2Conn, error) {
	c := &h2Conn{conn: conn, patience: patience}
	c.decoder = hpack.NewDecoder(4096, c.take)
	c.decoder.SetMaxStringLength(h2BlockLimit)
	out := []byte(h2Preface)
	//	ENABLE_PUSH = 0, MAX_HEADER_LIST_SIZE
	var settings [12]byte
	binary.BigEndian.PutUint16(settings[0:], 2)
	binary.BigEndian.PutUint16(settings[6:], 6)
	binary.BigEndian.PutUint32(settings[8:], headerLimit)
	out = append(h2Frame(out, h2Settings, 0, 0, len(settings)), settings[:]...)
	block := r.block()
	if len(block) > h2FrameLimit || len(r.body) > h2FrameLimit {
		return nil, h2Fault("request too long")
	}
	flags := byte(h2EndHeaders)
	if r.body == nil {
		flags |= h2EndStream
	}
	out = append(h2Frame(out, h2Headers, flags, h2Stream, len(block)), block...)
	if r.body != nil {
		out = append(h2Frame(out, h2Data, h2EndStream, h2Stream, len(r.body)), r.body...)
	}
	_, err := conn.Write(out)
	return c, err
}

// block is the request's fields in HPACK. It uses no table of its own making: there is one request.
func (r h2Request) block() []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	e.SetMaxDynamicTableSize(0)
	for _, f := range append([]hpack.HeaderField{{Name: ":method", Value: r.method}, {Name: ":scheme", Value: r.scheme},
		{Name: ":authority", Value: r.authority}, {Name: ":path", Value: r.path}}, r.fields...) {
		_ = e.WriteField(f) // into memory
	}
	return b.Bytes()
}

// h2Frame is out with the head of a frame behind it.
func h2Frame(out []byte, kind, flags byte, stream uint32, length int) []byte {
	out = append(out, byte(length>>16), byte(length>>8), byte(length), kind, flags)
	return binary.BigEndian.AppendUint32(out, stream)
}

// take is given each field of a block.
func (c *h2Conn) take(f hpack.HeaderField) {
	if c.left -= len(f.Name) + len(f.Value) + 32; c.left < 0 {
		// A field of the table may be sent again with one byte, thousands of times.
		c.fields = nil
		c.decoder.SetEmitEnabled(false)
		return
	}
	c.fields = append(c.fields, f)
}

// next is the next part of the answer.
func (c *h2Conn) next() (h2Event, error) {
	for {
		f, err := c.read()
		if err != nil {
			return h2Event{}, err
		}
		switch {
		case f.kind == h2Data && f.stream == h2Stream:
			if len(f.payload) > 0 || f.flags&h2EndStream != 0 {
				return c.data(f)
			}
		case f.kind == h2Headers && f.stream == h2Stream:
			return c.head(f)
		default:
			if err := c.housekeep(f); err != nil {
				return h2Event{}, err
			}
		}
		if c.control++; c.control > h2ControlLimit {
			return h2Event{}, h2Fault("more than %d frames without an answer", h2ControlLimit)
		}
	}
}

// A frame as it was read; its payload is there until the next one is.
type h2Read struct {
	kind, flags byte
	stream      uint32
	payload     []byte
}

func (c *h2Conn) read() (h2Read, error) {
	var head [9]byte
	if _, err := io.ReadFull(c.conn, head[:]); err != nil {
		return h2Read{}, h2Ended(err)
	}
	n := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
	f := h2Read{kind: head[3], flags: head[4], stream: binary.BigEndian.Uint32(head[5:]) & 0x7fffffff}
	if n > h2FrameLimit {
		// What speaks HTTP/1 has an 'H' there.
		if string(head[:5]) == "HTTP/" {
			return h2Read{}, h2Fault("the server speaks HTTP/1")
		}
		return h2Read{}, h2Fault("frame of %d bytes", n)
	}
	f.payload = c.payload[:n]
	if _, err := io.ReadFull(c.conn, f.payload); err != nil {
		return h2Read{}, h2Ended(err)
	}
	return f, nil
}

// h2Ended is an end of the stream, which in HTTP/2 is none of an answer.
func h2Ended(err error) error {
	if endOfStream(err) {
		return &h2Error{reason.Reason{Code: reason.Closed, Phase: reason.Reading}}
	}
	return err
}

// body is the payload of a frame without its padding.
func (f h2Read) body(dependency bool) ([]byte, error) {
	b, pad := f.payload, 0
	if f.flags&h2Padded != 0 {
		if len(b) == 0 {
			return nil, h2Fault("padding without its length")
		}
		pad, b = int(b[0]), b[1:]
	}
	if dependency && f.flags&h2Priority != 0 {
		if len(b) < 5 {
			return nil, h2Fault("priority without its bytes")
		}
		b = b[5:]
	}
	if pad > len(b) {
		return nil, h2Fault("more padding than bytes")
	}
	return b[:len(b)-pad], nil
}

// data gives the bytes of the body, and allows as many again.
func (c *h2Conn) data(f h2Read) (h2Event, error) {
	b, err := f.body(false)
	if err != nil {
		return h2Event{}, err
	}
	end := f.flags&h2EndStream != 0
	if n := len(f.payload); n > 0 && !end {
		out := make([]byte, 0, 26)
		for _, stream := range []uint32{0, h2Stream} {
			out = binary.BigEndian.AppendUint32(h2Frame(out, h2Window, 0, stream, 4), uint32(n))
		}
		if err := c.write(out); err != nil {
			return h2Event{}, err
		}
	}
	return h2Event{data: b, end: end}, nil
}

// head reads a block of fields to its end.
func (c *h2Conn) head(f h2Read) (h2Event, error) {
	c.fields, c.left = nil, headerLimit
	c.decoder.SetEmitEnabled(true)
	end, total := f.flags&h2EndStream != 0, 0
	part, err := f.body(true)
	for frames := 0; ; frames++ {
		if err != nil {
			return h2Event{}, err
		}
		if total += len(part); total > h2BlockLimit || frames > h2ControlLimit {
			return h2Event{}, &h2Error{reason.Reason{Code: reason.LongHeaders, Number: h2BlockLimit}}
		}
		if _, err := c.decoder.Write(part); err != nil {
			return h2Event{}, h2Fault("fields that cannot be read")
		}
		if f.flags&h2EndHeaders != 0 {
			break
		}
		if f, err = c.read(); err != nil {
			return h2Event{}, err
		}
		if f.kind != h2Continuation || f.stream != h2Stream {
			return h2Event{}, h2Fault("frame of type %d among fields", f.kind)
		}
		part = f.payload
	}
	if err := c.decoder.Close(); err != nil {
		return h2Event{}, h2Fault("fields that cannot be read")
	}
	if c.left < 0 {
		return h2Event{}, &h2Error{reason.Reason{Code: reason.LongHeaders, Number: headerLimit}}
	}
	return h2Event{fields: c.fields, end: end}, nil
}

// housekeep answers what is no part of the answer.
func (c *h2Conn) housekeep(f h2Read) error {
	switch f.kind {
	case h2Settings:
		if f.flags&h2Ack != 0 {
			return nil
		}
		if f.stream != 0 || len(f.payload)%6 != 0 {
			return h2Fault("settings that cannot be read")
		}
		return c.write(h2Frame(nil, h2Settings, h2Ack, 0, 0))
	case h2Ping:
		if f.flags&h2Ack != 0 {
			return nil
		}
		if f.stream != 0 || len(f.payload) != 8 {
			return h2Fault("ping that cannot be read")
		}
		return c.write(append(h2Frame(nil, h2Ping, h2Ack, 0, 8), f.payload...))
	case h2GoAway:
		if len(f.payload) < 8 {
			return h2Fault("farewell that cannot be read")
		}
		// What was asked before may still be answered.
		last, code := binary.BigEndian.Uint32(f.payload)&0x7fffffff, binary.BigEndian.Uint32(f.payload[4:])
		if code != 0 || last < h2Stream {
			return h2Fault("the server goes away with error %s", h2Code(code))
		}
	case h2Reset:
		if f.stream == h2Stream && len(f.payload) == 4 {
			return h2Fault("the request was reset with error %s", h2Code(binary.BigEndian.Uint32(f.payload)))
		}
	case h2Push, h2Continuation, h2Data, h2Headers:
		return h2Fault("frame of type %d that nobody asked for", f.kind)
	}
	return nil
}

// h2Code is an error code by its name (RFC 9113, 7).
func h2Code(code uint32) string {
	names := [...]string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
		"STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR",
		"ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}
	if int64(code) < int64(len(names)) {
		return names[code]
	}
	return fmt.Sprint(code)
}

func (c *h2Conn) write(b []byte) error {
	// Who reads nothing must not hold up who waits for its answer.
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.patience))
	_, err := c.conn.Write(b)
	return err
}

// h2Why is what a server did, if that is what an error says.
func h2Why(err error) (reason.Reason, bool) {
	var fault *h2Error
	if errors.As(err, &fault) {
		return fault.why, true
	}
	return reason.Reason{}, false
}

// field is the value of a field, "" without it.
func h2Field(fields []hpack.HeaderField, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
