package reason

import (
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	for want, r := range map[string]Reason{
		"":                     {},
		"connection refused":   {Code: Refused, Errno: 111},
		"no route to host":     {Code: Unreachable, Errno: 113, Text: "no route to host"},
		"no answer within 1 s": {Code: NoAnswer, Limit: time.Second},
		"no answer":            {Code: NoAnswer},
		"connection reset":     {Code: Reset},
		"reply of several lines where one with 220 is wanted": {Code: SeveralLines, Want: "220"},
		"line longer than 510 bytes":                          {Code: LongLine, Number: 510},
		"answered with response code 3":                       {Code: ResponseCode, Number: 3},
		"pattern not found":                                   {Code: NotFound},
		"HTTP/2: frame of 3 bytes":                            {Code: HTTP2, Text: "frame of 3 bytes"},
		"gRPC status 5 NOT_FOUND":                             {Code: GRPCStatus, Number: 5, Text: "NOT_FOUND"},
		"its health is NOT_SERVING":                           {Code: Unhealthy, Number: 2, Text: "NOT_SERVING"},
		"exited with status 3":                                {Code: Exited, Number: 3},
		"the number in the file is -3":                        {Code: FileNumber, Number: -3},
		"due to signal 9":                                     {Code: Killed, Number: 9},
		"not ended within 0.25 s":                             {Code: ScriptTime, Limit: 250 * time.Millisecond},
		"body longer than 256 MiB":                            {Code: LongBody, Number: 256 << 20},
		"bind: no such device":                                {Code: NotTried, Text: "bind: no such device"},

		"permission denied: prohibit route or firewall":         {Code: Prohibited, Errno: 13, Text: "permission denied"},
		"invalid argument: blackhole route":                     {Code: Blackhole, Errno: 22, Text: "invalid argument"},
		"no answer to the TLS handshake within 2.5 s":           {Code: NoAnswer, Phase: Negotiating, Limit: 2500 * time.Millisecond},
		"no answer to the request within 1 s":                   {Code: NoAnswer, Phase: Waiting, Limit: time.Second},
		"answer complete, but connection not closed within 1 s": {Code: NotClosed, Limit: time.Second},
		"connection reset before an answer":                     {Code: Reset, Phase: Waiting},
		"connection closed before the answer was complete":      {Code: Closed, Phase: Reading},
		"connection lost before an answer: no route to host":    {Code: Lost, Phase: Waiting, Text: "no route to host"},
		"TLS handshake failed: no common version":               {Code: Handshake, Text: "no common version"},
		"certificate not trusted: it is expired":                {Code: Untrusted, Text: "it is expired"},
		"headers longer than 64 KiB":                            {Code: LongHeaders, Number: 64 << 10},
		"status 404 where 200-299 is wanted":                    {Code: Status, Number: 404, Want: "200-299"},
		`no status in "SSH-2.0\r" where 200 is wanted`:          {Code: Status, Text: "SSH-2.0\r", Want: "200"},
		"digest aa where bb is wanted":                          {Code: Digest, Text: "aa", Want: "bb"},
		"answer of 2 bytes where 3 to 255 are wanted":           {Code: Length, Number: 2, Want: "3 to 255"},
		"another answer than is wanted, from byte 1 on":         {Code: OtherReply, Number: 1},
		"pattern found that must not be there":                  {Code: Found},
		"pattern search took longer than 1 s":                   {Code: SearchTime, Limit: time.Second},
		"answer not complete within 60 s":                       {Code: TooSlow, Limit: time.Minute},
		"answer not complete and nothing more of it within 1 s": {Code: NoAnswer, Phase: Reading, Limit: time.Second},
	} {
		if got := r.String(); got != want {
			t.Errorf("%+v: %q, want %q", r, got, want)
		}
	}
}

// Each code has words and a name of its own.
func TestEveryCode(t *testing.T) {
	words, named := map[string]Code{}, map[string]Code{}
	for c := Refused; c < codes; c++ {
		r := Reason{Code: c, Number: 7, Limit: time.Second, Text: "text of " + c.String(), Want: "want"}
		if o, twice := words[r.String()]; r.String() == "" || twice {
			t.Errorf("%d and %d are both %q", o, c, r)
		}
		if o, twice := named[c.String()]; c.String() == "" || twice {
			t.Errorf("%d and %d are both %q", o, c, c)
		}
		words[r.String()], named[c.String()] = c, c
	}
	if got := codes.String(); got != "unknown" {
		t.Error(got)
	}
}

func TestSame(t *testing.T) {
	a := Reason{Code: Digest, Text: "1", Want: "x"}
	if b := (Reason{Code: Digest, Text: "2", Want: "x"}); !a.Same(b) {
		t.Error("another text is another reason")
	}
	for _, b := range []Reason{{Code: Found}, {Code: Digest, Number: 1}, {Code: Digest, Errno: 1}, {Code: Digest, Phase: Reading}} {
		if a.Same(b) {
			t.Errorf("%+v is the same as %+v", a, b)
		}
	}
}
