package syntax

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// decimal reads a decimal integer between lo and hi, inclusive (grammar 8.1).
// A sign and leading zeros are allowed; anything else makes it invalid.
func decimal(text string, lo, hi int64) (int64, error) {
	return integer(text, text, 10, lo, hi)
}

// integerC is decimal for the fields that take the bases of C: 0x1f, 017.
func integerC(text string, lo, hi int64) (int64, error) {
	base, digits := 10, text
	body := strings.TrimLeft(text, "+-")
	switch {
	// A digit has to follow: ParseInt would take a sign behind the prefix, "0x-1".
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
	// What is left of err is that the number does not fit into 64 bits.
	case err != nil || n < lo || n > hi:
		return 0, fmt.Errorf("number '%s' outside range [%d, %d]", text, lo, hi)
	}
	return n, nil
}
