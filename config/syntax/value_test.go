package syntax

import "testing"

// text is the message of an error, "" if there is none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestGrammar8_1_Decimal(t *testing.T) {
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
		got, err := decimal(tt.in, tt.lo, tt.hi)
		if got != tt.want || text(err) != tt.err {
			t.Errorf("decimal(%q, %d, %d) = %d, %q, want %d, %q", tt.in, tt.lo, tt.hi, got, text(err), tt.want, tt.err)
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
		got, err := integerC(tt.in, -1000, 1000)
		if got != tt.want || text(err) != tt.err {
			t.Errorf("integerC(%q) = %d, %q, want %d, %q", tt.in, got, text(err), tt.want, tt.err)
		}
	}
}
