package healthcheck

import (
	"context"
	"crypto/md5"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/reason"
)

// Genhash fetches the first URL of an HTTP_GET or SSL_GET as a check does and prints the digest that makes it pass,
// whatever its status is (semantics 10.23). What goes wrong is said in genhash's words: on out what the network does,
// on errs that there is no page. With verbose the page and the time it took are printed too.
func Genhash(ctx context.Context, k config.Checker, verbose bool, out, errs io.Writer) {
	begin := time.Now()
	p := printer{Writer: out, verbose: verbose}
	p.page(ctx, k, errs)
	if verbose {
		p.print("\nGlobal response time for [%s] = %d usecs\n", k.HTTP.URLs[0].Path, time.Since(begin).Microseconds())
	}
}

// printer writes what genhash says.
type printer struct {
	io.Writer
	verbose bool
	title   string // of the body, until it was written
}

func (p *printer) print(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// section begins a part of what verbose shows.
func (p *printer) section(title string) {
	const dashes = "-----------------------"
	p.print("%s[%s]%s\n", dashes, title, dashes)
}

// page fetches the page and prints its digest.
func (p *printer) page(ctx context.Context, k config.Checker, errs io.Writer) {
	conn, err := dial(ctx, k)
	if err != nil {
		p.print("%s\n", unconnectedWords(err, k.ConnectTimeout))
		return
	}
	defer closeQuietly(conn)
	_ = conn.SetDeadline(time.Now().Add(k.ConnectTimeout))
	stream, under := conn, &observed{Conn: conn}
	if k.Kind == config.CheckSSL {
		c := tls.Client(under, tlsConfig(Target{Checker: k}))
		// 2.2.7 has these words for every failure, and says them when the time is over.
		if err := c.HandshakeContext(ctx); err != nil {
			p.print("Timeout connecting\n")
			return
		}
		stream = c
	}
	if _, err := io.WriteString(stream, Request(k, 0)); err != nil {
		if timedOut(err) {
			p.print("Timeout WEB write\n")
			return
		}
		p.print("Cannot send get request to\n")
		return
	}
	r := response{digest: md5.New(), show: p.show}
	if why := p.read(&r, stream, conn, k); why != "" {
		p.print("%s\n", why)
		return
	}
	sum := r.digest.Sum(nil)
	// One that ended with close_notify, or came without TLS.
	orderly := k.Kind == config.CheckHTTP || !under.ended
	if p.verbose && orderly {
		p.print("\n")
		p.section("    HTML hash resulting    ")
		p.dump(sum)
		p.section(" HTML hash final resulting ")
	}
	switch {
	case r.total == 0 && orderly && k.Kind == config.CheckSSL:
		p.print("SSL read error from\n")
	case !r.headersDone:
		fmt.Fprintln(errs, "no data received from remote webserver")
	default:
		p.print("%x\n", sum)
	}
}

// observed is a connection that knows whether it has ended: below TLS, which may have said its end before.
type observed struct {
	net.Conn
	ended bool
}

func (o *observed) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	o.ended = o.ended || err != nil
	return n, err
}

func unconnectedWords(err error, limit time.Duration) string {
	why, note := unconnected(err, limit)
	switch {
	case why.Code == reason.NotTried:
		return note
	case why.Code == reason.NoAnswer:
		return "Timeout connecting"
	case connecting(err):
		return "HTTP_CHECK - network unreachable"
	}
	return "Connection failed"
}

// read reads to the end of the stream, and says why it did not get there.
func (p *printer) read(r *response, stream io.Reader, conn net.Conn, k config.Checker) string {
	buf := make([]byte, 4095) // as 2.2.7, whose dump begins anew with each read
	for {
		_ = conn.SetReadDeadline(time.Now().Add(k.ConnectTimeout))
		n, err := stream.Read(buf)
		if n > 0 {
			if p.verbose && !r.headersDone {
				p.section("    HTTP Header Buffer    ")
			}
			p.title = "        HTML Buffer        "
			if r.headersDone {
				p.title = ""
			}
			if !r.take(buf[:n]) {
				return "Page too large for a check"
			}
		}
		switch {
		case err == nil:
		// A reset is an end too when it comes over TLS.
		case endOfStream(err), k.Kind == config.CheckSSL && !timedOut(err):
			return ""
		case !timedOut(err):
			return "Read error with"
		case k.Kind == config.CheckSSL:
			return "Timeout SSL read"
		case r.total == 0:
			return "Timeout WEB read"
		default:
			return "Timeout HTTP read"
		}
	}
}

// show prints the headers, or a piece of the body.
func (p *printer) show(head, body []byte) {
	if !p.verbose {
		return
	}
	if head != nil {
		p.dump(head)
		p.section(" HTTP Header Ascii Buffer ")
		// It is a string of C there.
		p.print("%s\n", cString(head))
		return
	}
	if p.title != "" {
		p.section(p.title)
		p.title = ""
	}
	p.dump(body)
}

// cString is what is before the first NUL.
func cString(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

// dump writes bytes in rows of sixteen: the number of the first, each in hex, and what can be printed.
func (p *printer) dump(b []byte) {
	for at := 0; at < len(b); at += 16 {
		row := b[at:min(at+16, len(b))]
		p.print("%04d ", at)
		var text [16]byte
		for i := range text {
			text[i] = ' '
			switch {
			case i >= len(row):
				p.print("   ")
			default:
				p.print(" %02x", row[i])
				text[i] = '.'
				if row[i] >= ' ' && row[i] < 0x7f {
					text[i] = row[i]
				}
			}
			if i == 7 {
				p.print(" -")
			}
		}
		p.print("   %s\n", text[:])
	}
}
