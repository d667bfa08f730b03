package keyfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/config"
)

// file makes a file that only its owner can read.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestBasicAuthFiles(t *testing.T) {
	for text, want := range map[string]string{
		"user:pass": "dXNlcjpwYXNz", "user:pass\n": "dXNlcjpwYXNz", "user:pass\r\n": "dXNlcjpwYXNz", "u:": "dTo=",
		"u:a:b c": "dTphOmIgYw==", "\u00fc:\u00e9": "w7w6w6k=",
		"": "", "user": "", ":pass": "", "u:p\nmore": "", "u:p\x00": "", "u:" + strings.Repeat("p", mostBytes): "",
	} {
		got, err := BasicAuth(file(t, text))
		if want != "" {
			want = "Basic " + want
		}
		if got.Value != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got.Value, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pass") && !strings.Contains(err.Error(), "user:password") {
			t.Errorf("%v tells what is in it", err)
		}
	}
}

func TestHeaderFiles(t *testing.T) {
	got, err := Headers(file(t, "# for the check\nX-Token: t0p secret \r\n\nCookie:a=b; c=d"))
	want := []config.Header{{Name: "X-Token", Value: "t0p secret"}, {Name: "Cookie", Value: "a=b; c=d"}}
	if diff := cmp.Diff([]string{want[0].Value, want[1].Value}, []string{got[0].Value, got[1].Value}); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for text, why := range map[string]string{
		"hunter2": "line 1 of", "a: b\n: hunter2": "line 2 of", "a b: hunter2": "line 1 of", "a: hunter2\x00": "line 1 of",
		"Host: hunter2": "the check itself says Host", "content-LENGTH: hunter2": "the check itself says",
		strings.Repeat("a: hunter2\n", 33): "more than 32 headers", "a: " + strings.Repeat("h", mostBytes): "longer than",
	} {
		if _, err := Headers(file(t, text)); err == nil || !strings.Contains(err.Error(), why) ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.20q: %v, want %s", text, err, why)
		}
	}
	open := file(t, "a: b")
	must(t, os.Chmod(open, 0o640))
	if _, err := Headers(open); err == nil || !strings.Contains(err.Error(), "chmod it to 0600") {
		t.Error(err)
	}
}

// Files are read into the checks that name them, and an error names the place.
func TestFillChecks(t *testing.T) {
	auth, more := file(t, "u:hunter2"), file(t, "X: hunter2")
	check := config.Checker{Kind: config.CheckSSL, HTTP: &config.HTTPCheck{AuthFile: auth, HeadersFile: more}}
	services := []config.VirtualServer{{RealServers: []config.RealServer{{Checkers: []config.Checker{{}, check}}}}}
	for range 2 { // once more changes nothing
		must(t, FillChecks(services))
		if h := check.HTTP.Headers; len(h) != 2 || h[0].Name != "Authorization" || h[1].Value != "hunter2" {
			t.Errorf("%d headers", len(h))
		}
	}
	if text := check.HTTP.Headers[1].String(); text != "X: REDACTED" {
		t.Error(text)
	}
	check.HTTP.HeadersFile = more + ".none"
	if err := FillChecks(services); err == nil || !strings.Contains(err.Error(), "SSL_GET: headers_file: ") {
		t.Error(err)
	}
}
