package healthcheck

import (
	"bytes"
	"hash"
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
	length      int64 // Content-Length, -1 when none
	body        int64 // bytes of body so far
	total       int64 // bytes so far
	digest      hash.Hash
	searchLimit int
	// search is what a regex looks at: the body, with the headers in front of it when
	// body bytes came in the same read as the end of the headers (semantics 10.18).
	search []byte
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
	r.length = contentLength(r.head[:end])
	rest := r.head[end:]
	if len(rest) > 0 && r.searchLimit > 0 {
		r.search = append(r.search, r.head[:end]...)
	}
	r.head = nil
	return r.takeBody(rest)
}

func (r *response) takeBody(p []byte) bool {
	if r.digest != nil {
		d := p
		if r.length >= 0 {
			d = d[:min(int64(len(d)), max(r.length-r.body, 0))]
		}
		r.digest.Write(d)
	}
	if room := r.searchLimit - len(r.search); room > 0 {
		r.search = append(r.search, p[:min(len(p), room)]...)
	}
	r.body += int64(len(p))
	return r.body <= bodyLimit
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
	if len(rest) > 3 && digit(rest[3]) {
		return 0
	}
	return int(rest[0]-'0')*100 + int(rest[1]-'0')*10 + int(rest[2]-'0')
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// contentLength is the value of the first Content-Length header that is a number, -1
// when there is none.
func contentLength(head []byte) int64 {
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(bytes.TrimSpace(name), []byte("content-length")) {
			continue
		}
		if n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}
