package track

import "math"

// shown is how much of a file is looked at.
const shown = 127

// number reads the number at the beginning of a file as C's strtol does: after white space, with a
// sign, in octal after 0 and in hexadecimal after 0x. What is no number is 0; ok is false if
// it does not fit into 32 bits.
func number(text []byte) (n int, ok bool) {
	text = text[:min(len(text), shown)]
	i := 0
	// isspace of C: tab, newline, vertical tab, form feed and carriage return stand in a row.
	for i < len(text) && (text[i] == ' ' || text[i] >= '\t' && text[i] <= '\r') {
		i++
	}
	sign := 1
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		if text[i] == '-' {
			sign = -1
		}
		i++
	}
	base := 10
	switch {
	// 0x without a digit behind is the number 0, which the x ends.
	case i+2 < len(text) && text[i] == '0' && text[i+1]|0x20 == 'x' && digit(text[i+2]) < 16:
		base, i = 16, i+2
	case i < len(text) && text[i] == '0':
		base = 8
	}
	var sum int64
	for ; i < len(text) && digit(text[i]) < base; i++ {
		sum = sum*int64(base) + int64(digit(text[i]))
		// One more than the largest, for -2147483648; the end of the function refuses it as a
		// positive one.
		if sum > math.MaxInt32+1 {
			return 0, false
		}
	}
	sum *= int64(sign)
	return int(sum), sum <= math.MaxInt32
}

// digit is what a character counts; 36 if it is no digit.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10
	}
	return 36
}
