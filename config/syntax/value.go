package syntax

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Integer reads a decimal integer between lo and hi, inclusive (grammar 8.1).
// A sign and leading zeros are allowed; anything else makes it invalid.
func Integer(text string, lo, hi int64) (int64, error) {
	return integer(text, text, 10, lo, hi)
}

// IntegerC is Integer for the fields that take the bases of C: 0x1f, 017.
func IntegerC(text string, lo, hi int64) (int64, error) {
	base, digits := 10, text
	body := strings.TrimLeft(text, "+-")
	switch {
	case len(body) > 2 && strings.EqualFold(body[:2], "0x") && digit(body[2]) < 16:
		base = 16
		digits = text[:len(text)-len(body)] + body[2:]
	case len(body) > 1 && body[0] == '0':
		base = 8
	}
	return integer(text, digits, base, lo, hi)
}

// integer reads digits; text is how the number is written in messages.
func integer(text, digits string, base int, lo, hi int64) (int64, error) {
	n, err := strconv.ParseInt(digits, base, 64)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, fmt.Errorf("invalid number '%s'", text)
	}
	switch {
	case lo >= 0 && n < 0:
		return 0, fmt.Errorf("negative number '%s'", text)
	case err != nil || n < lo || n > hi:
		return 0, fmt.Errorf("number '%s' outside range [%d, %d]", text, lo, hi)
	}
	return n, nil
}

// TolerantInteger is Integer for the fields of which keepalived uses the
// leading digits when something follows them (grammar 8.1), none being 0.
// The warning, if not empty, says so.
func TolerantInteger(text string, lo, hi int64) (n int64, warning string, err error) {
	end := 0
	if text != "" && (text[0] == '+' || text[0] == '-') {
		end = 1
	}
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if end == len(text) && text != "" && text != "+" && text != "-" {
		n, err = Integer(text, lo, hi)
		return n, "", err
	}
	head := text[:end]
	if head == "" || head == "+" || head == "-" {
		head = "0"
	}
	n, err = integer(text, head, 10, lo, hi)
	if err != nil {
		return 0, "", err
	}
	return n, fmt.Sprintf("invalid number '%s' - using %d", text, n), nil
}

// Seconds reads seconds with an optional decimal fraction of up to places
// digits (at most 9; 6 for most fields, 3 for the interval of a script), between
// lo and hi, inclusive (grammar 8.3). More digits are rounded, with a warning.
func Seconds(text string, places int, lo, hi time.Duration) (d time.Duration, warning string, err error) {
	body := text
	if text != "" && (text[0] == '+' || text[0] == '-') {
		body = text[1:]
	}
	whole, fraction, _ := strings.Cut(body, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return 0, "", fmt.Errorf("invalid number '%s'", text)
	}
	if strings.HasPrefix(text, "-") {
		return 0, "", fmt.Errorf("negative number '%s'", text)
	}
	if len(fraction) > places {
		warning = fmt.Sprintf("number '%s' has too many decimal places: rounded to %d", text, places)
	}
	d, ok := nanoseconds(whole, fraction, places)
	if !ok || d < lo || d > hi {
		return 0, "", fmt.Errorf("number '%s' outside range [%s, %s]", text, sixPlaces(lo), sixPlaces(hi))
	}
	return d, warning, nil
}

// nanoseconds is whole.fraction rounded to places; ok is false on overflow.
func nanoseconds(whole, fraction string, places int) (d time.Duration, ok bool) {
	padded := (fraction + "0000000000")[:places+1]
	unit := int64(math.Pow10(9 - places))
	seconds, err := strconv.ParseInt("0"+whole, 10, 64)
	if err != nil || seconds > math.MaxInt64/int64(time.Second)-1 {
		return 0, false
	}
	part, err := strconv.ParseInt("0"+padded[:places], 10, 64)
	if err != nil {
		return 0, false
	}
	if padded[places] >= '5' {
		part++
	}
	return time.Duration(seconds)*time.Second + time.Duration(part*unit), true
}

func sixPlaces(d time.Duration) string {
	return fmt.Sprintf("%d.%06d", d/time.Second, d%time.Second/time.Microsecond)
}

// Bool reads true, on, yes, false, off or no, in lower case (grammar 8.4).
func Bool(text string) (bool, error) {
	switch text {
	case "true", "on", "yes":
		return true, nil
	case "false", "off", "no":
		return false, nil
	}
	//lint:ignore ST1005 the words people grep for
	return false, fmt.Errorf("Invalid value '%s': want true, on, yes, false, off or no", text)
}
