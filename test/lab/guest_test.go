package lab

import "testing"

func TestWhatFailedTestsSaid(t *testing.T) {
	t.Parallel()
	const out = `=== RUN   TestAll
=== RUN   TestAll/one
=== PAUSE TestAll/one
=== RUN   TestAll/two
=== PAUSE TestAll/two
=== CONT  TestAll/one
=== CONT  TestAll/two
    two.go:1: of two
=== NAME  TestAll/one
    one.go:2: of one
        and its log
=== NAME  TestAll/two
    two.go:3: more of two
--- FAIL: TestAll (1.00s)
    --- PASS: TestAll/two (1.00s)
    --- FAIL: TestAll/one (1.00s)
FAIL
`
	const want = "TestAll/one:\n    one.go:2: of one\n        and its log\n"
	if got := saidOfFailed(out); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := saidOfFailed("no tests"); got != "" {
		t.Errorf("got %q of no tests", got)
	}
}
