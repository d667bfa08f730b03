package language

import (
	"strings"
	"time"

	"holdfast/config"
)

// httpCheck and sslCheck differ in the port that holds where nothing says one, and in
// tls_compliant.
func httpCheck() checkKind { return webCheck(config.CheckHTTP, 80) }
func sslCheck() checkKind  { return webCheck(config.CheckSSL, 443) }

func webCheck(kind config.CheckKind, port uint16) checkKind {
	return checkKind{
		rows:  func() []Keyword { return webCheckRows(kind) },
		inner: map[string]func() []Keyword{"url": func() []Keyword { return urlRows(kind) }},
		// Both wait 3 s before they try again, where the others wait 1 s (semantics 9.2).
		retry: 1, pause: 3 * time.Second, port: port,
		// 1.0 is spoken unless another version can be read (semantics 10.2).
		begin: func(c *config.Checker) { c.HTTP = &config.HTTPCheck{Protocol: "1.0"} },
		usable: func(s *stmt, d *checkerDraft) bool {
			// A url that was refused is none. 2.2.7 crashes with a checker that has none left
			// (semantics 10.5).
			if len(d.HTTP.URLs) == 0 {
				s.errorf(s.pos(), "incomplete-block", "%s has no url specified - ignoring; add url { path / }", d.Kind)
			}
			return len(d.HTTP.URLs) > 0
		},
		complete: completeWeb,
	}
}

// webCheckRows are the keywords of HTTP_GET and SSL_GET.
func webCheckRows(kind config.CheckKind) []Keyword {
	rows := append(append(targetRows(), timingRows("1", "3")...),
		row("nb_get_retry",
			retryCount(func(d *checkerDraft) *checkDefaults { return &d.own }, 0),
			"", "old name of retry", alias("retry"), deprecated),
		row("virtualhost",
			text("NAME", func(d *checkerDraft) *string { return &d.HTTP.Host }),
			"real_server, virtual_server, else address:port", "Host header of URLs without their own", soft),
		row("http_protocol", custom("1.0|1.0C|1.1|2", 1, setHTTPProtocol), "1.0",
			"version of the request; 1.0C adds Connection: close; 2 only on a line of @holdfast", soft,
			shows(showHTTPProtocol)),
		row("enable_sni",
			boolean(func(d *checkerDraft) *bool { return &d.HTTP.EnableSNI }),
			"off", "send the server name in the TLS handshake"),
		row("sni_name", custom("NAME", 1, setSNIName), "virtualhost", "the server name to send; switches it on",
			since("2.4.4"), soft,
			shows(func(d *checkerDraft) []writing { return wordIf(d.HTTP.SNIName) })),
		row("fast_recovery",
			boolean(func(d *checkerDraft) *bool { return &d.HTTP.FastRecovery }),
			"false", "no pause between URLs while recovering"),
		// The order of the blocks is that of the requests (semantics 10.4).
		row("url", block("", openURL, closeURL), "required", "one page to fetch; may be repeated", shows(writeURLs)),
	)
	rows = append(rows, ownWebRows()...)
	// Plain HTTP has no TLS to end.
	if kind == config.CheckSSL {
		rows = append(rows, row("tls_compliant",
			boolean(func(d *checkerDraft) *bool { return &d.HTTP.TLSCompliant }),
			"false", "end TLS with close_notify", since("2.2.8")))
	}
	return rows
}

// completeWeb resolves the host names of HTTP_GET and SSL_GET (semantics 10.2, 10.6).
func completeWeb(_ *binder, v *serviceDraft, r *realDraft, c *checkerDraft) {
	// The checker may say it below its url blocks.
	for i, own := range c.urlTLS {
		c.HTTP.URLs[i].TLSCompliant = firstOf(c.HTTP.TLSCompliant, own)
	}
	// The nearest one; each url may have its own, which counts before all of these (semantics 10.2).
	for _, host := range []string{r.host, v.host} {
		if c.HTTP.Host == "" {
			c.HTTP.Host = host
		}
	}
}

// setHTTPProtocol takes a version; the C of 1.0C may be small, and is kept as a capital.
func setHTTPProtocol(s *stmt, d *checkerDraft) bool {
	switch v := strings.ToUpper(s.word(0)); v {
	case "1.0", "1.0C", "1.1":
		d.HTTP.Protocol = v
		return true
	case "2":
		// keepalived refuses it, and so does its configuration test.
		if !s.node.Own {
			s.errorf(s.at(0), "unknown-value", "Invalid http_protocol version 2, which keepalived does not know; "+
				"begin the line with '%shttp_protocol'", ownLine)
			return false
		}
		d.HTTP.Protocol = v
		return true
	}
	// The version of before stays (grammar 8.2).
	s.errorf(s.at(0), "unknown-value", "Invalid http_protocol version %s; write 1.0, 1.0C, 1.1 or 2", s.word(0))
	return false
}

// setSNIName takes the name for the handshake (semantics 10.6).
func setSNIName(s *stmt, d *checkerDraft) bool {
	// Whoever gives a name wants it sent.
	d.HTTP.SNIName, d.HTTP.EnableSNI = s.word(0), true
	return true
}

// showHTTPProtocol puts the version that keepalived does not know on a line that it drops.
func showHTTPProtocol(d *checkerDraft) []writing {
	all := wordIf(d.HTTP.Protocol)
	for i := range all {
		all[i].own = d.HTTP.Protocol == "2"
	}
	return all
}
