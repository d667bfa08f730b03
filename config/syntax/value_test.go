package syntax

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// text is the message of an error, "" if there is none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestGrammar8_1_Integer(t *testing.T) {
	tests := []struct {
		in     string
		lo, hi int64
		want   int64
		err    string
	}{
		{"100", 1, 255, 100, ""},
		{"+7", 1, 255, 7, ""},
		{"010", 1, 255, 10, ""},
		{"-5", -253, 253, -5, ""},
		{"255", 1, 255, 255, ""},
		{"1", 1, 255, 1, ""},
		{"0", 1, 255, 0, "number '0' outside range [1, 255]"},
		{"256", 1, 255, 0, "number '256' outside range [1, 255]"},
		{"-3", 1, 255, 0, "negative number '-3'"},
		{"-300", -253, 253, 0, "number '-300' outside range [-253, 253]"},
		{"99999999999999999999", 1, 255, 0, "number '99999999999999999999' outside range [1, 255]"},
		{"-99999999999999999999", 1, 255, 0, "negative number '-99999999999999999999'"},
		{"0x10", 1, 255, 0, "invalid number '0x10'"},
		{"12a", 1, 255, 0, "invalid number '12a'"},
		{"1.5", 1, 255, 0, "invalid number '1.5'"},
		{"1_0", 1, 255, 0, "invalid number '1_0'"},
		{"", 0, 255, 0, "invalid number ''"},
		{"+", 0, 255, 0, "invalid number '+'"},
		{"--1", 0, 255, 0, "invalid number '--1'"},
	}
	for _, tt := range tests {
		got, err := Integer(tt.in, tt.lo, tt.hi)
		if got != tt.want || text(err) != tt.err {
			t.Errorf("Integer(%q, %d, %d) = %d, %q, want %d, %q", tt.in, tt.lo, tt.hi, got, text(err), tt.want, tt.err)
		}
	}
}

func TestGrammar8_1_IntegerC(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		err  string
	}{
		{"0x1F", 31, ""},
		{"0X1f", 31, ""},
		{"+0x10", 16, ""},
		{"-0x10", -16, ""},
		{"017", 15, ""},
		{"0", 0, ""},
		{"00", 0, ""},
		{"12", 12, ""},
		{"08", 0, "invalid number '08'"},
		{"0x", 0, "invalid number '0x'"},
		{"0xg", 0, "invalid number '0xg'"},
		{"0x-5", 0, "invalid number '0x-5'"},
		{"+-5", 0, "invalid number '+-5'"},
		{"0b1", 0, "invalid number '0b1'"},
		{"0x3e9", 0, "number '0x3e9' outside range [-1000, 1000]"},
	}
	for _, tt := range tests {
		got, err := IntegerC(tt.in, -1000, 1000)
		if got != tt.want || text(err) != tt.err {
			t.Errorf("IntegerC(%q) = %d, %q, want %d, %q", tt.in, got, text(err), tt.want, tt.err)
		}
	}
}

func TestGrammar8_1_TolerantInteger(t *testing.T) {
	tests := []struct {
		in      string
		want    int64
		warning string
		err     string
	}{
		{"12", 12, "", ""},
		{"+12", 12, "", ""},
		{"12a", 12, "invalid number '12a' - using 12", ""},
		{"0x10", 0, "invalid number '0x10' - using 0", ""},
		{"5s", 5, "invalid number '5s' - using 5", ""},
		{"abc", 0, "invalid number 'abc' - using 0", ""},
		{"", 0, "invalid number '' - using 0", ""},
		{"-", 0, "invalid number '-' - using 0", ""},
		{"101", 0, "", "number '101' outside range [0, 100]"},
		{"101x", 0, "", "number '101x' outside range [0, 100]"},
		{"-1x", 0, "", "negative number '-1x'"},
	}
	for _, tt := range tests {
		got, warning, err := TolerantInteger(tt.in, 0, 100)
		if got != tt.want || warning != tt.warning || text(err) != tt.err {
			t.Errorf("TolerantInteger(%q) = %d, %q, %q, want %d, %q, %q", tt.in, got, warning, text(err), tt.want, tt.warning, tt.err)
		}
	}
}

func TestGrammar8_3_Seconds(t *testing.T) {
	const ms, us = time.Millisecond, time.Microsecond
	tests := []struct {
		in      string
		places  int
		want    time.Duration
		warning string
		err     string
	}{
		{"1", 6, time.Second, "", ""},
		{"+1", 6, time.Second, "", ""},
		{"0.01", 6, 10 * ms, "", ""},
		{".5", 6, 500 * ms, "", ""},
		{"2.", 6, 2 * time.Second, "", ""},
		{"255", 6, 255 * time.Second, "", ""},
		{"1.234567", 6, 1234567 * us, "", ""},
		{"0.5555555", 6, 555556 * us, "number '0.5555555' has too many decimal places: rounded to 6", ""},
		{"0.5555554", 6, 555555 * us, "number '0.5555554' has too many decimal places: rounded to 6", ""},
		{"1.9999999", 6, 2 * time.Second, "number '1.9999999' has too many decimal places: rounded to 6", ""},
		{"1.0005", 3, 1001 * ms, "number '1.0005' has too many decimal places: rounded to 3", ""},
		{"1.00000000000000000000000000", 6, time.Second, "number '1.00000000000000000000000000' has too many decimal places: rounded to 6", ""},
		{"0.009", 6, 0, "", "number '0.009' outside range [0.010000, 255.000000]"},
		{"255.000001", 6, 0, "", "number '255.000001' outside range [0.010000, 255.000000]"},
		{"99999999999999999999999", 6, 0, "", "number '99999999999999999999999' outside range [0.010000, 255.000000]"},
		{"9223372036", 6, 0, "", "number '9223372036' outside range [0.010000, 255.000000]"},
		{"-1", 6, 0, "", "negative number '-1'"},
		{"1s", 6, 0, "", "invalid number '1s'"},
		{"1,5", 6, 0, "", "invalid number '1,5'"},
		{"1e3", 6, 0, "", "invalid number '1e3'"},
		{"0x10", 6, 0, "", "invalid number '0x10'"},
		{"1.2.3", 6, 0, "", "invalid number '1.2.3'"},
		{".", 6, 0, "", "invalid number '.'"},
		{"", 6, 0, "", "invalid number ''"},
		{"+-1", 6, 0, "", "invalid number '+-1'"},
	}
	for _, tt := range tests {
		got, warning, err := Seconds(tt.in, tt.places, 10*ms, 255*time.Second)
		if got != tt.want || warning != tt.warning || text(err) != tt.err {
			t.Errorf("Seconds(%q, %d) = %v, %q, %q, want %v, %q, %q", tt.in, tt.places, got, warning, text(err), tt.want, tt.warning, tt.err)
		}
	}
}

func TestSecondsReadsBackWhatItPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Duration(rapid.Int64Range(0, math.MaxInt64/2000).Draw(t, "us")) * time.Microsecond
		got, warning, err := Seconds(sixPlaces(want), 6, 0, math.MaxInt64)
		if got != want || warning != "" || err != nil {
			t.Fatalf("%s: got %v, %q, %v", sixPlaces(want), got, warning, err)
		}
	})
}

func TestGrammar8_4_Bool(t *testing.T) {
	for _, in := range []string{"true", "on", "yes"} {
		if got, err := Bool(in); !got || err != nil {
			t.Errorf("Bool(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"false", "off", "no"} {
		if got, err := Bool(in); got || err != nil {
			t.Errorf("Bool(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"True", "maybe", "", "1", "YES"} {
		if _, err := Bool(in); text(err) != "Invalid value '"+in+"': want true, on, yes, false, off or no" {
			t.Errorf("Bool(%q): %v", in, err)
		}
	}
}

func TestGrammar8_5_Addr(t *testing.T) {
	for _, in := range []string{"10.0.0.1", "fe80::1", "::ffff:10.0.0.3", "::"} {
		if got, err := Addr(in); err != nil || got.String() != in {
			t.Errorf("Addr(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "10.0.0.256", "10.0.2", "010.0.0.2", "10.0.0.02", "167772162", "localhost", "fe80::1%eth0",
		"[fe80::1]", "1.2.3.4.5", "10.0.0.1/24", "10.0.0.1 "} {
		if _, err := Addr(in); text(err) != "invalid IP address '"+in+"'" {
			t.Errorf("Addr(%q): %v", in, err)
		}
	}
}

func TestGrammar8_5_Prefix(t *testing.T) {
	const invalid = "Invalid address prefix len "
	tests := []struct{ in, want, warning string }{
		{"10.0.0.2", "10.0.0.2/32", ""},
		{"10.0.0.2/24", "10.0.0.2/24", ""},
		{"10.0.0.2/024", "10.0.0.2/24", ""},
		{"10.0.0.2/+24", "10.0.0.2/24", ""},
		{"10.0.0.2/0", "10.0.0.2/0", ""},
		{"fe80::1", "fe80::1/128", ""},
		{"fe80::1/64", "fe80::1/64", ""},
		{"10.0.0.2/255.255.255.0", "10.0.0.2/32", invalid + "255.255.255.0 for address 10.0.0.2/255.255.255.0 - using 32"},
		{"10.0.0.2/33", "10.0.0.2/32", invalid + "33 for address 10.0.0.2/33 - using 32"},
		{"10.0.0.2/-1", "10.0.0.2/32", invalid + "-1 for address 10.0.0.2/-1 - using 32"},
		{"10.0.0.2/24;", "10.0.0.2/32", invalid + "24; for address 10.0.0.2/24; - using 32"},
		{"10.0.0.2/24/3", "10.0.0.2/32", invalid + "24/3 for address 10.0.0.2/24/3 - using 32"},
		{"10.0.0.2/", "10.0.0.2/32", invalid + " for address 10.0.0.2/ - using 32"},
		{"fe80::1/129", "fe80::1/128", invalid + "129 for address fe80::1/129 - using 128"},
	}
	for _, tt := range tests {
		got, warning, err := Prefix(tt.in)
		if got.String() != tt.want || warning != tt.warning || err != nil {
			t.Errorf("Prefix(%q) = %v, %q, %v, want %s, %q", tt.in, got, warning, err, tt.want, tt.warning)
		}
	}
	if _, _, err := Prefix("10.0.0.256/24"); text(err) != "invalid IP address '10.0.0.256'" {
		t.Errorf("Prefix of a bad address: %v", err)
	}
}
