package language

import (
	"testing"

	"holdfast/config/syntax"
)

// A command that is never run because words behind it are taken for its user is an error for
// who checks a file, without a host to ask, and none for a configuration test's status.
func TestCommandsThatNeverRun(t *testing.T) {
	for _, tt := range []struct {
		line string
		want syntax.Severity // 0: nothing is said
	}{
		{`notify "/bin/n all"`, 0}, {`notify /bin/n`, 0}, {`notify "/bin/n" root`, 0}, {`notify /bin/n root root`, 0},
		{`notify "/bin/n" joe staff`, 0},
		{`notify /bin/n joe`, syntax.Warning}, {`notify /bin/n backup`, syntax.Warning},
		{`notify /bin/n fault`, syntax.Error},
		{`notify "/bin/n backup" > /run/x`, syntax.Error}, {`notify "/bin/n backup"> /run/x`, syntax.Error},
		{`notify /bin/n -m x`, syntax.Error},
		{`notify /bin/n > /dev/null 2>&1`, syntax.Error}, {`notify "/bin/n" | logger`, syntax.Error},
		{`notify /bin/n a=b`, syntax.Error},
		{`notify_deleted "/bin/n" 2>&1`, syntax.Error}, {`notify "/bin/n" joe staff more`, syntax.Warning},
		{`notify /bin/n 10.0.0.1`, syntax.Error},
	} {
		text := secure + instance(tt.line)
		for _, test := range []bool{true, false} {
			_, diags := Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}), Env{Test: test})
			want := tt.want
			if !test {
				want = min(want, syntax.Warning)
			}
			var got syntax.Severity
			for _, d := range diags {
				got = max(got, d.Severity)
			}
			if got != want || ExitStatus(diags) != 0 {
				t.Errorf("%s, test %v: %v, want %v, exit %d: %v", tt.line, test, got, want, ExitStatus(diags), diags)
			}
		}
	}
}
