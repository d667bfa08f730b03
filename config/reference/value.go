package reference

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"holdfast/config/language"
)

// value gives words for the arguments of a keyword that fit their form.
func value(k *language.Keyword) string {
	args := strings.TrimPrefix(k.Args, "[lock] ")
	switch {
	case args == "":
		return ""
	// No word would mean true as well (grammar 8.4); the example writes it.
	case strings.HasPrefix(args, "[true|"):
		return "true"
	// Quoted as a whole: the words behind the first one would be user and group (grammar 5.4).
	case strings.Contains(args, `"COMMAND ARGS"`):
		return `"/usr/bin/logger -t ` + k.Name + `"`
	}
	// Before the form is looked at: the 1 of `N` may be outside of the range of this keyword.
	if ranges := k.Ranges(); len(ranges) > 0 {
		lo, hi, _ := strings.Cut(ranges[0].String(), "..")
		return numberBetween(lo, hi, k.Default)
	}
	// An argument that may be left out is written all the same: it shows more.
	switch strings.Trim(args, "[]") {
	case "IF", "IF ...":
		return "eth0"
	case "IP", "IP[/LEN]", "IP PORT":
		return "192.0.2.1"
	case "PREFIX", "PREFIX|default|all":
		return "198.51.100.0/24"
	case "N", "N|NAME", "CPU ...", "N[/MASK]", "PREFERENCE", "NAME|N":
		return "1"
	case "TIME":
		return "100ms"
	case "A-B":
		return "1000-2000"
	case "USER [[:]GROUP":
		return "nobody"
	case "PATH", "LOGFILE":
		return "/run/keepalived/" + k.Name
	case "DIR":
		return "/var/lib/keepalived"
	case "GLOB":
		return "conf.d/*.conf"
	case "[FROM/]TO", "FROM/]TO":
		return "1/2"
	}
	if choice().MatchString(args) {
		first, _, _ := strings.Cut(args, "|")
		return first
	}
	return "example"
}

// choice is a form that lists the words to choose from.
var choice = sync.OnceValue(func() *regexp.Regexp {
	// There is a bar at least: a form of one word is a name for what is written, as PATH is.
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*(\|[A-Za-z0-9+][A-Za-z0-9.-]*)+$`)
})

// numberBetween chooses a number in a range: the default if it is one, else 10.
func numberBetween(lo, hi, usual string) string {
	low, err1 := strconv.ParseFloat(lo, 64)
	high, err2 := strconv.ParseFloat(hi, 64)
	usual, _, _ = strings.Cut(usual, ";")
	d, err := strconv.ParseFloat(usual, 64)
	switch {
	case err1 != nil || err2 != nil:
		return "1"
	case err == nil && d > 0 && d >= low && d <= high:
		return usual
	case low <= 10 && 10 <= high:
		return "10"
	case high < 10:
		return hi
	}
	return lo
}
