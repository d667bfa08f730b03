package page

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(method, "/", nil))
	return w.Result(), w.Body.String()
}

// The browser is told to run what is in the page and nothing else, and the page needs nothing else.
func TestThePageIsAllThereIs(t *testing.T) {
	r, text := get(t, http.MethodGet)
	policy := r.Header.Get("Content-Security-Policy")
	for _, part := range []string{"style", "script"} {
		found := regexp.MustCompile(`(?s)<` + part + `>(.*)</` + part + `>`).FindStringSubmatch(text)
		if found == nil || !strings.Contains(policy, part+"-src "+hash(found[1])+";") {
			t.Errorf("the policy does not allow the %s: %s", part, policy)
		}
		if found != nil && len(found[1]) < 1000 {
			t.Errorf("%s: %q", part, found[1])
		}
	}
	for _, want := range []string{"default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in %s", want, policy)
		}
	}
	for _, unsafe := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(policy, unsafe) {
			t.Errorf("%s in %s", unsafe, policy)
		}
	}
	if r.Header.Get("Content-Type") != "text/html; charset=utf-8" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", r.Header)
	}
	// Names of XML are no addresses that anybody asks.
	rest := strings.ReplaceAll(text, "http://www.w3.org/2000/svg", "")
	if i := strings.Index(rest, "http"+"://"); i >= 0 || strings.Contains(rest, "https://") || strings.Contains(rest, " src=") {
		t.Error("the page loads something")
	}
}

// Nothing that somebody else has written is ever read as HTML or as a program.
func TestOnlyTextIsPutIn(t *testing.T) {
	_, text := get(t, http.MethodGet)
	for _, way := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
		"DOMParser", "createContextualFragment", "setTimeout(\"", "javascript:", "srcdoc", "onclick=\"", " style=\"", "/*style*/", "/*script*/"} {
		if strings.Contains(text, way) {
			t.Errorf("%s in the page", way)
		}
	}
	if strings.Count(text, "</script>") != 1 || strings.Count(text, "</style>") != 1 {
		t.Error("a part ends before its end")
	}
}

// Every element that the script looks for is there.
func TestEveryElementIsThere(t *testing.T) {
	_, text := get(t, http.MethodGet)
	for _, m := range regexp.MustCompile(`byID\("([^"]+)"\)`).FindAllStringSubmatch(text, -1) {
		if strings.Count(text, ` id="`+m[1]+`"`) != 1 {
			t.Errorf("no element %s, or several", m[1])
		}
	}
	if _, body := get(t, http.MethodHead); body != "" {
		t.Error("HEAD has a body")
	}
}
