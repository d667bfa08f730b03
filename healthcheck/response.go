package healthcheck

import (
	"bytes"
	"hash"
	"iter"
	"strconv"
)

const (
	headerLimit = 64 << 10  // bytes of status line and headers
	bodyLimit   = 256 << 20 // bytes of body
	searchLimit = 1 << 20   // bytes a regex looks at
)

// response takes the bytes of an answer in the pieces they arrive in and keeps no more
// than it has to: the headers until they are complete, and what a regex will see.
type response struct {
	head        []byte // status line and headers, until they are complete
	headersDone bool
	status      int
	begins      string  // how it begins, when that is no status
	length      int64   // Content-Length, -1 when none
	announced   int64   // the same as keepalived reads it, which is what digests count
	chunks      *chunks // nil unless the body comes in chunks
	body        int64   // bytes of body so far
	total       int64   // bytes so far
	digest      hash.Hash
	searchLimit int
	// search is what a regex looks at: the body, with the headers in front of it when
	// body bytes came in the same read as the end of the headers (semantics 10.18).
	search []byte
	// show is told of the headers, once, and of each piece of the body as far as it counts for
	// the digest; may be nil.
	show func(head, body []byte)
}

// take adds one read. It returns false when the answer is larger than we are willing
// to read.
func (r *response) take(p []byte) bool {
	r.total += int64(len(p))
	if r.headersDone {
		return r.takeBody(p)
	}
	// The empty line may have begun in the read before.
	from := max(len(r.head)-3, 0)
	r.head = append(r.head, p...)
	i := bytes.Index(r.head[from:], []byte("\r\n\r\n"))
	if i < 0 {
		return len(r.head) <= headerLimit
	}
	end := from + i + 4
	if end > headerLimit {
		return false
	}
	r.headersDone = true
	r.status = statusOf(r.head)
	if r.status == 0 {
		line, _, _ := bytes.Cut(r.head, []byte("\r\n"))
		r.begins = string(line[:min(len(line), 40)])
	}
	r.length, r.announced = contentLength(r.head[:end]), announced(r.head[:end])
	if chunked(r.head[:end]) {
		r.chunks = &chunks{}
	}
	if r.show != nil {
		r.show(r.head[:end], nil)
	}
	rest := r.head[end:]
	if len(rest) > 0 && r.searchLimit > 0 {
		r.search = append(r.search, r.head[:end]...)
	}
	// The headers were all that is needed: many answers are read at once.
	r.head = nil
	return r.takeBody(rest)
}

func (r *response) takeBody(p []byte) bool {
	if r.digest != nil {
		d := p
		if r.announced >= 0 {
			// Up to Content-Length only (semantics 10.3).
			d = d[:min(int64(len(d)), max(r.announced-r.body, 0))]
		}
		r.digest.Write(d)
		if r.show != nil && len(d) > 0 {
			r.show(nil, d)
		}
	}
	if room := r.searchLimit - len(r.search); room > 0 {
		r.search = append(r.search, p[:min(len(p), room)]...)
	}
	if r.chunks != nil {
		r.chunks.take(p)
	}
	r.body += int64(len(p))
	return r.body <= bodyLimit
}

// whole reports whether the answer is complete by what it says of itself: its last chunk
// or as many bytes as announced were read, or its status has no body.
func (r *response) whole() bool {
	switch {
	case !r.headersDone:
		return false
	case r.chunks != nil:
		return r.chunks.ended()
	case r.length >= 0:
		return r.body >= r.length
	}
	return r.status == 204 || r.status == 304
}

// statusOf is the status of "HTTP/x.y NNN...", 0 for anything else, such as
// "HTTP/2 200" (semantics 10.17).
func statusOf(head []byte) int {
	rest, ok := bytes.CutPrefix(head, []byte("HTTP/"))
	if !ok || len(rest) < 7 || !digit(rest[0]) || rest[1] != '.' || !digit(rest[2]) || rest[3] != ' ' {
		return 0
	}
	rest = rest[4:]
	for i := range 3 {
		if !digit(rest[i]) {
			return 0
		}
	}
	// `HTTP/1.1 2000`: the number goes on.
	if len(rest) > 3 && digit(rest[3]) {
		return 0
	}
	return int(rest[0]-'0')*100 + int(rest[1]-'0')*10 + int(rest[2]-'0')
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// contentLength is the value of the first Content-Length header that is a number, -1
// when there is none.
func contentLength(head []byte) int64 {
	for value := range headers(head, "content-length") {
		if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

// announced is the Content-Length that 2.2.7 finds: the first place with that word in capitals, wherever
// it stands, and -1 when no plain number follows it up to the end of the line. Digests in files were made with it.
func announced(head []byte) int64 {
	_, rest, ok := bytes.Cut(head, []byte("Content-Length:"))
	if !ok {
		return -1
	}
	value, _, _ := bytes.Cut(bytes.TrimLeft(rest, " \t"), []byte("\r"))
	n, err := strconv.ParseInt(string(bytes.TrimPrefix(value, []byte("+"))), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// chunked reports whether the body comes in chunks.
func chunked(head []byte) bool {
	for value := range headers(head, "transfer-encoding") {
		// `gzip, chunked`: the last coding is the one on the wire.
		last := value[bytes.LastIndexByte(value, ',')+1:]
		if bytes.EqualFold(bytes.TrimSpace(last), []byte("chunked")) {
			return true
		}
	}
	return false
}

// headers are the values of the headers with a name, without blanks around them.
func headers(head []byte, name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.SplitSeq(head, []byte("\r\n")) {
			n, value, ok := bytes.Cut(line, []byte(":"))
			if ok && bytes.EqualFold(bytes.TrimSpace(n), []byte(name)) && !yield(bytes.TrimSpace(value)) {
				return
			}
		}
	}
}
