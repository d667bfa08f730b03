package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/healthcheck"
)

// genhashName is the name under which the program is genhash and nothing else, as keepalived's is.
const genhashName = "genhash"

// genhashArgs tells whether a command line asks for genhash: by the name of the program, or by -T in front of all
// other options. called is the program as usage names it.
func genhashArgs(args []string) (called string, rest []string, ok bool) {
	if filepath.Base(args[0]) == genhashName {
		return args[0], args[1:], true
	}
	if len(args) < 2 {
		return "", nil, false
	}
	called = args[0] + " --genhash"
	first, found := strings.CutPrefix(args[1], "-T")
	switch {
	case args[1] == "--genhash", found && first == "":
		return called, args[2:], true
	case found: // -Ts 192.0.2.1
		return called, append([]string{"-" + first}, args[2:]...), true
	}
	return "", nil, false
}

// genhashOptions is the table of genhash's options; their set functions are in hashRequest.take.
func genhashOptions() []option {
	return []option{
		{short: 'S', long: "use-ssl", help: "Use SSL connection to remote server."},
		{short: 'I', long: "use-sni", help: "Use SNI during SSL handshake (uses virtualhost setting; see -V)."},
		{short: 's', long: "server", arg: requiredArg, name: "ADDRESS", help: "Use the specified remote server address."},
		{short: 'p', long: "port", arg: requiredArg, name: "PORT", help: "Use the specified remote server port."},
		{short: 'u', long: "url", arg: requiredArg, name: "PATH", help: "Use the specified remote server url."},
		{short: 'V', long: "use-virtualhost", arg: requiredArg, name: "NAME",
			help: "Use the specified virtualhost in GET query."},
		{short: 'v', long: "verbose", help: "Use verbose mode output."},
		{short: 'h', long: "help", help: "Display this short inlined help screen."},
		{short: 'm', long: "fwmark", arg: requiredArg, name: "MARK", help: "Use the specified FW mark."},
		{short: 'P', long: "protocol", arg: requiredArg, name: "VERSION",
			help: "Use the specified HTTP protocol - '1.0', 1.0c', '1.1'.\n   1.0c means 1.0 with 'Connection: close'"},
		{short: 't', long: "timeout", arg: requiredArg, name: "SECONDS", help: "Timeout in seconds"},
	}
}

// hashRequest is what genhash is asked for.
type hashRequest struct {
	config.Checker
	server      netip.Addr
	port        uint16
	path, host  string
	sni         bool
	verbose     bool
	pathWritten bool
}

// errGenhashUsage ends the reading of options without a word of its own.
var errGenhashUsage = errors.New("usage")

// runGenhash is genhash: what goes wrong on the network ends with status 0, a call that is wrong with 1
// (semantics 10.23).
func runGenhash(called string, args []string, stdout, stderr io.Writer) int {
	r := hashRequest{Checker: config.Checker{
		Kind: config.CheckHTTP, ConnectTimeout: 5 * time.Second,
		HTTP: &config.HTTPCheck{Protocol: "1.0"},
	}}
	// A single word cannot be enough, and nothing is said of it.
	if len(args) < 2 {
		printGenhashUsage(stderr, called)
		return 1
	}
	wrong := false
	words, err := parseOn(genhashOptions(), args, r.take, func(err error) error {
		var refused *badGenhashValue
		if errors.As(err, &refused) || errors.Is(err, errGenhashUsage) {
			return err
		}
		// Every option that nobody knows is told.
		wrong = true
		fmt.Fprintln(stderr, err)
		return nil
	})
	if err != nil && !errors.Is(err, errGenhashUsage) {
		fmt.Fprintln(stderr, err)
	}
	if err == nil && !wrong && len(words) > 0 {
		wrong = true
		fmt.Fprintln(stderr, "Unexpected argument(s): "+strings.Join(words, " "))
	}
	if err != nil || wrong || !r.server.IsValid() || r.port == 0 || !r.pathWritten {
		printGenhashUsage(stderr, called)
		return 1
	}
	r.Connect = netip.AddrPortFrom(r.server, r.port)
	r.HTTP.EnableSNI = r.sni && r.host != ""
	r.HTTP.URLs = []config.URL{{Path: r.path, Host: r.host}}
	healthcheck.Genhash(context.Background(), r.Checker, r.verbose, stdout, stderr)
	return 0
}

// badGenhashValue is an option whose value cannot be.
type badGenhashValue struct{ text string }

func (e *badGenhashValue) Error() string { return e.text }

// take takes one option.
func (r *hashRequest) take(o *option, v string) error {
	bad := func(what string) error { return &badGenhashValue{"invalid " + what + " '" + v + "'"} }
	switch o.short {
	case 'S':
		r.Kind = config.CheckSSL
	case 'I':
		r.sni = true
	case 's':
		a, err := netip.ParseAddr(v)
		if err != nil || a.Zone() != "" {
			return &badGenhashValue{"server should be an IP, not " + v}
		}
		r.server = a
	case 'p':
		n, ok := unsigned(v)
		if !ok || n == 0 || n > 65535 {
			return bad("port number")
		}
		r.port = uint16(n)
	case 'u':
		r.path, r.pathWritten = v, true
	case 'V':
		r.host = v
	case 'v':
		r.verbose = true
	case 'm':
		n, ok := unsigned(v)
		if !ok {
			return bad("fwmark")
		}
		r.FWMark = uint32(n) // as 2.2.7 cuts it
	case 'P':
		switch v {
		case "1.0", "1.1", "1.0c", "1.0C":
			r.HTTP.Protocol = v
		default:
			return bad("HTTP protocol version")
		}
	case 't':
		n, ok := unsigned(v)
		if !ok {
			return bad("timeout")
		}
		r.ConnectTimeout = time.Duration(min(n, maxGenhashSeconds)) * time.Second
	default:
		return errGenhashUsage
	}
	return nil
}

// maxGenhashSeconds is as good as for ever.
const maxGenhashSeconds = 1 << 32

// unsigned reads a number as strtoul(3) does, all of it.
func unsigned(v string) (uint64, bool) {
	v = strings.TrimPrefix(strings.TrimLeft(v, " \t\n\v\f\r"), "+")
	n, err := strconv.ParseUint(v, 10, 64)
	return n, err == nil
}

func printGenhashUsage(w io.Writer, called string) {
	fmt.Fprintf(w, "Usage: %s COMMAND [OPTIONS]\nCommands:\n"+
		"   -s server-address -p port -u url\n   -S -s server-address -p port -u url\n   -h\n\n"+
		"Options:\nEither long or short options are allowed.\n", called)
	for _, o := range genhashOptions() {
		lines := strings.Split(o.help, "\n")
		fmt.Fprintf(w, "   --%-15s -%c       %s\n", o.long, o.short, lines[0])
		for _, l := range lines[1:] {
			fmt.Fprintf(w, "%29s%s\n", "", l)
		}
	}
}
