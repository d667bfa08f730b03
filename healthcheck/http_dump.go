package healthcheck

import (
	"encoding/hex"
	"strings"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// dumpPages writes the URLs, and which of them fails.
func dumpPages(d *report.Page, s lvs.CheckerStatus, _ config.Global) {
	h := s.Config.HTTP
	d.Text(3, "Keepalive method = %s, http protocol %s", s.Config.Kind, h.Protocol)
	d.Given(3, "Virtualhost", h.Host)
	d.Text(3, "Enable SNI %s", report.Set(h.EnableSNI))
	d.Text(3, "Fast recovery %s", report.Set(h.FastRecovery))
	d.Given(3, "User and password from", h.AuthFile)
	d.Given(3, "Headers from", h.HeadersFile)
	for _, u := range h.URLs {
		dumpPage(d, u)
	}
	// A checker that is down has one, and so has one that is tried again.
	if failing := s.History; (!s.Up && s.Ran || failing.Failures > 0) && !failing.At.IsZero() &&
		failing.URL < len(h.URLs) {
		d.Line(3, "Failed URL", h.URLs[failing.URL].Path)
	}
}

func dumpPage(d *report.Page, u config.URL) {
	d.Line(3, "Checked url", u.Path)
	if u.HasDigest {
		d.Line(5, "digest", hex.EncodeToString(u.Digest[:]))
	}
	d.Text(5, "HTTP Status Code(s)")
	if len(u.Status) == 0 {
		// What an empty list means (semantics 10.3).
		d.Text(7, "200-299")
	}
	for i := range u.Status {
		d.Text(7, "%s", u.Status[i:i+1])
	}
	d.Given(5, "Virtual host", u.Host)
	if u.Regex == "" {
		return
	}
	d.Text(5, "Regex = \"%s\"", u.Regex)
	if u.RegexNoMatch {
		d.Text(5, "Regex no match")
	}
	// Both are 0 when neither is written (semantics 10.7).
	if u.RegexMin != 0 || u.RegexMax != 0 {
		d.Text(5, "Regex min offset = %d, max_offset = %d", u.RegexMin, u.RegexMax)
	}
	d.Text(5, "%s", strings.Join(append([]string{"Regex options:"}, u.RegexOptions...), " "))
	if u.RegexStack != (config.RegexStack{}) {
		d.Text(5, "Regex stack start %d, max %d", u.RegexStack.Start, u.RegexStack.Max)
	}
}
