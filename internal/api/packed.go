package api

import (
	"strconv"
	"strings"
)

// takesGzip reports whether a client takes an answer that is compressed so (RFC 9110, 12.5.3). One that does not say so
// does not.
func takesGzip(accepted []string) bool {
	takes := false
	for _, coding := range strings.Split(strings.Join(accepted, ","), ",") {
		name, parameters, _ := strings.Cut(coding, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "x-gzip" && name != "*" {
			continue
		}
		weight := 1.0
		if key, value, is := strings.Cut(strings.TrimSpace(parameters), "="); is && strings.EqualFold(key, "q") {
			var err error
			if weight, err = strconv.ParseFloat(value, 64); err != nil {
				weight = 0
			}
		}
		if name != "*" {
			return weight > 0
		}
		takes = weight > 0
	}
	return takes
}
