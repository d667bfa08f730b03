package healthcheck

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// User, password and headers of files arrive, in each version, and nothing shows them.
func TestHeadersOfFiles(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "check" || password != "hunter2" || r.Header.Get("X-Token") != "t0p" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, "hello")
	})
	with := []config.Header{{Name: "Authorization", Value: "Basic Y2hlY2s6aHVudGVyMg=="}, {Name: "X-Token", Value: "t0p"}}
	for _, over := range []bool{false, true} {
		at := webPages(t, over, mux)
		for _, headers := range [][]config.Header{nil, with} {
			aim := page2(t, at, config.URL{Path: "/", Status: config.StatusSet{{200, 200}}}, over)
			aim.Checker.HTTP.Headers = headers
			if o := probe(t, aim); (o.Verdict == attempt.Passed) != (headers != nil) ||
				strings.Contains(fmt.Sprintf("%+v", o), "t0p") {
				t.Errorf("TLS %v, %d headers: %s", over, len(headers), o.Reason)
			}
		}
	}
	old := lie(t, "127.0.0.1:0", says("HTTP/1.1 200 OK\r\n\r\n"))
	aim := old.aim(config.CheckHTTP, config.URL{Status: config.StatusSet{{200, 200}}})
	aim.Checker.HTTP.Headers = with
	if o := probe(t, aim); o.Verdict != attempt.Passed || !strings.HasSuffix(old.asked(),
		"\r\nAuthorization: Basic Y2hlY2s6aHVudGVyMg==\r\nX-Token: t0p\r\n\r\n") {
		t.Errorf("%s %q", o.Reason, old.asked())
	}
	aim.Checker.HTTP.AuthFile = "/etc/keepalived/auth"
	page := report.NewPage(func(string, string) string { return "" })
	dumpPages(page, lvs.CheckerStatus{Config: &aim.Checker}, config.Global{})
	for _, text := range []string{string(page.Bytes()), fmt.Sprintf("%v %+v %#v", with, with, with)} {
		if strings.Contains(text, "t0p") || strings.Contains(text, "Y2hlY2s") {
			t.Errorf("%s shows it", text)
		}
	}
	if text := string(page.Bytes()); !strings.Contains(text, "User and password from = /etc/keepalived/auth") {
		t.Errorf("%s", text)
	}
}
