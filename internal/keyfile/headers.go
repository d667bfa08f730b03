package keyfile

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"holdfast/config"
)

// Bounds of a file with headers.
const (
	mostBytes   = 16 << 10
	mostHeaders = 32
)

// BasicAuth reads `user:password` from a file and gives the header of basic authentication (RFC 7617). A new line at
// the end is no part of the password.
func BasicAuth(path string) (config.Header, error) {
	text, err := contents(path, mostBytes)
	if err != nil {
		return config.Header{}, err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	user, _, ok := strings.Cut(text, ":")
	switch {
	case len(text) > mostBytes:
		return config.Header{}, fmt.Errorf("%s is longer than %d bytes", path, mostBytes)
	case !ok || user == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return config.Header{}, fmt.Errorf("%s is no line user:password", path)
	}
	return config.Header{Name: "Authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte(text))}, nil
}

// Headers reads lines `Name: value` from a file; empty lines and those that begin with # are none.
func Headers(path string) ([]config.Header, error) {
	text, err := contents(path, mostBytes)
	if err != nil {
		return nil, err
	}
	if len(text) > mostBytes {
		return nil, fmt.Errorf("%s is longer than %d bytes", path, mostBytes)
	}
	var out []config.Header
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		h := config.Header{Name: name, Value: strings.Trim(value, " \t")}
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(h.Name) || !httpguts.ValidHeaderFieldValue(h.Value):
			return nil, fmt.Errorf("line %d of %s is no header, Name: value", n, path)
		case checksOwn(h.Name):
			return nil, fmt.Errorf("line %d of %s: the check itself says %s", n, path, h.Name)
		case len(out) == mostHeaders:
			return nil, fmt.Errorf("%s has more than %d headers", path, mostHeaders)
		}
		out = append(out, h)
	}
	return out, nil
}

// checksOwn reports whether a header says where a request ends or whom it is for.
func checksOwn(name string) bool {
	return slices.Contains([]string{"host", "connection", "content-length", "transfer-encoding", "te", "upgrade",
		"keep-alive", "proxy-connection", "expect"}, strings.ToLower(name))
}

// FillChecks puts what is in files into checks that nobody uses yet, as Fill does with keys. Its error names the place
// of the check.
func FillChecks(services []config.VirtualServer) error {
	for i := range services {
		for j := range services[i].RealServers {
			checks := services[i].RealServers[j].Checkers
			for k := range checks {
				if h := checks[k].HTTP; h != nil && h.AuthFile+h.HeadersFile != "" {
					if err := fillHTTP(h); err != nil {
						return fmt.Errorf("%v: %s: %w", checks[k].Pos, checks[k].Kind, err)
					}
				}
			}
		}
	}
	return nil
}

func fillHTTP(h *config.HTTPCheck) error {
	h.Headers = nil
	if h.AuthFile != "" {
		auth, err := BasicAuth(h.AuthFile)
		if err != nil {
			return fmt.Errorf("basic_auth_file: %w", err)
		}
		h.Headers = append(h.Headers, auth)
	}
	if h.HeadersFile == "" {
		return nil
	}
	more, err := Headers(h.HeadersFile)
	if err != nil {
		return fmt.Errorf("headers_file: %w", err)
	}
	h.Headers = append(h.Headers, more...)
	return nil
}
