package healthcheck

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"holdfast/config"
	"holdfast/healthcheck/lvs"
	"holdfast/internal/report"
)

// dumpPages writes the URLs, and which of them fails.
func dumpPages(b *bytes.Buffer, s lvs.CheckerStatus, _ config.Global) {
	h := s.Config.HTTP
	fmt.Fprintf(b, "   Keepalive method = %s, http protocol %s\n", s.Config.Kind, h.Protocol)
	if h.Host != "" {
		fmt.Fprintf(b, "   Virtualhost = %s\n", h.Host)
	}
	fmt.Fprintf(b, "   Enable SNI %s\n   Fast recovery %s\n", isSet(h.EnableSNI), isSet(h.FastRecovery))
	for _, u := range h.URLs {
		dumpPage(b, u)
	}
	if failing := s.History; (!s.Up && s.Ran || failing.Failures > 0) && !failing.At.IsZero() && failing.URL < len(h.URLs) {
		fmt.Fprintf(b, "   Failed URL = %s\n", h.URLs[failing.URL].Path)
	}
}

func dumpPage(b *bytes.Buffer, u config.URL) {
	fmt.Fprintf(b, "   Checked url = %s\n", u.Path)
	if u.HasDigest {
		fmt.Fprintf(b, "     digest = %s\n", hex.EncodeToString(u.Digest[:]))
	}
	b.WriteString("     HTTP Status Code(s)\n")
	if len(u.Status) == 0 {
		b.WriteString("       200-299\n")
	}
	for i := range u.Status {
		fmt.Fprintf(b, "       %s\n", u.Status[i:i+1])
	}
	if u.Host != "" {
		fmt.Fprintf(b, "     Virtual host = %s\n", u.Host)
	}
	if u.Regex == "" {
		return
	}
	fmt.Fprintf(b, "     Regex = \"%s\"\n", u.Regex)
	if u.RegexNoMatch {
		b.WriteString("     Regex no match\n")
	}
	if u.RegexMin != 0 || u.RegexMax != 0 {
		fmt.Fprintf(b, "     Regex min offset = %d, max_offset = %d\n", u.RegexMin, u.RegexMax)
	}
	b.WriteString("     Regex options:")
	for _, o := range u.RegexOptions {
		b.WriteString(" " + o)
	}
	b.WriteString("\n")
}

func isSet(c bool) string { return report.Word(c, "set", "unset") }
