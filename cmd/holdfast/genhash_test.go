package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A page is a server that says the same to everybody, in pieces, and writes the requests down.
type page struct {
	net.Listener
	pieces []string
	tls    *tls.Config

	mu       sync.Mutex
	requests []string
}

// Pieces of a page that are no text.
const (
	silence = "silence" // until the client gives up
	rst     = "reset"
)

func serve(t *testing.T, addr string, secure bool, pieces ...string) *page {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{Listener: l, pieces: pieces}
	if secure {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(5), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		p.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.talk(c)
		}
	}()
	return p
}

func (p *page) talk(raw net.Conn) {
	defer raw.Close()
	c := raw
	if p.tls != nil {
		c = tls.Server(raw, p.tls)
	}
	in := bufio.NewReader(c)
	asked := ""
	for !strings.HasSuffix(asked, "\r\n\r\n") {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		asked += line
	}
	if t, ok := c.(*tls.Conn); ok {
		asked = "SNI " + strconv.Quote(t.ConnectionState().ServerName) + " " + asked
	}
	p.mu.Lock()
	p.requests = append(p.requests, asked)
	p.mu.Unlock()
	for i, text := range p.pieces {
		switch text {
		case silence:
			_, _ = in.ReadByte()
			return
		case rst:
			time.Sleep(50 * time.Millisecond) // what was said before shall be read before
			_ = raw.(*net.TCPConn).SetLinger(0)
			return
		}
		if i > 0 {
			time.Sleep(50 * time.Millisecond) // a read of its own
		}
		_, _ = c.Write([]byte(text))
	}
	c.Close()
}

// asked are the requests since it was last called.
func (p *page) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.requests
	p.requests = nil
	return all
}

// told is what a program printed and how it ended, without how long it took.
type told struct {
	status      int
	out, errors string
	asked       string
}

var took = regexp.MustCompile(`= \d+ usecs`)

// tell runs genhash of either make, under that name.
func tell(t *testing.T, program string, p *page, args ...string) told {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Args[0] = "genhash"
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return told{cmd.ProcessState.ExitCode(), took.ReplaceAllString(out.String(), "= N usecs"), errs.String(),
		fmt.Sprintf("%q", p.asked())}
}

// TestSemantics10_23_Genhash holds genhash beside keepalived's, byte for byte.
func TestSemantics10_23_Genhash(t *testing.T) {
	theirs, err := exec.LookPath("genhash")
	if err != nil {
		t.Fatal(err)
	}
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct {
		name   string
		addr   string
		secure bool
		pieces []string
		args   string // $ is the address and port of the server
	}{
		{name: "plain", pieces: []string{ok + "\r\nabc"}},
		{name: "IPv6", addr: "[::1]:0", pieces: []string{ok + "\r\nabc"}},
		{name: "status 404", pieces: []string{"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc"}},
		{name: "not HTTP", pieces: []string{"220 mail\r\n\r\nabc"}},
		{name: "no body", pieces: []string{ok + "\r\n"}},
		{name: "nothing", pieces: []string{}},
		{name: "no end of headers", pieces: []string{"hello"}},
		{name: "LF only", pieces: []string{"HTTP/1.1 200 OK\n\nabc"}},
		{name: "chunked", pieces: []string{ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}},
		{name: "longer than announced", pieces: []string{ok + "Content-Length: 3\r\n\r\nab", "cdef", "ghi"}},
		{name: "announced as nothing", pieces: []string{ok + "Content-Length: 0\r\n\r\nabc"}},
		{name: "in pieces", pieces: []string{ok, "A: b\r\n\r", "\n", "abc", strings.Repeat("x", 4000)}},
		{name: "large", pieces: []string{ok + "\r\n" + strings.Repeat("0123456789abcdef", 750)}},
		{name: "bytes", pieces: []string{ok + "A: \x01b\x00\xe4\x7f\r\n\r\n\x00\xff~\x7f "}},
		{name: "reset", pieces: []string{ok + "\r\nabc", rst}},
		{name: "reset at once", pieces: []string{rst}},
		{name: "silent", pieces: []string{silence}, args: "-t 1"},
		{name: "silent in the headers", pieces: []string{ok, silence}, args: "-t 1"},
		{name: "not closed", pieces: []string{ok + "\r\nabc", silence}, args: "-t 1"},
		{name: "TLS", secure: true, pieces: []string{ok + "\r\nabc"}, args: "-S"},
		{name: "TLS in pieces", secure: true, pieces: []string{ok + "Content-Length: 4\r\n\r\nabc", "def"}, args: "-S"},
		{name: "TLS with name", secure: true, pieces: []string{ok + "\r\nabc"}, args: "-S -I -V name.example"},
		{name: "TLS without name", secure: true, pieces: []string{ok + "\r\nabc"}, args: "-S -I"},
		{name: "TLS, name of the page only", secure: true, pieces: []string{ok + "\r\nabc"}, args: "--use-ssl -V name.example"},
		{name: "TLS, reset", secure: true, pieces: []string{ok + "\r\nabc", rst}, args: "-S"},
		{name: "TLS, reset at once", secure: true, pieces: []string{rst}, args: "-S"},
		{name: "TLS, nothing", secure: true, pieces: []string{}, args: "-S"},
		{name: "TLS, silent", secure: true, pieces: []string{silence}, args: "-S -t 1"},
		{name: "TLS, not closed", secure: true, pieces: []string{ok + "\r\nabc", silence}, args: "-S -t 1"},
		{name: "no TLS there", pieces: []string{"no TLS\r\n"}, args: "-S -t 1"},
		{name: "1.1", pieces: []string{ok + "\r\nabc"}, args: "-P 1.1"},
		{name: "1.0c", pieces: []string{ok + "\r\nabc"}, args: "--protocol 1.0c -V name.example"},
		{name: "1.0C", pieces: []string{ok + "\r\nabc"}, args: "--prot=1.0C --use-v name.example:80"},
		{name: "mark", pieces: []string{ok + "\r\nabc"}, args: "-m 7"},
		{name: "mark cut off", pieces: []string{ok + "\r\nabc"}, args: "-m 4294967296"},
		{name: "long timeout", pieces: []string{ok + "\r\nabc"}, args: "-t 99999999"},
		{name: "path without slash", pieces: []string{ok + "\r\nabc"}, args: "-u x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.addr == "" {
				c.addr = "127.0.0.1:0"
			}
			p := serve(t, c.addr, c.secure, c.pieces...)
			host, port, _ := net.SplitHostPort(p.Addr().String())
			args := append([]string{"-s", host, "-p", port, "-u", "/a?b"}, strings.Fields(c.args)...)
			for _, more := range [][]string{nil, {"-v"}} {
				all := append(args, more...)
				want, got := tell(t, theirs, p, all...), tell(t, program(t), p, all...)
				if got != want {
					t.Errorf("%q\n got %+v\nwant %+v", all, got, want)
				}
			}
		})
	}
}

// TestSemantics10_23_GenhashCalled holds what is said of the options beside keepalived's.
func TestSemantics10_23_GenhashCalled(t *testing.T) {
	theirs, err := exec.LookPath("genhash")
	if err != nil {
		t.Fatal(err)
	}
	p := serve(t, "127.0.0.1:0", false, "HTTP/1.0 200 OK\r\n\r\nabc")
	_, port, _ := net.SplitHostPort(p.Addr().String())
	good := "-s 127.0.0.1 -u / -p " + port + " "
	for _, line := range []string{
		"", "-h", "--help", "-s", "-x", "-s 127.0.0.1", good + "-h", good + "-hv", good + "-x -y", good + "-x extra", good + "extra more",
		good + "-- -v", good + "-p 0", good + "-p 65536", good + "-p 0x50", good + "-p -1", good + "-p", good + "-p abc -t abc",
		good + "-p 0" + port, good + "-p +" + port, good + "-P 2", good + "-P 1.0cc", good + "-P", good + "-P 1",
		good + "-m -1", good + "-m 0x10", good + "-m abc", good + "-m 0", good + "-t 1.5", good + "-t -1", good + "-t 010",
		good + "-s localhost", good + "-s 127.1", good + "-s 127.0.0.01", good + "-s ::1%lo", good + "-sp", good + "-s 1 -h", good + "-x -p 0",
		good + "--use", good + "--u /", good + "--use-ssl=1", good + "--foo=1", good + "-I -V",
		"--server=127.0.0.1 --port=" + port + " --url=/", "--serv 127.0.0.1 --po " + port + " --ur /", "-vs127.0.0.1 -u/ -p" + port,
		"-s 127.0.0.1 -p 1 -u /", "-S -s 127.0.0.1 -p 1 -u / -v",
	} {
		args := strings.Fields(line)
		want, got := tell(t, theirs, p, args...), tell(t, program(t), p, args...)
		if got != want {
			t.Errorf("%s\n got %+v\nwant %+v", line, got, want)
		}
	}
}

// The name of the program, the option of keepalived and the subcommand are the same thing.
func TestGenhashByEitherName(t *testing.T) {
	p := serve(t, "127.0.0.1:0", false, "HTTP/1.0 200 OK\r\n\r\nabc")
	_, port, _ := net.SplitHostPort(p.Addr().String())
	const sum = "900150983cd24fb0d6963f7d28e17f72\n"
	for _, c := range []struct {
		name  string
		first []string
		usage string
	}{
		{"genhash", nil, "genhash"}, {"/usr/bin/genhash", nil, "/usr/bin/genhash"},
		{"keepalived", []string{"-T"}, "keepalived --genhash"}, {"holdfast", []string{"--genhash"}, "holdfast --genhash"},
		{"holdfast", []string{"genhash"}, "holdfast genhash"},
	} {
		args := append(c.first, "-s", "127.0.0.1", "-p", port, "-u", "/")
		if status, out, errs := holdfast(t, c.name, args...); status != 0 || out != sum || errs != "" {
			t.Errorf("%s %q: status %d, %q, %q", c.name, args, status, out, errs)
		}
		status, out, errs := holdfast(t, c.name, append(c.first, "-s", "x")...)
		if want := "server should be an IP, not x\nUsage: " + c.usage + " COMMAND [OPTIONS]\n"; status != 1 || out != "" ||
			!strings.HasPrefix(errs, want) {
			t.Errorf("%s %q: status %d, %q, %q", c.name, args, status, out, errs)
		}
	}
	if status, out, _ := holdfast(t, "keepalived", "-Ts", "127.0.0.1", "-p", port, "-u", "/"); status != 0 || out != sum {
		t.Errorf("-Ts: status %d, %q", status, out)
	}
	if status, _, errs := holdfast(t, "holdfast", "-n", "-T"); status != 1 || !strings.Contains(errs, "-T has to be the first option") {
		t.Errorf("-n -T: status %d, %q", status, errs)
	}
}
