package config

import "fmt"

// HTTPCheck is what an HTTP_GET or SSL_GET fetches, and how.
type HTTPCheck struct {
	Host         string // Host header when the URL has none; "" = address:port
	Protocol     string // "1.0", "1.0C", "1.1", "2"
	EnableSNI    bool
	SNIName      string
	FastRecovery bool
	TLSCompliant bool // SSL_GET: end TLS with close_notify
	URLs         []URL
	AuthFile     string   // "user:password" of basic authentication, "" for none
	HeadersFile  string   // more headers of each request, "" for none
	Headers      []Header // what is in the two files; for nobody's eyes
}

// Header is a header of a request. Its value may be a secret.
type Header struct{ Name, Value string }

// String keeps what is secret out of texts.
func (h Header) String() string { return h.Name + ": REDACTED" }

// GoString is as String.
func (h Header) GoString() string { return h.String() }

// URL is one url block of an HTTP_GET or SSL_GET.
type URL struct {
	Path         string
	Host         string
	Digest       [16]byte
	HasDigest    bool
	Status       StatusSet
	Regex        string
	RegexNoMatch bool
	RegexOptions []string
	RegexMin     int
	RegexMax     int // 0 = no limit
	RegexStack   RegexStack
	TLSCompliant bool // SSL_GET
}

// RegexStack is the memory of the matcher in bytes, 0, 0 for the library's own.
type RegexStack struct{ Start, Max uint32 }

// StatusSet is a set of HTTP status codes as inclusive ranges.
type StatusSet [][2]uint16

// String lists codes and ranges as they are written in status_code.
func (s StatusSet) String() string {
	out := ""
	for i, r := range s {
		if i > 0 {
			out += " "
		}
		if r[0] == r[1] {
			out += fmt.Sprint(r[0])
		} else {
			out += fmt.Sprintf("%d-%d", r[0], r[1])
		}
	}
	return out
}
