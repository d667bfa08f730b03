package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestTakesGzip(t *testing.T) {
	for accepted, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "identity": false, "deflate, gzip;q=1.0, *;q=0.5": true,
		"gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=0.001": true, "*": true, "*;q=0": false, "*, gzip;q=0": false,
		"gzip;q=x": false, "br,gzip": true, "gzipped": false,
	} {
		if got := takesGzip([]string{accepted}); got != want {
			t.Errorf("%q: %v", accepted, got)
		}
	}
	if !takesGzip([]string{"br", "gzip"}) {
		t.Error("of two lines the second is not read")
	}
}

// Whoever takes a compressed answer gets the same, one after the other and at the same time.
func TestMetricsAreCompressed(t *testing.T) {
	address := free(t)
	published(t, &fake{answer: measured(t)}, address)
	ask := func(accept string) (http.Header, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept) // so that the client leaves it as it is
		got, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			t.Error(err)
			return nil, ""
		}
		defer got.Body.Close()
		body := io.Reader(got.Body)
		if got.Header.Get("Content-Encoding") == "gzip" {
			if body, err = gzip.NewReader(body); err != nil {
				t.Error(err)
				return nil, ""
			}
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		return got.Header, string(text)
	}
	fetch(t, address, "/healthz") // it listens
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for accept, coding := range map[string]string{"gzip": "gzip", "identity": ""} {
				head, text := ask(accept)
				if head.Get("Content-Encoding") != coding || head.Get("Vary") != "Accept-Encoding" ||
					!strings.Contains(text, "keepalived_up 1\n") || !strings.HasSuffix(text, "\n") {
					t.Errorf("%s: %v\n%s", accept, head, text)
				}
			}
		})
	}
	all.Wait()
}
