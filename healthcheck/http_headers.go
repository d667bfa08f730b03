package healthcheck

import (
	"strings"

	"golang.org/x/net/http2/hpack"

	"holdfast/config"
)

// moreHeaders are headers as lines of a request.
func moreHeaders(all []config.Header) string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	for _, h := range all {
		b.WriteString(h.Name + ": " + h.Value + "\r\n")
	}
	return b.String()
}

// moreFields are headers as fields of HTTP/2, which have small names. No table keeps them.
func moreFields(fields []hpack.HeaderField, all []config.Header) []hpack.HeaderField {
	for _, h := range all {
		fields = append(fields, hpack.HeaderField{Name: strings.ToLower(h.Name), Value: h.Value, Sensitive: true})
	}
	return fields
}
