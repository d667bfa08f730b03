// Package page is what people look at in a browser: one document, which asks the daemon that it came from for its state
// and shows it. It is made of the files beside this one as they are, loads nothing else, and changes nothing.
package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
)

//go:embed page.html
var document string

//go:embed page.css
var style string

// The parts of the script, in the order in which they need each other.
var (
	//go:embed dom.js
	scriptDOM string
	//go:embed ask.js
	scriptAsk string
	//go:embed routers.js
	scriptRouters string
	//go:embed timeline.js
	scriptTimeline string
	//go:embed services.js
	scriptServices string
	//go:embed rest.js
	scriptRest string
)

// Handler answers with the page.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Made when it is asked for, which is once for each who looks: nothing is kept for those who never do.
		text, policy := assemble()
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache") // the page of another version would not know what it is told
		if r.Method != http.MethodHead {
			_, _ = w.Write([]byte(text)) // one who does not read any more has nobody to tell
		}
	})
}

// assemble gives the document and the policy under which a browser runs it: this style, this script, questions to where
// it came from, and nothing else.
func assemble() (text, policy string) {
	script := "(() => {\n\"use strict\";\n" + strings.Join([]string{scriptDOM, scriptAsk, scriptRouters, scriptTimeline,
		scriptServices, scriptRest}, "\n") + "})();\n"
	text = strings.Replace(document, "/*style*/", style, 1)
	text = strings.Replace(text, "/*script*/", script, 1)
	policy = "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) + "; connect-src 'self'; " +
		"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
		"trusted-types 'none'"
	return text, policy
}

// hash names a text in a policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
