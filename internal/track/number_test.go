package track

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What keepalived 2.2.7 reads in files.
func TestSemantics5_13_Numbers(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "\n": 0, "7\n": 7, "  7 ": 7, "\t\v\f\r\n-7x": -7, "+3": 3, "- 3": 0, "abc": 0, "5abc": 5,
		"0x10": 16, "0X1f": 31, "0xg": 0, "0x": 0, "010": 8, "08": 0, "-0x10": -16, "2147483647": 2147483647, "-2147483648": -2147483648,
		"1.9": 1, "1e3": 1, strings.Repeat("0", 126) + "13": 1,
	} {
		if n, ok := number([]byte(text)); n != want || !ok {
			t.Errorf("%q: %d, %v, want %d", text, n, ok, want)
		}
	}
	for _, text := range []string{"2147483648", "-2147483649", "99999999999", strings.Repeat("9", 200)} {
		if _, ok := number([]byte(text)); ok {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestNumbersOfEveryBase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := int(rapid.Int32().Draw(t, "n"))
		text := map[int]string{
			10: strconv.Itoa(n),
			8:  "0" + strconv.FormatInt(int64(max(n, -n)), 8),
			16: "0x" + strconv.FormatInt(int64(max(n, -n)), 16),
		}
		for base, s := range text {
			want := n
			if base != 10 && n < 0 {
				s = "-" + s
			}
			if got, ok := number([]byte(s + rapid.SampledFrom([]string{"", "\n", " 5", ","}).Draw(t, "rest"))); got != want ||
				!ok {
				t.Fatalf("%s: %d, %v, want %d", s, got, ok, want)
			}
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"", "0x", "-0x7f", " 077", "2147483648", "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if n, ok := number(text); ok && int64(int32(n)) != int64(n) {
			t.Errorf("%q: %d", text, n)
		}
	})
}
